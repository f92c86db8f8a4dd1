"""Has the difference carried, waits until it is done, and moves the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from pipelines import steps
from pipelines.crawling.compare import abandon, totals
from pipelines.crawling.desk import Desk
from pipelines.crawling.watch import Watch
from pipelines.engine import FileInput
from pipelines.errors import EngineUnavailable
from pipelines.index.ledger import CrawlRecord, Tally, Wanted
from pipelines.index.records import file_id
from pipelines.sources.models import Entry, Listing

Todo = Mapping[str, Entry]
"""Files to be done, by the id of their records."""


class Carrier(Protocol):
    """What carries the files of a crawl to the workers."""

    async def carry(self, files: Sequence[FileInput], *, turn: int) -> None:
        """Has each file embedded by some worker, some time; may lose some. A file that is given again in the
        same turn is the same work. Raises EngineUnavailable."""
        ...

    async def drop(self) -> None:
        """Takes back what is not yet done."""
        ...


async def complete(desk: Desk, record: CrawlRecord, carrier: Carrier) -> CrawlRecord | None:
    """Waits until every file is stored or has failed. None where the crawl has ended, or was taken over."""
    watch = Watch(desk)
    todo = await _missing(desk, record)
    await _carry(desk, record, carrier, todo)
    while todo:
        await desk.rest(watch.pause())
        tally = await desk.io(partial(desk.ledger.tally, record.crawl))
        if await desk.mine(record.source) is None:
            return None
        if tally.cancelled:
            await abandon(desk, record, phase="cancelled")
            await carrier.drop()
            return None
        left = {key: entry for key, entry in todo.items() if not _done(key, entry, tally)}
        verdict = watch.judge(progress=len(left) < len(todo), limit=tally.limited)
        todo = left if verdict == "wait" else await _missing(desk, record)
        if verdict == "give up":
            await _give_up(desk, record, todo)
        record = replace(
            record,
            done=record.todo - len(todo),
            failed=len(tally.failed),
            note=tally.limited.reason if tally.limited else "",
            turn=record.turn + (verdict == "carry"),
        )
        record = await desk.beat(record)
        if verdict == "carry":
            await _carry(desk, record, carrier, todo)
    return record


async def finish(desk: Desk, record: CrawlRecord) -> CrawlRecord:
    """Removes what is gone and moves the cursor."""
    record = await desk.beat(replace(record, phase="removing"))
    wanted = await desk.io(lambda: desk.ledger.wanted(record.source))
    if wanted is None:
        return record
    stored = await desk.io(lambda: desk.store.source(record.source))
    files = await desk.io(lambda: desk.store.files(record.source))
    tally = await desk.io(lambda: desk.ledger.tally(record.crawl))
    address = stored.address if stored else ""
    plan = steps.plan_crawl(record.source, address, _listing(wanted), files, stored)
    failed = tuple(tally.failed.values())
    now = datetime.now(UTC)
    kept, refused = await desk.io(
        lambda: steps.finish_crawl(desk.store, plan, failed=failed, etag=wanted.etag, now=now)
    )
    embedded = await desk.io(lambda: desk.ledger.computed(record.crawl))
    return replace(
        record,
        done=record.todo,
        failed=len(failed),
        failures=failed,
        skipped=(*record.skipped, *refused),
        embedded_chunks=embedded,
        **totals(kept),
    )


async def _missing(desk: Desk, record: CrawlRecord) -> Todo:
    """Files that are wanted, and by the records neither stored nor failed."""
    wanted = await desk.io(lambda: desk.ledger.wanted(record.source))
    files = await desk.io(lambda: desk.store.files(record.source))
    tally = await desk.io(lambda: desk.ledger.tally(record.crawl))
    return {
        file_id(record.source, entry.path): entry
        for entry in (_listing(wanted).entries if wanted else ())
        if not steps.is_stored(entry, files.get(entry.path)) and entry.path not in tally.failed
    }


async def _carry(desk: Desk, record: CrawlRecord, carrier: Carrier, todo: Todo) -> None:
    files = [
        FileInput(
            source=desk.request.source,
            path=entry.path,
            blob=entry.blob,
            size=entry.size,
            commit=record.commit,
            crawl=record.crawl,
        )
        for entry in todo.values()
    ]
    await desk.io(lambda: desk.ledger.lift(record.source))
    try:
        await carrier.carry(files, turn=record.turn)
    except EngineUnavailable:
        return  # the silence that follows has it carried again


async def _give_up(desk: Desk, record: CrawlRecord, todo: Todo) -> None:
    for entry in todo.values():
        await desk.io(
            partial(
                desk.ledger.fail,
                source=record.source,
                path=entry.path,
                reason="no worker has finished it; their logs say why",
                crawl=record.crawl,
            )
        )


def _done(key: str, entry: Entry, tally: Tally) -> bool:
    return key in tally.stored or entry.path in tally.failed


def _listing(wanted: Wanted) -> Listing:
    return Listing(
        commit=wanted.commit,
        committed_at=datetime.fromisoformat(wanted.committed_at) if wanted.committed_at else None,
        entries=tuple(Entry(path=path, blob=blob, size=size) for path, blob, size in wanted.entries),
        skipped=(),
    )
