"""Crawls by the workers on Hatchet, as the fronts ask for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from bot.adapters.docs import DocsControl, list_skips
from bot.core.errors import CrawlsUnavailable, IndexUnusable
from bot.core.models import CrawlEvent, CrawlFailed, CrawlProgress, CrawlSummary, IndexStatus
from pipelines.crawls import CrawlFollower, Sighting, cancel_crawl, push_crawl
from pipelines.errors import EngineUnavailable, PipelineError, SourceError
from pipelines.index.ledger import CrawlLedger, CrawlRecord

if TYPE_CHECKING:
    from hatchet_sdk import Hatchet


class EngineControl:
    """The fronts' IndexControl, with crawls that the workers run."""

    def __init__(self, docs: DocsControl, connect: Callable[[], Hatchet], *, requested_by: str) -> None:
        """`docs` names the sources and reads the index; `connect` raises EngineUnavailable."""
        self._docs = docs
        self._connect = connect
        self._requested_by = requested_by
        self._ledger = CrawlLedger(docs.index.store.collections)
        self._hatchet: Hatchet | None = None

    async def reindex(
        self, sources: Sequence[str] = (), *, rebuild: bool = False
    ) -> AsyncGenerator[CrawlEvent, None]:
        if rebuild:
            raise IndexUnusable("The workers rebuild nothing. Stop them and run `docsbot index --rebuild`.")
        try:
            # All are asked for at once; they are followed one after another.
            asked = [(spec, await self._ask(spec)) for spec in sources or self._docs.configured]
            for spec, crawl in asked:
                async with aclosing(self._follow(spec, crawl)) as events:
                    async for event in events:
                        yield event
        except PipelineError as error:
            raise _explain(error) from error

    async def request(self, sources: Sequence[str] = ()) -> tuple[str, ...]:
        """Asks for crawls and does not wait; the sources asked for. Raises IndexUnusable."""
        specs = tuple(sources) or self._docs.configured
        try:
            for spec in specs:
                await self._ask(spec)
        except PipelineError as error:
            raise _explain(error) from error
        return specs

    async def cancel(self, sources: Sequence[str] = ()) -> tuple[str, ...]:
        """Asks the crawls that are under way to end; the sources that had one. Raises IndexUnusable."""
        specs = tuple(sources) or self._docs.configured
        try:
            return tuple([spec for spec in specs if await cancel_crawl(self._ledger, self._id(spec))])
        except PipelineError as error:
            raise _explain(error) from error

    async def status(self) -> IndexStatus:
        return await self._docs.status()

    def _id(self, spec: str) -> str:
        return self._docs.open_source(spec).id

    async def _client(self) -> Hatchet:
        if self._hatchet is None:
            self._hatchet = await asyncio.to_thread(self._connect)  # its library takes seconds to load
        return self._hatchet

    async def _ask(self, spec: str) -> str | SourceError:
        """The request's id, or why there can be none of this name."""
        try:
            self._id(spec)
        except SourceError as error:
            return error
        return await push_crawl(await self._client(), spec, requested_by=self._requested_by)

    async def _follow(self, spec: str, crawl: str | SourceError) -> AsyncGenerator[CrawlEvent, None]:
        if isinstance(crawl, SourceError):
            yield CrawlFailed(source=spec, message=str(crawl))
            return
        yield CrawlProgress(source=spec, phase="listing")
        hatchet = await self._client()
        again = partial(push_crawl, hatchet, spec, "silence", self._requested_by)
        follower = CrawlFollower(self._ledger, again, source=self._id(spec), crawl=crawl)
        async with aclosing(follower.follow()) as sightings:
            async for sighting in sightings:
                yield _event(sighting)


def _explain(error: PipelineError) -> IndexUnusable:
    """An engine that does not answer is no fault of the index's."""
    kind = CrawlsUnavailable if isinstance(error, EngineUnavailable) else IndexUnusable
    return kind(str(error))


def _event(sighting: Sighting) -> CrawlEvent:
    record = sighting.record
    match record.phase:
        case "done":
            return _summary(record)
        case "failed":
            return CrawlFailed(source=record.source, message=record.note)
        case "cancelled":
            return CrawlFailed(source=record.source, message="The crawl was cancelled; what it stored stays.")
        case "listing" | "indexing" | "removing":
            joined = "A crawl was under way already: this joins it." if sighting.joined else ""
            return CrawlProgress(
                source=record.source,
                phase=record.phase,
                listed=record.listed,
                todo=record.todo,
                done=record.done,
                failed=record.failed,
                note=record.note or joined,
            )


def _summary(record: CrawlRecord) -> CrawlSummary:
    return CrawlSummary(
        source=record.source,
        commit=record.commit,
        files=record.files,
        added=record.added,
        changed=record.changed,
        removed=record.removed,
        unchanged=record.unchanged,
        skipped=list_skips(record.skipped),
        failed=list_skips(record.failures),
        chunks=record.chunks,
        embedded_chunks=record.embedded_chunks,
        requests=record.requests,
        seconds=record.seconds,
    )
