"""Crawls of one process, shared: who asks during a crawl joins it, and anybody may cancel it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from bot.core.errors import DocsbotError
from bot.core.models import CrawlEvent, CrawlFailed, CrawlProgress, IndexStatus
from bot.core.ports import IndexControl

JOINED = "A crawl was under way already: this joins it."
WAITS = "Another crawl is under way: this one waits for it."
CANCELLED = "The crawl was cancelled; what it stored stays."


@dataclass(slots=True, eq=False)
class _Run:
    """A crawl, and what it has told so far."""

    sources: tuple[str, ...]
    told: list[CrawlEvent] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    failure: DocsbotError | None = None
    cancelled: bool = False

    def tell(self, event: CrawlEvent) -> None:
        self.told.append(event)
        self.wake()

    def wake(self) -> None:
        self.news.set()
        self.news = asyncio.Event()

    @property
    def over(self) -> bool:
        return self.task is not None and self.task.done()


class SharedCrawls:
    """The fronts' CrawlControl over one that crawls in this process. A crawl outlives who asked for it."""

    def __init__(self, control: IndexControl) -> None:
        self._control = control
        self._run: _Run | None = None

    async def reindex(
        self, sources: Sequence[str] = (), *, rebuild: bool = False
    ) -> AsyncGenerator[CrawlEvent, None]:
        wanted = tuple(sources)
        while (run := self._run) is not None and not run.over and not _covers(run, wanted):
            for source in wanted or ("all",):
                yield CrawlProgress(source=source, phase="listing", note=WAITS)
            await asyncio.wait({run.task} if run.task else set())
        joined = run is not None and not run.over and not rebuild
        run = run if joined and run is not None else self._start(wanted, rebuild)
        async with aclosing(_follow(run)) as events:
            async for event in events:
                if joined and isinstance(event, CrawlProgress):
                    event = replace(event, note=event.note or JOINED)
                yield event

    async def cancel(self, sources: Sequence[str] = ()) -> tuple[str, ...]:
        run = self._run
        if run is None or run.over or run.task is None or not _covers(run, tuple(sources)):
            return ()
        run.cancelled = True
        run.task.cancel()
        return run.sources or ("all",)

    async def status(self) -> IndexStatus:
        return await self._control.status()

    async def close(self) -> None:
        """Ends a crawl that goes on; the next one goes on where it stopped."""
        if self._run is not None and self._run.task is not None:
            self._run.task.cancel()
            await asyncio.gather(self._run.task, return_exceptions=True)

    def _start(self, sources: tuple[str, ...], rebuild: bool) -> _Run:
        run = self._run = _Run(sources)
        run.task = asyncio.create_task(self._crawl(run, rebuild))
        # Those who follow wait for news, and the end is one.
        run.task.add_done_callback(lambda _: run.wake())
        return run

    async def _crawl(self, run: _Run, rebuild: bool) -> None:
        current = ""
        try:
            async with aclosing(self._control.reindex(run.sources, rebuild=rebuild)) as events:
                async for event in events:
                    current = event.source
                    run.tell(event)
        except DocsbotError as error:
            run.failure = error
        except asyncio.CancelledError:
            if not run.cancelled:
                raise
            run.tell(CrawlFailed(source=current or "all", message=CANCELLED))


def _covers(run: _Run, wanted: tuple[str, ...]) -> bool:
    return not run.sources or (bool(wanted) and set(wanted) <= set(run.sources))


async def _follow(run: _Run) -> AsyncGenerator[CrawlEvent, None]:
    """What it tells from now on, the last word first. Raises DocsbotError."""
    seen = max(0, len(run.told) - 1)
    while True:
        news = run.news
        while seen < len(run.told):
            seen += 1
            yield run.told[seen - 1]
        if run.over:
            break
        await news.wait()
    if run.failure is not None:
        raise run.failure
