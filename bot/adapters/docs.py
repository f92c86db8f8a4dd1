"""The one door into the pipelines: the index as the core and the fronts know it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from bot.adapters.addresses import page_address
from bot.core.errors import IndexUnusable, RetrievalFailed
from bot.core.models import (
    CrawlEvent,
    CrawlFailed,
    CrawlProgress,
    CrawlSummary,
    IndexStatus,
    Passage,
    Question,
    Retrieval,
    SkippedFile,
    SourceStatus,
)
from pipelines.errors import PipelineError, SourceError
from pipelines.index.models import FileRecord, Skip, SourceRecord
from pipelines.index.open import Index
from pipelines.index.passages import Passage as Section
from pipelines.index.snapshot import Snapshot
from pipelines.inline import InlineCrawl, Progress, Summary
from pipelines.sources.models import BulkSource
from pipelines.steps import known_etag

_STALE = 2.0  # seconds after which a question looks whether the index has changed
_PATIENCE = 1.5  # seconds that a question waits for the newest index before it answers from the one it has
_CONTEXT = 600  # characters of the turn before that help a follow-up question
_log = logging.getLogger(__name__)


class DocsRetriever:
    """The core's Retriever over the index."""

    def __init__(
        self, index: Index, *, sources: Sequence[str] = (), clock: Callable[[], float] = time.monotonic
    ):
        """`sources` restricts every question that does not restrict itself."""
        self._index = index
        self._sources = tuple(sources)
        self._clock = clock
        self._looked = float("-inf")
        self._refreshing: asyncio.Task[Snapshot] | None = None

    async def retrieve(self, question: Question, *, tokens: int) -> Retrieval:
        try:
            await self._catch_up()
            found = await asyncio.to_thread(
                self._index.searcher.search,
                question.text,
                context=_context(question),
                sources=question.sources or self._sources,
                tokens=tokens,
            )
        except PipelineError as error:
            raise RetrievalFailed(str(error)) from error
        return Retrieval(
            passages=tuple(_passage(section, found.snapshot) for section in found.passages),
            confidence=found.evidence.confidence,
            reason=found.evidence.reason,
        )

    async def _catch_up(self) -> None:
        """Makes the snapshot current; one that takes long is left to finish behind the question's back."""
        known = self._index.follower.snapshot.count
        if self._refreshing is None or self._refreshing.done():
            if known and self._clock() - self._looked < _STALE:
                return
            self._refreshing = asyncio.create_task(asyncio.to_thread(self._index.follower.refresh))
            self._refreshing.add_done_callback(_tell_failure)
            self._looked = self._clock()
        patience = _PATIENCE if known else None
        try:
            await asyncio.wait_for(asyncio.shield(self._refreshing), patience)
        except TimeoutError:
            return
        except PipelineError:
            # What is known still answers; an index that was never read is another matter.
            if not known:
                raise


def _tell_failure(refreshing: asyncio.Task[Snapshot]) -> None:
    if not refreshing.cancelled() and (error := refreshing.exception()):
        _log.warning("The index could not be read anew: %s", error)


def _context(question: Question) -> str:
    asked = [turn.text for turn in question.thread if turn.role == "user"]
    return asked[-1][:_CONTEXT] if asked else ""


def _passage(section: Section, snapshot: Snapshot) -> Passage:
    first = section.first
    record = snapshot.sources.get(first.source)
    commit = cited_commit(record, snapshot.files.get((first.source, first.path)))
    return Passage(
        source=first.source,
        path=first.path,
        title=first.title,
        headings=first.headings,
        url=page_address(record, first.source, first.path, commit, first.anchor),
        commit=commit,
        text=section.text,
        score=round(section.score, 4),
    )


def cited_commit(record: SourceRecord | None, file: FileRecord | None) -> str:
    """The commit at which a file is as it was indexed.

    The cursor's where the last crawl is over and left no file out: all files are there as they are here. Else
    the commit at which the file itself was read.
    """
    if file is None:
        return ""
    whole = record is not None and record.since is None and record.commit == record.wanted
    return record.commit if record is not None and whole else file.commit


