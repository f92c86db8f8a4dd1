"""A crawl makes what is stored equal to what is wanted, whatever is lost on the way."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.crawling.run import settle_crawl, start_crawl
from pipelines.errors import (
    DocumentError,
    SourceDenied,
    SourceLimited,
    SourceMissing,
    SourceUnavailable,
    WorkerLeaving,
)
from tests.crawling.world import World


async def test_the_first_crawl_stores_all(world: World) -> None:
    record = await world.crawl()
    assert (record.phase, record.added, record.files, record.embedded_chunks) == ("done", 3, 3, 3)
    assert world.stored == world.listed
    cursor = world.bench.index.store.source(world.source)
    assert cursor is not None
    assert (cursor.commit, cursor.since) == (record.commit, None)


async def test_nothing_changed_costs_one_call(world: World) -> None:
    await world.crawl()
    fetched = world.shelf.fetched.total()
    crew = world.crew()
    record = await world.crawl(crew)
    assert (record.phase, record.added, record.unchanged, record.requests) == ("done", 0, 3, 1)
    assert crew.given == []
    assert world.shelf.fetched.total() == fetched


async def test_a_difference_is_all_that_is_done(world: World) -> None:
    await world.crawl()
    files = world.shelf.files[world.source]
    files["a.md"] = b"# a\n\nAnother text."
    files["new.md"] = b"# new\n\nA text."
    del files["b.md"]
    crew = world.crew()
    record = await world.crawl(crew)
    assert (record.added, record.changed, record.removed, record.unchanged) == (1, 1, 1, 1)
    assert sorted(path for _, path in crew.given) == ["a.md", "new.md"]
    assert world.stored == world.listed


async def test_what_is_lost_is_carried_again(world: World) -> None:
    crew = world.crew()
    crew.lose = Counter({"a.md": 2, "b.md": 1})
    record = await world.crawl(crew)
    assert (record.phase, record.failures) == ("done", ())
    assert world.stored == world.listed
    assert Counter(path for _, path in crew.given) == {"a.md": 3, "b.md": 2, "c.md": 1}
    assert sorted({turn for turn, _ in crew.given}) == [1, 2, 3]
    assert set(world.shelf.fetched.values()) == {1}


async def test_what_is_done_twice_is_stored_once(world: World) -> None:
    crew = world.crew()
    crew.double = True
    record = await world.crawl(crew)
    await asyncio.gather(*crew.tasks)
    assert record.embedded_chunks == 3
    assert world.stored == world.listed


async def test_a_crew_that_never_answers_is_given_up(world: World) -> None:
    crew = world.crew()
    crew.silent = True
    record = await world.crawl(crew)
    assert record.phase == "done"
    assert [skip.path for skip in record.failures] == ["a.md", "b.md", "c.md"]
    assert "no worker" in record.failures[0].reason
    cursor = world.bench.index.store.source(world.source)
    assert cursor is not None
    assert cursor.commit == ""
    assert (await world.crawl()).added == 3


@pytest.mark.parametrize(
    "error",
    [
        SourceMissing("The file is gone."),  # final at once
        SourceDenied("The token is refused."),
        DocumentError("It has grown."),
        SourceUnavailable("It does not answer."),  # after the last attempt
    ],
)
async def test_a_file_that_fails_is_listed_and_tried_again(world: World, error: SourceMissing) -> None:
    world.shelf.broken["b.md"] = error
    record = await world.crawl()
    assert [(skip.path, skip.reason) for skip in record.failures] == [("b.md", str(error))]
    assert world.stored.keys() == {"a.md", "c.md"}
    cursor = world.bench.index.store.source(world.source)
    assert cursor is not None
    assert (cursor.commit, cursor.failed) == ("", record.failures)

    world.shelf.broken.clear()
    record = await world.crawl()
    assert (record.phase, record.added, record.failures) == ("done", 1, ())
    assert world.stored == world.listed


async def test_a_listing_that_fails_ends_the_crawl_with_its_reason(world: World) -> None:
    world.shelf.unlisted = SourceDenied("The token is refused.")
    record = await world.crawl()
    assert (record.phase, record.note) == ("failed", "The token is refused.")


async def test_a_listing_that_may_yet_work_is_left_to_the_engine(world: World) -> None:
    world.shelf.unlisted = SourceUnavailable("GitHub is away.")
    request = world.request()
    with pytest.raises(SourceUnavailable):
        await start_crawl(world.bench, request, last=False)
    await world.until("listing")
    world.shelf.unlisted = None
    assert not (await start_crawl(world.bench, request, last=False)).ended
    await world.until("indexing")


async def test_a_rate_limit_of_the_listing_is_waited_out(world: World) -> None:
    world.shelf.unlisted = SourceLimited("Spent.", retry_at=datetime.now(UTC) + timedelta(seconds=0.5))
    crawling = asyncio.create_task(world.crawl())
    while (await world.until("listing")).note != "Spent.":
        await asyncio.sleep(0.01)
    world.shelf.unlisted = None
    assert (await crawling).added == 3


async def test_a_rate_limit_is_no_silence(world: World) -> None:
    """Many silences long, the limit is waited out; nobody asks meanwhile, and then the rest is done."""
    over = datetime.now(UTC) + timedelta(seconds=3)
    world.shelf.broken["b.md"] = SourceLimited("Spent.", retry_at=over)
    crew = world.crew()
    crawling = asyncio.create_task(world.crawl(crew))
    await world.until("indexing")
    while "rate limit" not in world.record.note:
        await asyncio.sleep(0.01)
    world.shelf.broken.clear()
    record = await crawling
    assert datetime.now(UTC) >= over
    assert (record.phase, record.failures, record.added, record.note) == ("done", (), 3, "")
    assert Counter(path for _, path in crew.given)["b.md"] == 2
    assert world.stored == world.listed


async def test_a_clock_that_jumps_costs_nothing_twice(world: World) -> None:
    jump = 0.0
    loop = asyncio.get_running_loop()
    bench = replace(world.bench, clock=lambda: loop.time() + jump)
    request = world.request()
    crew = world.crew()
    world.shelf.slow = asyncio.Event()
    planned = await start_crawl(bench, request, last=True)
    settling = asyncio.create_task(settle_crawl(bench, request, planned, crew))
    await asyncio.sleep(0.1)
    jump = 3_600.0
    await asyncio.sleep(0.1)
    world.shelf.slow.set()
    await settling
    assert (world.record.phase, world.record.failures) == ("done", ())
    assert world.record.embedded_chunks == 3
    assert world.stored == world.listed


async def test_a_worker_that_ends_leaves_its_crawl(world: World) -> None:
    request = world.request()
    crew = world.crew()
    crew.silent = True
    planned = await start_crawl(world.bench, request, last=True)
    settling = asyncio.create_task(settle_crawl(world.bench, request, planned, crew))
    await asyncio.sleep(0.05)
    world.bench.leaving.set()
    with pytest.raises(WorkerLeaving):
        await settling
    world.bench.leaving.clear()
    await settle_crawl(world.bench, request, planned, world.crew())
    assert world.record.phase == "done"
    assert world.stored == world.listed
