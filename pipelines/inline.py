"""The inline runner: a crawl within this process, for the commands that need no engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal, TypedDict, TypeVar, Unpack

from pipelines import steps
from pipelines.errors import PipelineError, SourceError, SourceLimited, SourceMissing, SourceUnavailable
from pipelines.index.follow import Follower
from pipelines.index.models import Skip, SourceRecord
from pipelines.index.snapshot import Files
from pipelines.index.store import Store
from pipelines.sources.models import BulkSource, Entry, NotModified
from pipelines.threads import in_thread
from pipelines.tracing import begun_crawl

_STORES = 2  # files embedded and written at once: one computes while the other waits for the disk
_WAITS = 5  # times that one call waits for a rate limit
T = TypeVar("T")
Phase = Literal["listing", "indexing", "removing"]

PATIENCE = timedelta(seconds=90)
"""The longest rate limit that is waited out; a longer one is reported, and what is stored stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    source: str
    phase: Phase
    listed: int = 0
    todo: int = 0
    """Files to fetch and store, of the listed ones."""
    done: int = 0
    """Of `todo`, stored or failed."""
    failed: int = 0
    note: str = ""
    """A sentence for a person when there is something to say."""


class _News(TypedDict, total=False):
    phase: Phase
    listed: int
    todo: int
    done: int
    failed: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a crawl did; counts are files except where the name says otherwise."""

    source: str
    commit: str
    files: int
    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: tuple[Skip, ...]
    failed: tuple[Skip, ...]
    chunks: int
    requests: int


class InlineCrawl:
    """One crawl of one source, run by the process that asks for it."""

    def __init__(
        self, source: BulkSource, store: Store, follower: Follower, *, count: Callable[[str], int]
    ) -> None:
        """`count` counts word pieces, as the chunker wants it."""
        self._source = source
        self._store = store
        self._follower = follower
        self._count = count
        self._failed: list[Skip] = []
        self._progress = Progress(source=source.id, phase="listing")
        self._news: asyncio.Queue[Progress | None] = asyncio.Queue()

    async def run(self) -> AsyncGenerator[Progress | Summary, None]:
        """Progress, then the summary. Raises PipelineError; what is stored by then stays.

        Closing the iterator ends the crawl; the next one goes on where it ended.
        """
        work = asyncio.create_task(self._belonging())
        work.add_done_callback(lambda _: self._news.put_nowait(None))
        try:
            while (progress := await self._news.get()) is not None:
                yield progress
            yield work.result()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _belonging(self) -> Summary:
        with begun_crawl(self._source.id):
            return await self._work()

    async def _work(self) -> Summary:
        self._say()
        snapshot = await in_thread(self._follower.refresh)
        stored = snapshot.sources.get(self._source.id)
        try:
            listing = await self._patiently(self._source.list)
        except NotModified:
            return self._unchanged(stored, snapshot.files)
        mine = {path: record for (of, path), record in snapshot.files.items() if of == self._source.id}
        plan = steps.plan_crawl(self._source.id, self._source.address, listing, mine, stored)
        if plan.settled:
            return self._unchanged(stored, snapshot.files, skipped=listing.skipped)
        await in_thread(partial(steps.begin_crawl, self._store, plan, now=datetime.now(UTC)))
        self._say(phase="indexing", listed=len(listing.entries), todo=len(plan.todo))
        await self._index(plan)
        self._say(phase="removing")
        record, refused = await in_thread(
            partial(
                steps.finish_crawl,
                self._store,
                plan,
                failed=self._failed,
                etag=self._source.conditional,
                now=datetime.now(UTC),
            )
        )
        await in_thread(self._follower.refresh)
        lacking = {skip.path for skip in record.failed}
        done = [entry.path in mine for entry in plan.todo if entry.path not in lacking]
        return Summary(
            source=record.source,
            commit=listing.commit,
            files=record.files,
            added=len(done) - sum(done),
            changed=sum(done),
            removed=len(plan.gone),
            unchanged=plan.unchanged,
            skipped=(*listing.skipped, *refused),
            failed=record.failed,
            chunks=record.chunks,
            requests=self._source.requests,
        )

    def _unchanged(
        self, stored: SourceRecord | None, files: Files, *, skipped: tuple[Skip, ...] = ()
    ) -> Summary:
        mine = [record for (of, _), record in files.items() if of == self._source.id]
        return Summary(
            source=self._source.id,
            commit=stored.commit if stored else "",
            files=stored.files if stored else 0,
            added=0,
            changed=0,
            removed=0,
            unchanged=len(mine),
            skipped=(*skipped, *steps.refusals(mine)),
            failed=(),
            chunks=stored.chunks if stored else 0,
            requests=self._source.requests,
        )

    async def _index(self, plan: steps.Plan) -> None:
        storing = asyncio.Semaphore(_STORES)

        async def store(entry: Entry, content: bytes) -> None:
            try:
                await self._put(plan, entry, content)
            finally:
                storing.release()
            self._say(done=self._progress.done + 1)

        try:
            async with asyncio.TaskGroup() as group, aclosing(self._contents(plan)) as contents:
                async for entry, content in contents:
                    await storing.acquire()  # no more is fetched than can be stored
                    group.create_task(store(entry, content))
        except* PipelineError as problems:
            raise problems.exceptions[0] from None

    async def _contents(self, plan: steps.Plan) -> AsyncGenerator[tuple[Entry, bytes], None]:
        """What is to be stored: many files in few calls where the source can, then what that left out."""
        left = {entry.path: entry for entry in plan.todo}
        with suppress(SourceMissing, SourceUnavailable, SourceLimited):
            async with aclosing(self._source.fetch_all(plan.todo)) as contents:
                async for entry, content in contents:
                    del left[entry.path]
                    yield entry, content
        later: list[Entry] = []
        for entry in left.values():
            try:
                content = await self._fetch(entry)
            except SourceUnavailable:
                later.append(entry)
            except SourceMissing as error:
                self._fail(entry, error)
            else:
                yield entry, content
        for entry in later:  # what may pass has had time to
            try:
                content = await self._fetch(entry)
            except (SourceMissing, SourceUnavailable) as error:
                self._fail(entry, error)
            else:
                yield entry, content

    def _fail(self, entry: Entry, error: SourceError) -> None:
        """Notes one file's failure; what would meet every file ends the crawl instead."""
        self._failed.append(Skip(path=entry.path, reason=str(error)))
        self._say(done=self._progress.done + 1, failed=len(self._failed))

    async def _put(self, plan: steps.Plan, entry: Entry, content: bytes) -> None:
        await in_thread(
            partial(
                steps.store_embeddings,
                self._store,
                source=plan.source,
                entry=entry,
                commit=plan.listing.commit,
                content=content,
                count=self._count,
            )
        )

    async def _fetch(self, entry: Entry) -> bytes:
        return await self._patiently(partial(steps.fetch_document, self._source, entry))

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the source answers; a rate limit that ends soon is waited out."""
        for _ in range(_WAITS):
            try:
                return await ask()
            except SourceLimited as limit:
                left = limit.retry_at - datetime.now(UTC)
                if left > PATIENCE:
                    raise
                self._say(note=f"The rate limit is spent: waiting until {limit.retry_at:%H:%M:%S} UTC")
                await asyncio.sleep(max(left.total_seconds(), 1))
                self._say(note="")
        return await ask()

    def _say(self, **values: Unpack[_News]) -> None:
        self._progress = replace(self._progress, **values)
        self._news.put_nowait(self._progress)
