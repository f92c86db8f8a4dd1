"""What dies in the middle of a crawl is missed by nobody: the index ends as if nothing had been."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from pipelines.crawls import Sighting
from pipelines.inline import InlineCrawl
from pipelines.parse import SUFFIXES
from pipelines.sources import open_source
from tests.engine_crawl.conftest import CRON, FILES, source
from tests.engine_crawl.stack import Stack, dump, write_files
from tests.fixtures.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="package")

AWAY = 10.0 if os.environ.get("SLOW_TESTS") == "1" else 4.0
"""Seconds that a server is away."""
REPAIR = 60.0
"""Seconds after a fault's end in which all must be done."""


@asynccontextmanager
async def crawling(stack: Stack, name: str) -> AsyncIterator[asyncio.Task[list[Sighting]]]:
    """A crawl in the middle, followed to its end, which must come in time; then the index is looked at."""
    crawl = await stack.push(name)
    following = asyncio.create_task(follow_truly(stack, name, crawl))
    await stack.until_done(name, 1)
    yield following
    async with asyncio.timeout(REPAIR):
        seen = await following
    assert seen[-1].record.phase == "done", stack.logs()
    assert seen[-1].record.failures == ()
    assert dump(stack.index, name) == await undisturbed(stack, name), stack.logs()


async def follow_truly(stack: Stack, name: str, crawl: str) -> list[Sighting]:
    """Follows, and holds against what is stored at that moment that no more is said to be done."""
    seen: list[Sighting] = []
    async for sighting in stack.follower(name, crawl).follow():
        seen.append(sighting)
        record = sighting.record
        stored = len((await asyncio.to_thread(stack.ledger.tally, record.crawl)).stored)
        assert record.done <= max(stored, FILES - record.unchanged - record.todo + stored), record
    return seen


async def undisturbed(stack: Stack, name: str) -> object:
    """What the index holds after a crawl that nothing disturbed, without an engine."""
    index = stack.open_index(f"undisturbed-{name.rpartition(':')[2]}")
    origin = open_source(name, suffixes=SUFFIXES, api_url=stack.github.url)
    async for _ in InlineCrawl(origin, index.store, index.follower, count=index.count).run():
        pass
    await origin.close()
    return dump(index, name)


async def test_a_worker_is_killed(stack: Stack) -> None:
    """Its work goes to another; the follower that began before sees it through."""
    victim = stack.alive[0]
    other = stack.start_worker(DOCS_CRAWL_CRON=CRON)
    async with crawling(stack, source("killed")):
        victim.send(signal.SIGKILL)
    assert other.exit_status is None


async def test_the_engine_is_killed_and_comes_back(stack: Stack) -> None:
    async with crawling(stack, source("engine")):
        await asyncio.to_thread(stack.engine.restart)


async def test_postgres_goes_away_and_comes_back(stack: Stack, postgres: Postgres) -> None:
    async with crawling(stack, source("postgres")):
        await away(postgres.stop, postgres.start)


async def test_chroma_goes_away_and_comes_back(stack: Stack) -> None:
    async with crawling(stack, source("chroma")):
        await away(stack.chroma.kill, stack.chroma.start)


async def away(stop: Callable[[], None], start: Callable[[], None]) -> None:
    await asyncio.to_thread(stop)
    await asyncio.sleep(AWAY)
    await asyncio.to_thread(start)


async def test_a_third_of_all_calls_to_github_fails(stack: Stack) -> None:
    stack.github.flaky(0.3)
    async with crawling(stack, source("flaky")):
        pass


async def test_a_follower_that_starts_late_sees_the_end(stack: Stack) -> None:
    name = source("late")
    crawl = await stack.push(name)
    await stack.follow(name, crawl)
    late = await stack.follow(name, crawl, seconds=10)
    assert [sighting.record.phase for sighting in late] == ["done"]


@pytest.mark.skipif(os.environ.get("SLOW_TESTS") != "1", reason="takes minutes; SLOW_TESTS=1 runs it")
async def test_workers_are_killed_all_the_time(stack: Stack) -> None:
    """Each time all files have changed, and workers die at random moments while others are begun."""
    name, dice = source("killed"), random.Random(1)
    for turn in range(5):
        stack.github.push(write_files("killed", 120, word=f"again{turn}"))
        while len(stack.alive) < 3:
            stack.start_worker(DOCS_CRAWL_CRON=CRON)
        await asyncio.sleep(8)
        following = asyncio.create_task(stack.follow(name, await stack.push(name)))
        for _ in range(4):
            await asyncio.sleep(dice.uniform(0.5, 2.5))
            dice.choice(stack.alive).send(signal.SIGKILL)
            stack.start_worker(DOCS_CRAWL_CRON=CRON)
        seen = await following
        assert (seen[-1].record.phase, seen[-1].record.failures) == ("done", ())
        assert dump(stack.index, name) == await undisturbed(stack, name), stack.logs()