class OpenSource(Protocol):
    def __call__(self, spec: str, *, etag: str = "") -> BulkSource:
        """The source of that name. Raises SourceInvalid."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DocsControl:
    """The fronts' IndexControl, with crawls that run in this process."""

    index: Index
    open_source: OpenSource
    configured: tuple[str, ...]
    language_model: str

    async def reindex(
        self, sources: Sequence[str] = (), *, rebuild: bool = False
    ) -> AsyncGenerator[CrawlEvent, None]:
        try:
            with self.index.writing():
                if rebuild:
                    await asyncio.to_thread(self.index.rebuild)
                for spec in sources or self.configured:
                    async with aclosing(self._attempt(spec)) as events:
                        async for event in events:
                            yield event
        except PipelineError as error:
            raise IndexUnusable(str(error)) from error

    async def _attempt(self, spec: str) -> AsyncGenerator[CrawlEvent, None]:
        """A crawl whose source may fail without harm to the next one."""
        try:
            async with aclosing(self._crawl(spec)) as events:
                async for event in events:
                    yield event
        except SourceError as error:
            yield CrawlFailed(source=spec, message=str(error))

    async def _crawl(self, spec: str) -> AsyncGenerator[CrawlEvent, None]:
        started, computed = time.monotonic(), self.index.computed
        source = await self._open(spec)
        try:
            crawl = InlineCrawl(source, self.index.store, self.index.follower, count=self.index.count)
            async with aclosing(crawl.run()) as news:
                async for item in news:
                    if isinstance(item, Progress):
                        yield _progress(item)
                    else:
                        yield _summary(
                            item,
                            embedded=self.index.computed - computed,
                            seconds=time.monotonic() - started,
                        )
        finally:
            await source.close()

    async def _open(self, spec: str) -> BulkSource:
        """The source, told what is stored of it, so that it can say that nothing has changed."""
        source = self.open_source(spec)
        snapshot = await asyncio.to_thread(self.index.follower.refresh)
        # Without a revision, the view lacks files whose chunks are lost: they must be stored again.
        etag = self._known(snapshot, source) if snapshot.revision else ""
        return self.open_source(spec, etag=etag) if etag else source

    def _known(self, snapshot: Snapshot, source: BulkSource) -> str:
        return known_etag(snapshot.sources.get(source.id), address=source.address)

    async def cancel(self, sources: Sequence[str] = ()) -> tuple[str, ...]:
        """None: a crawl in this process ends with the one who follows it."""
        return ()

    async def status(self) -> IndexStatus:
        try:
            snapshot = await asyncio.to_thread(self.index.follower.refresh)
        except PipelineError as error:
            raise IndexUnusable(str(error)) from error
        return IndexStatus(
            sources=tuple(_status(record) for record in snapshot.sources.values()),
            chunks=snapshot.count,
            embedding_model=self.index.store.model,
            language_model=self.language_model,
            location=str(self.index.place),
        )


def _progress(item: Progress) -> CrawlProgress:
    return CrawlProgress(
        source=item.source,
        phase=item.phase,
        listed=item.listed,
        todo=item.todo,
        done=item.done,
        failed=item.failed,
        note=item.note,
    )


def _summary(item: Summary, *, embedded: int, seconds: float) -> CrawlSummary:
    return CrawlSummary(
        source=item.source,
        commit=item.commit,
        files=item.files,
        added=item.added,
        changed=item.changed,
        removed=item.removed,
        unchanged=item.unchanged,
        skipped=list_skips(item.skipped),
        failed=list_skips(item.failed),
        chunks=item.chunks,
        embedded_chunks=embedded,
        requests=item.requests,
        seconds=round(seconds, 3),
    )


def list_skips(skips: Sequence[Skip]) -> tuple[SkippedFile, ...]:
    """The pipelines' skips in the core's words."""
    return tuple(SkippedFile(path=skip.path, reason=skip.reason) for skip in skips)


def _status(record: SourceRecord) -> SourceStatus:
    return SourceStatus(
        source=record.source,
        commit=record.commit,
        committed_at=record.committed_at,
        crawled_at=record.crawled_at,
        files=record.files,
        chunks=record.chunks,
        failed=list_skips(record.failed),
    )
