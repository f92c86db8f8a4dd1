"""A Postgres that goes away, loses its answers, hangs, refuses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import psycopg
import pytest

from bot.adapters.store import open_state
from bot.adapters.store.engine import Database, Patience, open_database
from bot.adapters.store.escalations import StoredEscalations
from bot.adapters.store.feedback import StoredFeedback
from bot.adapters.store.ledger import StoredLedger
from bot.adapters.store.memory import StoredMemory
from bot.core.errors import StateUnavailable, StateUnusable
from bot.core.models import Turn
from tests.adapters.store.wire import Wire, lay_wire
from tests.contracts.state_cases import LONG, PAST, answered, claim, escalation, key, thread, vote
from tests.fixtures.postgres import Postgres
from tests.fixtures.processes import free_port

SECRET = "s3cr3t-Pa55"


@pytest.fixture
async def wire(postgres_url: str) -> AsyncIterator[Wire]:
    async with lay_wire(postgres_url) as wire:
        yield wire


@pytest.fixture
async def wired(wire: Wire) -> AsyncIterator[Database]:
    """A database behind the wire."""
    async with open_database(wire.url) as database:
        yield database


async def test_it_restarts_in_between(postgres: Postgres, postgres_url: str) -> None:
    async with open_state(postgres_url) as state:
        await claim(state.ledger, key("1"))
        await asyncio.to_thread(postgres.stop)
        starting = asyncio.create_task(asyncio.to_thread(postgres.start))
        await claim(state.ledger, key("2"))
        await starting
        assert await state.ledger.finish(key("1"), owner="a", outcome="answered", answer="so")


async def test_it_is_gone_for_good(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    url = f"postgresql://bot:{SECRET}@127.0.0.1:{port}/docs?sslmode=disable"
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StateUnavailable) as error:
        async with open_database(url, patience=Patience(persist=0.2)):
            pass
    assert f"Postgres at 127.0.0.1:{port}, database docs does not answer" in error.value.detail
    assert error.value.retryable
    assert SECRET not in caplog.text + error.value.detail + str(error.value)


# Each cut is at another answer of the call: the first may be lost, or the one that says that it is committed.
CUTS = range(6)


@pytest.mark.parametrize("cut", CUTS)
async def test_a_claim_whose_answer_is_lost_is_made(wired: Database, wire: Wire, cut: int) -> None:
    ledger = StoredLedger(wired)
    wire.passing = cut
    claimed = await claim(ledger, key())
    assert claimed.attempt == 1
    wire.passing = cut
    again = await ledger.claim(key(), owner="a", thread="", user="", question="", origin="")
    assert again is None
    assert wire.cuts > 0 or cut > 0


@pytest.mark.parametrize("cut", CUTS)
async def test_what_was_taken_over_is_not_lost_with_the_answer(wired: Database, wire: Wire, cut: int) -> None:
    ledger = StoredLedger(wired)
    for number in range(3):
        await claim(ledger, key(str(number)), lease=PAST)
    wire.passing = cut
    taken = await ledger.take_over(platform="slack", owner="b", lease=LONG, limit=3)
    assert sorted(item.key.message for item in taken) == ["0", "1", "2"]
    assert {item.attempt for item in taken} == {2}


@pytest.mark.parametrize("cut", CUTS)
async def test_other_calls_whose_answers_are_lost(wired: Database, wire: Wire, cut: int) -> None:
    ledger, feedback = StoredLedger(wired), StoredFeedback(wired)
    await answered(ledger, key())
    wire.passing = cut
    anew = await ledger.reopen(key(), owner="b", question="how?")
    assert anew is not None
    wire.passing = cut
    assert await ledger.finish(key(), owner="b", outcome="answered", answer="so")
    wire.passing = cut
    assert await ledger.revoke(key(), outcome="retracted") is not None
    wire.passing = cut
    assert await StoredEscalations(wired).open(escalation(key()))
    wire.passing = cut
    await feedback.vote(vote(key()))
    assert len(await feedback.votes(key())) == 1


@pytest.mark.parametrize("cut", CUTS)
async def test_turns_whose_answer_is_lost_are_there_once(wired: Database, wire: Wire, cut: int) -> None:
    memory = StoredMemory(wired)
    said = (Turn(role="user", text="why?"), Turn(role="assistant", text="so"))
    wire.passing = cut
    await memory.remember(thread(), *said)
    wire.passing = None
    assert await memory.turns(thread(), limit=9) == said


async def test_it_hangs(postgres_url: str) -> None:
    async with (
        lay_wire(postgres_url) as wire,
        open_database(wire.url, patience=Patience(call=0.3, persist=0.1)) as database,
    ):
        ledger = StoredLedger(database)
        await claim(ledger, key())
        wire.silent = True
        # The driver gives a server five seconds to end what it is told to cancel, and then leaves.
        async with asyncio.timeout(15):
            with pytest.raises(StateUnavailable, match="no answer in time"):
                await ledger.get(key())
        wire.silent = False
        assert await ledger.get(key())


async def test_it_accepts_and_says_nothing(wire: Wire) -> None:
    wire.silent = True
    with pytest.raises(StateUnavailable):
        async with open_database(f"{wire.url}&connect_timeout=2", patience=Patience(persist=0.1)):
            pass


@pytest.mark.parametrize(
    ("user", "database", "parameters", "reason"),
    [
        ("postgres", "nowhere", "", 'database "nowhere" does not exist'),
        ("nobody-here", "postgres", "", 'role "nobody-here" does not exist'),
        # The address's own parameters reach the driver: this server offers no encryption.
        ("postgres", "postgres", "?sslmode=require", "server does not support SSL"),
    ],
)
async def test_it_refuses(postgres: Postgres, user: str, database: str, parameters: str, reason: str) -> None:
    url = f"postgresql://{user}:{SECRET}@127.0.0.1:{postgres.port}/{database}{parameters}"
    with pytest.raises(StateUnusable, match=reason) as error:
        # Not tried again: that would cost the whole patience.
        async with asyncio.timeout(8), open_database(url):
            pass
    assert not error.value.retryable
    assert "DATABASE_URL" in error.value.detail
    assert SECRET not in error.value.detail


async def test_what_another_is_taking_is_passed_over(wired: Database, postgres_url: str) -> None:
    ledger = StoredLedger(wired)
    for number in range(4):
        await claim(ledger, key(str(number)), lease=PAST)
    async with await psycopg.AsyncConnection.connect(postgres_url) as other:
        await other.execute("SELECT 1 FROM docsbot_claims WHERE message IN ('0', '2') FOR UPDATE")
        async with asyncio.timeout(4):  # at once, without waiting for the other to end
            taken = await ledger.take_over(platform="slack", owner="b", lease=LONG, limit=3)
        assert [claimed.key.message for claimed in taken] == ["1", "3"]


async def test_a_call_that_is_given_up_leaves_the_rest_alone(place: str) -> None:
    # Not enough to wait until a connection that was left with a lock is collected.
    async with open_database(place, patience=Patience(call=2, persist=0)) as database:
        ledger = StoredLedger(database)
        keys = [key(str(number)) for number in range(100)]
        for of in keys:
            call = asyncio.create_task(claim(ledger, of, owner="a"))
            # Somewhere between the begin of the call and its end, which is a millisecond away.
            await asyncio.sleep(int(of.message) / 50_000)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            assert not await ledger.renew(of, owner="b", lease=LONG)
        for of in keys:
            again = await ledger.claim(of, owner="b", thread="", user="", question="", origin="")
            found = await ledger.get(of)
            assert found is not None
            assert found.owner == ("b" if again else "a")
