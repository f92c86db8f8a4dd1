"""What every part of a crawl works with: the request, the index, the crawl's own record."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from pipelines.bench import Bench
from pipelines.engine import CrawlInput
from pipelines.errors import IndexUnavailable
from pipelines.index.ledger import CrawlRecord

BEAT = 1.0
"""Seconds between two signs of life of a crawl."""
PATIENCE = 600.0
"""Seconds that a crawl waits for an index that does not answer."""
T = TypeVar("T")


class Desk:
    def __init__(
        self, bench: Bench, request: CrawlInput, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.bench = bench
        self.request = request
        self.clock = clock
        self.ledger = bench.ledger
        self.store = bench.index.store
        self.started = clock()

    async def io(self, work: Callable[[], T]) -> T:
        """One blocking call of the index, in a thread; an index that is away is waited for."""
        deadline = self.clock() + PATIENCE
        while True:
            try:
                return await asyncio.to_thread(work)
            except IndexUnavailable:
                if self.clock() > deadline:
                    raise
                await asyncio.sleep(BEAT)

    async def beat(self, record: CrawlRecord) -> CrawlRecord:
        """Writes the crawl's record, which shows that it is alive."""
        return await self.io(lambda: self.ledger.write(record))

    async def mine(self, source: str) -> CrawlRecord | None:
        """This crawl's record; None where another crawl has taken over."""
        record = await self.io(lambda: self.ledger.read(source))
        return record if record is not None and record.crawl == self.request.crawl else None
