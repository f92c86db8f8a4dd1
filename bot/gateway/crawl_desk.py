"""Crawls that were asked for over the web: begun in the background, followed by whoever asks, ended."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from bot.core.errors import DocsbotError
from bot.core.models import CrawlEvent, CrawlFailed
from bot.core.ports import CrawlControl
from bot.gateway.asking import new_id
from bot.gateway.metrics import Metrics

logger = logging.getLogger(__name__)

CrawlState = Literal["waiting", "running", "done", "failed", "cancelled"]
KEPT = 50
"""Crawls that are over and still told of."""


@dataclass(slots=True, eq=False)
class Crawl:
    """One request for a crawl."""

    sources: tuple[str, ...]
    """As asked for; empty means all that are configured."""
    requested_by: str
    id: str = field(default_factory=new_id)
    state: CrawlState = "waiting"
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended_at: datetime | None = None
    message: str = ""
    """Why it failed as a whole."""
    told: dict[str, tuple[int, CrawlEvent]] = field(default_factory=dict)
    """Source → its last word, numbered: who follows slowly is told the newest only."""
    task: asyncio.Task[None] | None = None
    cancelled: bool = False
    """Somebody asked it to end."""
    _number: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def over(self) -> bool:
        return self.ended_at is not None

    def overlaps(self, other: Crawl) -> bool:
        return not self.sources or not other.sources or bool(set(self.sources) & set(other.sources))

    def tell(self, event: CrawlEvent) -> None:
        self._number += 1
        self.told[event.source] = (self._number, event)
        self.wake()

    def begin(self) -> None:
        self.state = "running"
        self.wake()

    def end(self, state: CrawlState, message: str = "") -> None:
        self.state, self.message, self.ended_at = state, message, datetime.now(UTC)
        self.wake()

    def wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def follow(self) -> AsyncGenerator[CrawlEvent, None]:
        """The last word on each source, then each news, until it is over."""
        seen = 0
        while True:
            news = self._news
            for number, event in sorted(self.told.values(), key=lambda item: item[0]):
                if number > seen:
                    seen = number
                    yield event
            if self.over:
                return
            await news.wait()


class CrawlDesk:
    """Takes requests. Those for the same sources run one after another: each sees what was there when it
    was asked for."""

    def __init__(self, crawls: CrawlControl, metrics: Metrics) -> None:
        self._crawls = crawls
        self._metrics = metrics
        self._known: OrderedDict[str, Crawl] = OrderedDict()

    def request(self, sources: Sequence[str], *, requested_by: str) -> Crawl:
        """A crawl of these sources, begun in the background; one that waits already, where there is one."""
        asked = Crawl(sources=tuple(sources), requested_by=requested_by)
        before = [crawl for crawl in self._known.values() if not crawl.over]
        for crawl in before:
            if crawl.state == "waiting" and crawl.sources == asked.sources:
                return crawl
        ahead = {crawl.task for crawl in before if crawl.task is not None and crawl.overlaps(asked)}
        self._known[asked.id] = asked
        asked.task = asyncio.create_task(self._run(asked, ahead))
        asked.task.add_done_callback(lambda _: self._ended(asked))
        self._forget()
        return asked

    def find(self, crawl: str) -> Crawl | None:
        return self._known.get(crawl)

    def list(self) -> list[Crawl]:
        """Newest first."""
        return list(self._known.values())[::-1]

    async def cancel(self, crawl: Crawl) -> bool:
        """Asks a crawl to end; False where it is over, or cannot be ended. Raises DocsbotError."""
        if crawl.over or crawl.task is None:
            return False
        crawl.cancelled = True
        if crawl.state == "waiting":
            crawl.task.cancel()
        elif not await self._crawls.cancel(crawl.sources):
            crawl.cancelled = False
        return crawl.cancelled

    async def close(self) -> None:
        """Leaves the crawls: those of the engine go on, those of this process end where they are."""
        tasks = [crawl.task for crawl in self._known.values() if crawl.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, crawl: Crawl, ahead: set[asyncio.Task[None]]) -> None:
        if ahead:
            self._show_waiting()
            await asyncio.wait(ahead)
        crawl.begin()
        self._show_waiting()
        try:
            failed, message = await self._crawl(crawl), ""
        except DocsbotError as error:
            logger.warning("a crawl failed: %s", error.detail or error.text)
            failed, message = True, error.text
        if not crawl.cancelled:
            crawl.end("failed" if failed else "done", message)

    def _ended(self, crawl: Crawl) -> None:
        """The task is over, whether or not it ever began."""
        if not crawl.over:
            crawl.end("cancelled")
        self._metrics.count_crawl(crawl.state)
        self._show_waiting()

    async def _crawl(self, crawl: Crawl) -> bool:
        """Whether a source failed. Raises DocsbotError."""
        failed = False
        async with aclosing(self._crawls.reindex(crawl.sources)) as events:
            async for event in events:
                failed = failed or isinstance(event, CrawlFailed)
                crawl.tell(event)
        return failed

    def _show_waiting(self) -> None:
        self._metrics.show_waiting(sum(crawl.state == "waiting" for crawl in self._known.values()))

    def _forget(self) -> None:
        over = [crawl for crawl in self._known.values() if crawl.over]
        for crawl in over[: max(0, len(over) - KEPT)]:
            del self._known[crawl.id]
