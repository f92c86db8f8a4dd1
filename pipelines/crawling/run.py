"""A crawl from its request to its end, in two parts that may run on two workers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from pipelines.bench import Bench
from pipelines.crawling.claim import new_record, resume, take_up
from pipelines.crawling.compare import abandon, close, compare
from pipelines.crawling.desk import Desk
from pipelines.crawling.settle import Carrier, complete, finish
from pipelines.engine import CrawlInput, Planned
from pipelines.errors import PayloadTooNew, PipelineError, SourceInvalid, SourceLimited
from pipelines.index.ledger import CrawlRecord


async def start_crawl(bench: Bench, request: CrawlInput, *, last: bool) -> Planned:
    """Takes the crawl up, freezes the commit, lists, compares.

    A failure that may pass is raised, for the engine to try again, unless this is the `last` attempt; any
    other is written into the crawl's record, where its followers see it, and ends it. Raises PipelineError.
    """
    desk = Desk(bench, request)
    async with bench.listing(request.source) as source:
        source_id = source.id
    try:
        request.check_version()
        bench.check(request.source)
    except (PayloadTooNew, SourceInvalid) as error:
        await _refuse(desk, source_id, error)
        raise
    record = await take_up(desk, source_id)
    if record is None:
        return Planned(source_id=source_id, ended=True)
    try:
        compared = await compare(desk, record)
    except SourceLimited as error:
        # The other part waits for it, without a slot that others need.
        await desk.beat(replace(record, note=str(error)))
        return Planned(source_id=source_id)
    except PipelineError as error:
        if error.passing and not last:
            await desk.release(record)
            raise
        await abandon(desk, record, phase="failed", note=str(error))
        return Planned(source_id=source_id, ended=True)
    ended = compared.phase != "indexing" and await close(desk, compared) is None
    return Planned(source_id=source_id, ended=ended)


async def settle_crawl(bench: Bench, request: CrawlInput, planned: Planned, carrier: Carrier) -> None:
    """Has carried what is missing, waits for it, moves the cursor; then looks again for those who asked
    meanwhile. Ends early where another task has taken over. Raises PipelineError."""
    desk = Desk(bench, request)
    record = await resume(desk, planned.source_id)
    while record is not None:
        try:
            settled = await _settle(desk, record, carrier)
        except PipelineError as error:
            if error.passing:
                raise
            await abandon(desk, record, phase="failed", note=str(error))
            return
        record = None if settled is None else await close(desk, settled)


async def _settle(desk: Desk, record: CrawlRecord, carrier: Carrier) -> CrawlRecord | None:
    """One look: what is left of it, from listing to the cursor. None where the crawl has ended."""
    if record.phase == "listing":
        listed = await _list(desk, record)
        if listed is None or listed.phase != "indexing":
            return listed
        record = listed
    completed = await complete(desk, record, carrier)
    return None if completed is None else await finish(desk, completed)


async def _list(desk: Desk, record: CrawlRecord) -> CrawlRecord | None:
    """Lists and compares; a rate limit is waited out. None where the crawl has ended meanwhile."""
    while True:
        try:
            return await compare(desk, record)
        except SourceLimited as error:
            record = replace(record, note=str(error))
            left = (error.retry_at - datetime.now(UTC)).total_seconds()
        over = desk.clock() + max(left, desk.pace.beat)
        while desk.clock() < over:
            await desk.rest(desk.pace.beat)
            if await desk.mine(record.source) is None:
                return None
            tally = await desk.io(lambda: desk.ledger.tally(desk.request.crawl))
            if tally.cancelled:
                await abandon(desk, record, phase="cancelled")
                return None
            record = await desk.beat(record)


async def _refuse(desk: Desk, source: str, error: PipelineError) -> None:
    """Tells followers of a request that this worker does not serve; a crawl of the source goes on."""
    record = await desk.io(lambda: desk.ledger.read(source))
    if record is None or record.ended:
        await abandon(desk, new_record(desk, source), phase="failed", note=str(error))
