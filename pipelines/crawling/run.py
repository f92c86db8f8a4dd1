"""A crawl from its request to its end, in two parts that may run on two workers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pipelines.bench import Bench
from pipelines.crawling.claim import take_up
from pipelines.crawling.compare import compare, end
from pipelines.crawling.desk import Desk
from pipelines.crawling.settle import Carrier, complete, finish
from pipelines.engine import CrawlInput, Planned
from pipelines.errors import PipelineError


async def start_crawl(bench: Bench, request: CrawlInput, *, last: bool) -> Planned:
    """Takes the crawl up, freezes the commit, lists, compares.

    A failure that may pass is raised, for the engine to try again, unless this is the `last` attempt; any
    other is written into the crawl's record and ends it. Raises PipelineError.
    """
    desk = Desk(bench, request)
    async with bench.listing(request.source) as source:
        source_id = source.id
    record = await take_up(desk, source_id)
    if record is None:
        return Planned(source_id=source_id, ended=True)
    try:
        return Planned(source_id=source_id, ended=not await compare(desk, record))
    except PipelineError as error:
        if error.passing and not last:
            raise
        await end(desk, record, phase="failed", note=str(error))
        return Planned(source_id=source_id, ended=True)


async def settle_crawl(bench: Bench, request: CrawlInput, planned: Planned, carrier: Carrier) -> None:
    """Has carried what is missing, waits for it, moves the cursor; then looks again for those who asked
    meanwhile. Ends early where another crawl has taken over. Raises PipelineError."""
    desk, source = Desk(bench, request), planned.source_id
    record = await desk.mine(source)
    while record is not None and not record.ended:
        settled = await complete(desk, record, carrier)
        if settled is None or settled.ended:
            return
        settled = await finish(desk, settled)
        waiting = await desk.io(lambda: desk.ledger.requests(source))
        if not waiting:
            await end(desk, settled)
            return
        again = await desk.beat(replace(settled, joined=(*settled.joined, *waiting), phase="listing"))
        await desk.io(partial(desk.ledger.serve, source, waiting))
        if not await compare(desk, again):
            return
        record = await desk.mine(source)
