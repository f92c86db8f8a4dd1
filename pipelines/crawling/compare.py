"""What is wanted of a source against what is stored of it, written down in the index; and a crawl's end."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypedDict

from pipelines import steps
from pipelines.crawling.desk import Desk
from pipelines.index.ledger import CrawlRecord, Phase, Wanted
from pipelines.index.models import Skip, SourceRecord
from pipelines.sources.models import Listing, NotModified

logger = logging.getLogger(__name__)


async def compare(desk: Desk, record: CrawlRecord) -> CrawlRecord:
    """Lists, compares, writes down what is wanted. Raises PipelineError.

    The crawl's record: in the phase `indexing` where there is something to do; else as it is to be ended.
    """
    stored = await desk.io(lambda: desk.store.source(record.source))
    files = await desk.io(lambda: desk.store.files(record.source))
    spec = desk.request.source
    etag = steps.known_etag(stored, address=desk.bench.open_source(spec).address)
    async with desk.bench.listing(spec, etag=etag) as source:
        try:
            listing = await source.list()
        except NotModified:
            return await _unchanged(desk, record, stored, skipped=(), requests=source.requests)
        plan = steps.plan_crawl(record.source, source.address, listing, files, stored)
        etag, requests = source.conditional, source.requests
    if plan.settled:
        return await _unchanged(desk, record, stored, skipped=listing.skipped, requests=requests)
    await _begin(desk, plan, listing, etag)
    return await desk.beat(
        replace(
            record,
            phase="indexing",
            turn=record.turn + 1,
            note="",
            seconds=record.seconds + desk.lap(),
            commit=listing.commit,
            listed=len(listing.entries),
            todo=len(plan.todo),
            done=0,
            # A crawl that looks again, for those who asked while it was under way, has done all of it.
            added=record.added + plan.added,
            changed=record.changed + plan.changed,
            removed=record.removed + len(plan.gone),
            unchanged=plan.unchanged,
            skipped=listing.skipped,
            requests=record.requests + requests,
        )
    )


async def _begin(desk: Desk, plan: steps.Plan, listing: Listing, etag: str) -> None:
    at = listing.committed_at
    wanted = Wanted(
        commit=listing.commit,
        committed_at=at.isoformat() if at else "",
        etag=etag,
        entries=tuple((entry.path, entry.blob, entry.size) for entry in listing.entries),
    )
    await desk.io(lambda: steps.begin_crawl(desk.store, plan, now=datetime.now(UTC)))
    await desk.io(lambda: desk.ledger.clear_failures(plan.source))
    await desk.io(lambda: desk.ledger.want(plan.source, wanted))


async def _unchanged(
    desk: Desk, record: CrawlRecord, stored: SourceRecord | None, *, skipped: tuple[Skip, ...], requests: int
) -> CrawlRecord:
    if record.turn:  # an earlier look of this crawl had something to do, and its summary stands
        return replace(record, requests=record.requests + requests)
    files = await desk.io(lambda: desk.store.files(record.source))
    return replace(
        record,
        note="",
        commit=stored.commit if stored else "",
        listed=len(files),
        unchanged=len(files),
        skipped=(*skipped, *steps.refusals(files.values())),
        requests=record.requests + requests,
        **totals(stored),
    )


async def close(desk: Desk, record: CrawlRecord) -> CrawlRecord | None:
    """Marks the crawl as done; its record where it has to look again instead, for those who asked since it
    listed: what they ask for may be newer."""
    waiting = await desk.io(lambda: desk.ledger.requests(record.source))
    if not waiting:
        seconds = record.seconds + desk.lap()
        record = await desk.beat(replace(record, phase="done", seconds=seconds, note=""))
        logger.info(
            "a crawl of %s is over after %.1f s: %d added, %d changed, %d removed, %d failed",
            *(record.source, seconds, record.added, record.changed, record.removed, record.failed),
        )
        # Who asked in this moment saw a crawl under way, and relies on it.
        waiting = await desk.io(lambda: desk.ledger.requests(record.source))
        now = await desk.io(lambda: desk.ledger.read(record.source))
        if not waiting or now is None or now.crawl != record.crawl:
            return None
    again = await desk.beat(replace(record, joined=(*record.joined, *waiting), phase="listing"))
    await desk.io(lambda: desk.ledger.serve(record.source, waiting))
    return again


async def abandon(desk: Desk, record: CrawlRecord, *, phase: Phase, note: str = "") -> None:
    """Marks the crawl as over before it is done, for those too who asked while it was under way."""
    waiting = await desk.io(lambda: desk.ledger.requests(record.source))
    seconds = record.seconds + desk.lap()
    joined = (*record.joined, *waiting)
    await desk.beat(replace(record, phase=phase, joined=joined, seconds=seconds, note=note))
    logger.info("a crawl of %s ended as %s after %.1f s", record.source, phase, seconds)
    await desk.io(lambda: desk.ledger.serve(record.source, waiting))


class Totals(TypedDict):
    files: int
    chunks: int


def totals(record: SourceRecord | None) -> Totals:
    """What is stored of a source."""
    return Totals(files=record.files if record else 0, chunks=record.chunks if record else 0)
