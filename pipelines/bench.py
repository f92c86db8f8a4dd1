"""What a worker works with: the index, the ledger, and the sources, each opened once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Protocol
from weakref import WeakValueDictionary

from pipelines.errors import SourceInvalid, SourceLimited
from pipelines.index.ledger import CrawlLedger
from pipelines.index.open import Index
from pipelines.sources.models import BulkSource


class OpenSource(Protocol):
    def __call__(self, spec: str, *, etag: str = "") -> BulkSource:
        """The source of that name. Raises SourceInvalid."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patient a crawl is, in seconds except where the name says otherwise."""

    beat: float = 1.0
    """Between two signs of life of a crawl."""
    claim: float = 0.3
    """After which whoever took a crawl up at the same time has written so."""
    watch: float = 5.0
    """That a crawl is watched before it is taken for dead: several beats, with a slow call between."""
    silence: float = 12.0
    """Without a file done, after which what is missing is carried again; twice as long after each time, as it
    may be that the workers have other files before these. It is no loss to carry a file twice."""
    attempts: int = 7
    """Silences in a row, of 25 minutes in all, after which the rest is given up for this crawl."""
    patience: float = 600.0
    """That a crawl waits for an index that does not answer."""
    look: float = 5.0
    """Between two looks of a worker at the crawls."""
    lost: float = 12.0
    """Without a beat, after which a worker takes a crawl for lost, and asks for it again."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    index: Index
    open_source: OpenSource
    configured: tuple[str, ...]
    """Names of the sources that are kept fresh."""
    fetches: int = 8
    """Files that are fetched at once: GitHub refuses who asks for too much at a time."""
    stores: int = 2
    """Files that are embedded at once: one computes while the other waits for the disk."""
    pace: Pace = Pace()
    clock: Callable[[], float] = time.monotonic
    leaving: threading.Event = field(default_factory=threading.Event)
    """Set when the worker was told to end: a crawl that waits is then left to another one."""
    _sources: dict[str, BulkSource] = field(default_factory=dict)
    _limits: dict[str, SourceLimited] = field(default_factory=dict)
    _locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = field(default_factory=WeakValueDictionary)

    @cached_property
    def ledger(self) -> CrawlLedger:
        return CrawlLedger(self.index.store.collections)

    @asynccontextmanager
    async def storing(self, source: str, path: str) -> AsyncIterator[None]:
        """Held while a file is embedded and written: few at once, and no file twice at once."""
        lock = self._locks.setdefault((source, path), asyncio.Lock())
        async with lock, self._storing:
            yield

    @cached_property
    def fetching(self) -> asyncio.Semaphore:
        """Held while a file is fetched."""
        return asyncio.Semaphore(self.fetches)

    @cached_property
    def _storing(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.stores)

    def source(self, spec: str) -> BulkSource:
        """A source for fetching, shared by all, so that its connections stay open. Raises SourceInvalid."""
        if spec not in self._sources:
            self._sources[spec] = self.open_source(spec)
        return self._sources[spec]

    def check(self, spec: str) -> None:
        """Refuses a source that this worker was not told to serve: an event may name any folder there is.

        Raises SourceInvalid.
        """
        known = {self.source(name).id for name in self.configured}
        if self.open_source(spec).id not in known:
            raise SourceInvalid(f"{spec} is not one of DOCS_SOURCES of the workers.")

    def remember(self, spec: str, limit: SourceLimited) -> None:
        """Keeps a source's rate limit in mind, so that nobody asks before it is lifted."""
        self._limits[spec] = limit

    def check_limit(self, spec: str) -> None:
        """Raises SourceLimited while the source's rate limit is known to be spent."""
        limit = self._limits.get(spec)
        if limit is not None and datetime.now(UTC) < limit.retry_at:
            raise SourceLimited(str(limit), retry_at=limit.retry_at)

    @asynccontextmanager
    async def listing(self, spec: str, *, etag: str = "") -> AsyncIterator[BulkSource]:
        """A source for one listing. Raises SourceInvalid."""
        source = self.open_source(spec, etag=etag)
        try:
            yield source
        finally:
            await source.close()

    async def close(self) -> None:
        for source in self._sources.values():
            await source.close()
        self._sources.clear()
