"""What is wanted of a source against what is stored of it, written down in the index."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TypedDict

from pipelines import steps
from pipelines.crawling.desk import Desk
from pipelines.index.ledger import CrawlRecord, Phase, Wanted
from pipelines.index.models import Skip, SourceRecord
from pipelines.sources.models import Listing, NotModified


async def compare(desk: Desk, record: CrawlRecord) -> bool:
    """Lists, compares, writes down what is wanted; whether there is anything to do. Raises PipelineError.

    Where there is nothing to do, the crawl is marked as done.
    """
    stored = await desk.io(lambda: desk.store.source(record.source))
    files = await desk.io(lambda: desk.store.files(record.source))
    async with desk.bench.listing(desk.request.source, etag=steps.known_etag(stored)) as source:
        try:
            listing = await source.list()
        except NotModified:
            await _end_unchanged(desk, record, stored, skipped=(), requests=source.requests)
            return False
        plan = steps.plan_crawl(record.source, source.address, listing, files, stored)
        etag, requests = source.conditional, source.requests
    if plan.settled:
        await _end_unchanged(desk, record, stored, skipped=listing.skipped, requests=requests)
        return False
    await _begin(desk, plan, listing, etag)
    await desk.beat(
        replace(
            record,
            phase="indexing",
            commit=listing.commit,
            listed=len(listing.entries),
            todo=len(plan.todo),
            done=0,
            added=plan.added,
            changed=plan.changed,
            removed=len(plan.gone),
            unchanged=plan.unchanged,
            skipped=listing.skipped,
            requests=record.requests + requests,
        )
    )
    return True


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


async def _end_unchanged(
    desk: Desk, record: CrawlRecord, stored: SourceRecord | None, *, skipped: tuple[Skip, ...], requests: int
) -> None:
    files = await desk.io(lambda: desk.store.files(record.source))
    ended = replace(
        record,
        commit=stored.commit if stored else "",
        listed=len(files),
        unchanged=len(files),
        skipped=(*skipped, *steps.refusals(files.values())),
        requests=record.requests + requests,
        **totals(stored),
    )
    # A crawl that looked again for others has done more than this last look.
    await end(desk, ended if not record.joined else replace(record, requests=ended.requests))


async def end(desk: Desk, record: CrawlRecord, *, phase: Phase = "done", note: str = "") -> CrawlRecord:
    """Marks the crawl as over, for those too who asked while it was under way."""
    waiting = await desk.io(lambda: desk.ledger.requests(record.source))
    joined = (*record.joined, *waiting)
    seconds = round(desk.clock() - desk.started, 3)
    ended = await desk.beat(replace(record, phase=phase, joined=joined, seconds=seconds, note=note))
    await desk.io(lambda: desk.ledger.serve(record.source, waiting))
    return ended


class Totals(TypedDict):
    files: int
    chunks: int


def totals(record: SourceRecord | None) -> Totals:
    """What is stored of a source."""
    return Totals(files=record.files if record else 0, chunks=record.chunks if record else 0)
