"""Forgetting what is too old: at start, again and again, by one process at a time."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from itertools import count

import psycopg
import pytest

from bot.adapters.retention import expiring, keep_expiring
from bot.adapters.store import open_state
from bot.adapters.store.engine import open_database
from bot.adapters.store.privacy import EXPIRY_LOCK, StoredPrivacy
from bot.core.errors import StateUnavailable
from bot.core.state import Platform
from tests.contracts.state_cases import claim, key
from tests.fixtures.postgres import Postgres

_numbers = count()


class Calendar:
    """A Privacy that only notes what it is asked."""

    def __init__(self, *, failing: int = 0) -> None:
        self.ends: list[datetime] = []
        self.asked = asyncio.Event()
        self._failing = failing

    async def forget(self, *, platform: Platform, user: str) -> dict[str, int]:
        raise NotImplementedError

    async def expire(self, *, older_than: datetime) -> dict[str, int]:
        self.ends.append(older_than)
        if len(self.ends) == 4:
            self.asked.set()
        if len(self.ends) <= self._failing:
            raise StateUnavailable("away")
        return {"claims": 1, "turns": 0}


async def until_asked(privacy: Calendar, keeping: asyncio.Task[None]) -> None:
    async with asyncio.timeout(10):
        await privacy.asked.wait()
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


async def test_it_is_done_at_start_and_again_and_again() -> None:
    privacy = Calendar()
    before = datetime.now(UTC)
    await until_asked(privacy, asyncio.create_task(keep_expiring(privacy, 30, pause=0)))
    assert before - timedelta(days=30) <= privacy.ends[0] <= datetime.now(UTC) - timedelta(days=30)


async def test_a_database_that_is_away_is_asked_again_soon(caplog: pytest.LogCaptureFixture) -> None:
    privacy = Calendar(failing=3)
    # A pause of a day would let the test wait.
    await until_asked(privacy, asyncio.create_task(keep_expiring(privacy, 30, soon=0)))
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "removing what is older than 30 days: away"
    ] * 3


async def test_without_a_limit_nothing_is_removed() -> None:
    privacy = Calendar()
    await keep_expiring(privacy, 0)
    assert privacy.ends == []


async def test_it_ends_with_the_front() -> None:
    privacy = Calendar()
    async with expiring(privacy, 1):
        while not privacy.ends:
            await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1


async def test_one_process_does_it_at_a_time(postgres: Postgres) -> None:
    url = postgres.create_database(f"retention{next(_numbers)}")
    future = datetime.now(UTC) + timedelta(hours=1)
    async with open_state(url) as state, open_database(url) as other:
        await claim(state.ledger, key())
        with psycopg.connect(url) as held:
            held.execute("SELECT pg_advisory_xact_lock(%s)", [EXPIRY_LOCK])
            expiring_too = asyncio.create_task(StoredPrivacy(other).expire(older_than=future))
            while not held.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                await asyncio.sleep(0.01)
            # A person's wish is not kept waiting, nor is a question.
            await state.privacy.forget(platform="slack", user="U")
            await claim(state.ledger, key("2"))
            assert not expiring_too.done()
        assert (await expiring_too)["claims"] == 1
