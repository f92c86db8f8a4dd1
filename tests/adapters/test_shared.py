"""Crawls that one process shares: joined, waited for, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import pytest

from bot.adapters.shared import CANCELLED, JOINED, WAITS, SharedCrawls
from bot.core.errors import IndexUnusable
from bot.core.models import CrawlEvent, CrawlFailed, CrawlProgress, IndexStatus


@dataclass
class GatedCrawls:
    """Crawls that wait in the middle for as long as the gate is closed."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    failure: str = ""

    async def reindex(
        self, sources: Sequence[str] = (), *, rebuild: bool = False
    ) -> AsyncGenerator[CrawlEvent, None]:
        self.asked.append(tuple(sources))
        try:
            yield CrawlProgress(source="docs", phase="listing")
            await self.gate.wait()
            if self.failure:
                raise IndexUnusable(self.failure)
            yield CrawlProgress(source="docs", phase="removing")
        finally:
            self.closed.append("")

    async def status(self) -> IndexStatus:
        return IndexStatus(sources=(), chunks=0, embedding_model="", language_model="", location="")


async def follow(crawls: SharedCrawls, *sources: str) -> list[CrawlEvent]:
    return [event async for event in crawls.reindex(sources)]


async def begun(control: GatedCrawls, crawls: SharedCrawls, *sources: str) -> asyncio.Task[list[CrawlEvent]]:
    task = asyncio.create_task(follow(crawls, *sources))
    while not control.asked:
        await asyncio.sleep(0)
    return task


@pytest.mark.parametrize(
    ("first", "second", "joins"),
    [
        ((), (), True),
        ((), ("a",), True),  # all of them: that one too
        (("a", "b"), ("b",), True),
        (("a",), ("b",), False),
        (("a",), (), False),
    ],
)
async def test_a_second_one_joins_or_waits(
    first: tuple[str, ...], second: tuple[str, ...], joins: bool
) -> None:
    control = GatedCrawls()
    crawls = SharedCrawls(control)
    one = await begun(control, crawls, *first)
    two = asyncio.create_task(follow(crawls, *second))
    await asyncio.sleep(0.01)
    control.gate.set()
    assert len(await one) == 2
    events = await two
    assert control.asked == ([first] if joins else [first, second])
    assert isinstance(events[0], CrawlProgress)
    assert events[0].note == (JOINED if joins else WAITS)


async def test_who_asked_may_leave_and_the_crawl_goes_on() -> None:
    control = GatedCrawls()
    crawls = SharedCrawls(control)
    (await begun(control, crawls)).cancel()
    await asyncio.sleep(0.01)
    assert not control.closed
    control.gate.set()
    await asyncio.sleep(0.01)
    assert len(control.closed) == 1


async def test_anybody_cancels_it() -> None:
    control = GatedCrawls()
    crawls = SharedCrawls(control)
    assert await crawls.cancel() == ()
    task = await begun(control, crawls, "a")
    assert await crawls.cancel(("b",)) == ()
    assert await crawls.cancel(("a",)) == ("a",)
    assert (await task)[-1] == CrawlFailed(source="docs", message=CANCELLED)
    assert len(control.closed) == 1
    # The next one is a new one.
    control.gate.set()
    assert len(await follow(crawls)) == 2


async def test_a_failure_reaches_all_who_follow() -> None:
    control = GatedCrawls(failure="The disk is full.")
    crawls = SharedCrawls(control)
    one = await begun(control, crawls)
    two = asyncio.create_task(follow(crawls))
    await asyncio.sleep(0.01)
    control.gate.set()
    for task in (one, two):
        with pytest.raises(IndexUnusable, match="disk is full"):
            await task
