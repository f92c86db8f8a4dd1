"""One crawl a source at a time: who finds another under way asks it to look again, and leaves.

The index knows no locks. Two crawls of one source harm nothing, they only do the work twice; so it is enough
that this hardly ever happens.
"""

from __future__ import annotations

import asyncio
import random

from pipelines.crawling.desk import Desk
from pipelines.index.ledger import CrawlRecord


async def take_up(desk: Desk, source: str) -> CrawlRecord | None:
    """This crawl's record where it is the one to do it; else the one under way is asked to look again."""
    record = await desk.io(lambda: desk.ledger.read(source))
    if record is not None and record.crawl == desk.request.crawl:
        # A retry of this very crawl, or the same request once more.
        return None if record.ended or await _alive(desk, record) else await desk.beat(record)
    if record is not None and await _alive(desk, record):
        return await _join(desk, source)
    await desk.beat(new_record(desk, source, instead_of=record))
    # Several may have come at once: the last that wrote has it, the others see that when all have written.
    await asyncio.sleep(desk.pace.claim * random.uniform(1, 1.6))  # noqa: S311
    return await desk.mine(source) or await _join(desk, source)


async def resume(desk: Desk, source: str) -> CrawlRecord | None:
    """The record of this crawl, which another task has begun; None where it has ended or was taken over."""
    record = await desk.io(lambda: desk.ledger.read(source))
    if record is None or record.ended or record.crawl != desk.request.crawl:
        return None
    return await desk.beat(record)


def new_record(desk: Desk, source: str, *, instead_of: CrawlRecord | None = None) -> CrawlRecord:
    """The record of a crawl that begins; those who wait for a dead one before it are served by it."""
    request = desk.request
    inherited = (*instead_of.joined, instead_of.crawl) if instead_of and not instead_of.ended else ()
    return CrawlRecord(
        source=source,
        crawl=request.crawl,
        phase="listing",
        joined=inherited,
        requested_by=request.requested_by,
        reason=request.reason,
    )


async def _join(desk: Desk, source: str) -> CrawlRecord | None:
    """Asks the crawl under way to look again; takes up where that has ended without seeing it."""
    crawl = desk.request.crawl
    await desk.io(lambda: desk.ledger.ask_again(source, crawl))
    await asyncio.sleep(desk.pace.beat)
    record = await desk.io(lambda: desk.ledger.read(source))
    if record is None or not record.ended or record.serves(crawl):
        return None
    await desk.io(lambda: desk.ledger.serve(source, [crawl]))
    return await desk.beat(new_record(desk, source))


async def _alive(desk: Desk, record: CrawlRecord) -> bool:
    """Whether a crawl beats: seen on this machine's own clock, so that no two clocks need agree."""
    if record.ended or not record.holder:
        return False
    deadline = desk.clock() + desk.pace.watch
    while desk.clock() < deadline:
        await asyncio.sleep(desk.pace.beat / 2)
        now = await desk.io(lambda: desk.ledger.read(record.source))
        if now is None or now.beat != record.beat:
            return now is not None and not now.ended
    return False
