"""One crawl a source at a time: who else asks is served by it, and who comes after a dead one takes over."""

from __future__ import annotations

import asyncio

import pytest

from pipelines.crawling.run import settle_crawl, start_crawl
from pipelines.crawls import cancel_crawl
from pipelines.engine import CrawlInput, Planned, new_crawl_id
from pipelines.errors import PayloadTooNew, SourceInvalid
from tests.crawling.world import World


@pytest.mark.parametrize("count", [2, 5])
async def test_requests_at_once_are_one_crawl(world: World, count: int) -> None:
    ids = [new_crawl_id() for _ in range(count)]
    await asyncio.gather(*[world.crawl(crawl=crawl) for crawl in ids])
    record = world.record
    assert (record.phase, record.added) == ("done", 3)
    assert all(record.serves(crawl) for crawl in ids)
    assert set(world.shelf.fetched.values()) == {1}
    assert world.bench.ledger.requests(world.source) == ()


async def test_a_request_during_a_crawl_leads_to_a_look_after_it(world: World) -> None:
    world.shelf.slow = asyncio.Event()
    first = asyncio.create_task(world.crawl())
    await world.until("indexing")
    world.shelf.files[world.source]["late.md"] = b"# late\n\nA text."
    late = new_crawl_id()
    await world.crawl(crawl=late)
    world.shelf.slow.set()
    record = await first
    assert record.serves(late)
    assert (record.phase, record.added, world.shelf.listings) == ("done", 4, 2)
    assert world.stored == world.listed


async def test_the_look_after_it_is_over_at_once_when_nothing_changed(world: World) -> None:
    world.shelf.slow = asyncio.Event()
    first = asyncio.create_task(world.crawl())
    await world.until("indexing")
    await asyncio.gather(*[world.crawl(crawl=new_crawl_id()) for _ in range(4)])
    world.shelf.slow.set()
    record = await first
    assert (record.added, len(record.joined), world.shelf.listings) == (3, 4, 2)
    assert set(world.shelf.fetched.values()) == {1}


async def test_a_task_that_is_run_again_goes_on(world: World) -> None:
    """The first is cut off in the middle; the second carries nothing that is stored, in the same turn."""
    request = world.request()
    planned = await start_crawl(world.bench, request, last=True)
    crew = world.crew()
    crew.lose["c.md"] = 1
    settling = asyncio.create_task(settle_crawl(world.bench, request, planned, crew))
    while len(world.stored) < 2:
        await asyncio.sleep(0.01)
    settling.cancel()
    await asyncio.gather(settling, return_exceptions=True)
    again = world.crew()
    await settle_crawl(world.bench, request, planned, again)
    assert again.given == [(1, "c.md")]
    assert (world.record.phase, world.record.crawl) == ("done", request.crawl)
    assert set(world.shelf.fetched.values()) == {1}


async def test_a_task_that_was_taken_for_dead_leaves(world: World) -> None:
    """Two of the same crawl: the one that came last has it, the other does not write any more."""
    request = world.request()
    crew = world.crew()
    crew.silent = True
    planned = await start_crawl(world.bench, request, last=True)
    older = asyncio.create_task(settle_crawl(world.bench, request, planned, crew))
    await asyncio.sleep(0.05)
    await settle_crawl(world.bench, request, planned, world.crew())
    ended = world.record
    await older
    assert ended.phase == "done"
    assert world.record == ended


async def test_a_request_twice_is_one(world: World) -> None:
    """A follower that sees no life asks once more under the same id."""
    world.shelf.slow = asyncio.Event()
    crawl = new_crawl_id()
    first = asyncio.create_task(world.crawl(crawl=crawl))
    await world.until("indexing")
    again = await start_crawl(world.bench, world.request(crawl=crawl), last=True)
    assert again.ended
    world.shelf.slow.set()
    await first
    assert (await start_crawl(world.bench, world.request(crawl=crawl), last=True)).ended
    assert world.shelf.listings == 1


async def test_a_dead_crawl_is_taken_over_and_its_followers_are_served(world: World) -> None:
    dead = world.request()
    await start_crawl(world.bench, dead, last=True)
    waiting = new_crawl_id()
    world.bench.ledger.ask_again(world.source, waiting)
    record = await world.crawl()
    assert record.crawl != dead.crawl
    assert record.phase == "done"
    assert record.serves(dead.crawl)
    assert record.serves(waiting)
    assert world.stored == world.listed


async def test_the_files_of_a_crawl_that_was_taken_over_do_nothing(world: World) -> None:
    dead = world.request()
    planned = await start_crawl(world.bench, dead, last=True)
    taken = await world.crawl()
    crew = world.crew()
    await settle_crawl(world.bench, dead, planned, crew)
    assert crew.given == []
    assert world.record == taken


async def test_cancel_leaves_the_old_cursor(world: World) -> None:
    done = await world.crawl()
    world.shelf.files[world.source]["a.md"] = b"# a\n\nAnother text."
    world.shelf.files[world.source]["b.md"] = b"# b\n\nAnother text."
    crew = world.crew()
    crew.lose["b.md"] = 9
    crawling = asyncio.create_task(world.crawl(crew))
    while world.stored["a.md"] != world.listed["a.md"]:
        await asyncio.sleep(0.01)
    assert await cancel_crawl(world.bench.ledger, world.source)
    record = await crawling
    assert record.phase == "cancelled"
    cursor = world.bench.index.store.source(world.source)
    assert cursor is not None
    assert cursor.commit == done.commit
    assert not await cancel_crawl(world.bench.ledger, world.source)
    chunks = world.bench.index.store.collections.chunk_ids({"source": world.source})
    files = world.bench.index.store.files(world.source).values()
    assert set(chunks) == {chunk for file in files for chunk in file.chunks}
    assert (await world.crawl()).changed == 1
    assert world.stored == world.listed


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (CrawlInput(source="src", version=99), PayloadTooNew),  # of a newer program
        (CrawlInput(source="other"), SourceInvalid),  # a source that exists, and that nobody serves here
    ],
)
async def test_a_refused_request_is_told_to_its_follower(
    world: World, request_: CrawlInput, error: type[Exception]
) -> None:
    world.shelf.files["other"] = {}
    name = world.source if request_.source == "src" else request_.source
    request = request_.model_copy(update={"source": name})
    with pytest.raises(error) as raised:
        await start_crawl(world.bench, request, last=True)
    record = world.bench.ledger.read(name)
    assert record is not None
    assert (record.phase, record.note) == ("failed", str(raised.value))
    assert record.serves(request.crawl)


async def test_a_refused_request_does_not_disturb_a_crawl(world: World) -> None:
    request = world.request()
    planned: Planned = await start_crawl(world.bench, request, last=True)
    with pytest.raises(PayloadTooNew):
        await start_crawl(world.bench, CrawlInput(source=world.source, version=99), last=True)
    await settle_crawl(world.bench, request, planned, world.crew())
    assert (world.record.crawl, world.record.phase) == (request.crawl, "done")
