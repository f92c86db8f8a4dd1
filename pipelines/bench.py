"""What a worker works with: the index, the ledger, and the sources, each opened once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from pipelines.errors import SourceInvalid
from pipelines.index.ledger import CrawlLedger
from pipelines.index.open import Index
from pipelines.sources.models import BulkSource


class OpenSource(Protocol):
    def __call__(self, spec: str, *, etag: str = "") -> BulkSource:
        """The source of that name. Raises SourceInvalid."""
        ...


@dataclass(frozen=True, kw_only=True)
class Bench:
    index: Index
    open_source: OpenSource
    configured: tuple[str, ...]
    """Names of the sources that are kept fresh."""
    stores: int = 2
    """Files that are embedded at once: one computes while the other waits for the disk."""
    _sources: dict[str, BulkSource] = field(default_factory=dict)

    @cached_property
    def ledger(self) -> CrawlLedger:
        return CrawlLedger(self.index.store.collections)

    @cached_property
    def storing(self) -> asyncio.Semaphore:
        """Held while a file is embedded and written."""
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
