"""What every part of a crawl works with: the request, the index, the crawl's own record."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from pipelines.bench import Bench
from pipelines.engine import CrawlInput
from pipelines.errors import IndexUnavailable, WorkerLeaving
from pipelines.index.ledger import CrawlRecord

T = TypeVar("T")


class Desk:
    """One task's. Another task of the same crawl, on whatever worker, has another."""

    def __init__(self, bench: Bench, request: CrawlInput) -> None:
        self.bench = bench
        self.request = request
        self.pace = bench.pace
        self.clock = bench.clock
        self.ledger = bench.ledger
        self.store = bench.index.store
        self._lap = bench.clock()
        self._holder = uuid.uuid4().hex

    async def io(self, work: Callable[[], T]) -> T:
        """One blocking call of the index, in a thread; an index that is away is waited for."""
        deadline = self.clock() + self.pace.patience
        while True:
            try:
                return await asyncio.to_thread(work)
            except IndexUnavailable:
                if self.clock() > deadline:
                    raise
                await self.rest(self.pace.beat)

    async def rest(self, seconds: float) -> None:
        """Waits, unless this worker was told to end. Raises WorkerLeaving."""
        if self.bench.leaving.is_set():
            raise WorkerLeaving("This worker ends. Another one goes on with the crawl.")
        await asyncio.sleep(seconds)

    async def beat(self, record: CrawlRecord) -> CrawlRecord:
        """Writes the crawl's record, which shows that it is alive and that this task does it."""
        return await self.io(lambda: self.ledger.write(replace(record, holder=self._holder)))

    def lap(self) -> float:
        """Seconds since the call before, or since the beginning."""
        now = self.clock()
        lap, self._lap = now - self._lap, now
        return round(lap, 3)

    async def release(self, record: CrawlRecord) -> None:
        """Leaves the crawl to whoever comes next, who then need not watch whether it is alive."""
        await self.io(lambda: self.ledger.write(replace(record, holder="")))

    async def mine(self, source: str) -> CrawlRecord | None:
        """The record of this task's crawl; None where it has ended, or another has taken over."""
        record = await self.io(lambda: self.ledger.read(source))
        held = record is not None and record.crawl == self.request.crawl and record.holder == self._holder
        return record if held and record is not None and not record.ended else None
