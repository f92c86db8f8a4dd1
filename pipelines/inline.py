"""The inline runner: a crawl within this process, for the commands that need no engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypedDict, Unpack

from pipelines import steps
from pipelines.errors import PipelineError, SourceLimited, SourceMissing, SourceUnavailable
from pipelines.index.follow import Follower
from pipelines.index.models import Skip
from pipelines.index.store import Store
from pipelines.sources.models import Entry, Source

_FETCHES = 8  # files in flight from a source
_STORES = 2  # files embedded and written at once: one computes while the other waits for the disk
_WAITS = 5  # times that one file waits for a rate limit
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
        self, source: Source, store: Store, follower: Follower, *, count: Callable[[str], int]
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
        work = asyncio.create_task(self._work())
        work.add_done_callback(lambda _: self._news.put_nowait(None))
        try:
            while (progress := await self._news.get()) is not None:
                yield progress
            yield work.result()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _work(self) -> Summary:
        self._say()
        plan = await self._plan()
        if plan.settled:
            return await self._unchanged(plan)
        await asyncio.to_thread(steps.begin_crawl, self._store, plan, now=datetime.now(UTC))
        self._say(phase="indexing", listed=len(plan.listing.entries), todo=len(plan.todo))
        await self._index(plan)
        self._say(phase="removing")
        record, refused = await asyncio.to_thread(
            steps.finish_crawl, self._store, plan, failed=self._failed, now=datetime.now(UTC)
        )
        await asyncio.to_thread(self._follower.refresh)
        return self._summary(plan, files=record.files, chunks=record.chunks, refused=refused)

    async def _plan(self) -> steps.Plan:
        listing = await self._source.list()
        snapshot = await asyncio.to_thread(self._follower.refresh)
        return steps.plan_crawl(self._source, listing, snapshot.files, snapshot.sources.get(self._source.id))

    async def _unchanged(self, plan: steps.Plan) -> Summary:
        stored, files = plan.stored, self._follower.snapshot.files
        refused = steps.refusals(record for (of, _), record in files.items() if of == plan.source)
        return self._summary(
            plan, files=stored.files if stored else 0, chunks=stored.chunks if stored else 0, refused=refused
        )

    async def _index(self, plan: steps.Plan) -> None:
        fetching, storing = asyncio.Semaphore(_FETCHES), asyncio.Semaphore(_STORES)

        async def one(entry: Entry) -> None:
            try:
                async with fetching:
                    content = await self._fetch(entry)
            except (SourceMissing, SourceUnavailable) as error:
                # One file's failure; any other would meet every file, and ends the crawl.
                self._failed.append(Skip(path=entry.path, reason=str(error)))
            else:
                async with storing:
                    await self._put(plan, entry, content)
            self._say(done=self._progress.done + 1, failed=len(self._failed))

        try:
            async with asyncio.TaskGroup() as group:
                for entry in plan.todo:
                    group.create_task(one(entry))
        except* PipelineError as problems:
            raise problems.exceptions[0] from None

    async def _put(self, plan: steps.Plan, entry: Entry, content: bytes) -> None:
        await asyncio.to_thread(
            steps.store_embeddings,
            self._store,
            source=plan.source,
            entry=entry,
            commit=plan.listing.commit,
            content=content,
            count=self._count,
        )

    async def _fetch(self, entry: Entry) -> bytes:
        """The file's content; a rate limit that ends soon is waited out."""
        for _ in range(_WAITS):
            try:
                return await steps.fetch_document(self._source, entry)
            except SourceLimited as limit:
                left = limit.retry_at - datetime.now(UTC)
                if left > PATIENCE:
                    raise
                self._say(note=f"The rate limit is spent: waiting until {limit.retry_at:%H:%M:%S} UTC")
                await asyncio.sleep(max(left.total_seconds(), 1))
                self._say(note="")
        return await steps.fetch_document(self._source, entry)

    def _say(self, **values: Unpack[_News]) -> None:
        self._progress = replace(self._progress, **values)
        self._news.put_nowait(self._progress)

    def _summary(self, plan: steps.Plan, *, files: int, chunks: int, refused: tuple[Skip, ...]) -> Summary:
        return Summary(
            source=plan.source,
            commit=plan.listing.commit,
            files=files,
            added=plan.added,
            changed=plan.changed,
            removed=len(plan.gone),
            unchanged=plan.unchanged,
            skipped=(*plan.listing.skipped, *refused),
            failed=tuple(self._failed),
            chunks=chunks,
            requests=self._source.requests,
        )
