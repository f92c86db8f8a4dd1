"""Crawls over HTTP: asked for, followed, cancelled; and the desk that keeps them in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import httpx
import pytest

from bot.core.errors import IndexUnusable
from bot.core.models import CrawlEvent, CrawlFailed, CrawlProgress, IndexStatus
from bot.gateway.crawl_desk import KEPT, Crawl, CrawlDesk
from bot.gateway.metrics import Metrics
from tests.fakes.answerer import ScriptedIndex, make_summary
from tests.gateway.process import Gateway, stream_events


@dataclass
class HeldCrawls:
    """A CrawlControl whose crawls go on until the test lets them."""

    begun: list[tuple[str, ...]] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    ending: Callable[[str], CrawlEvent] = make_summary
    cancelled: list[tuple[str, ...]] = field(default_factory=list)
    cancels: bool = True

    async def reindex(
        self, sources: Sequence[str] = (), *, rebuild: bool = False
    ) -> AsyncGenerator[CrawlEvent, None]:
        self.begun.append(tuple(sources))
        for source in sources or ("all",):
            yield CrawlProgress(source=source, phase="listing")
        await self.go_on.wait()
        for source in sources or ("all",):
            if tuple(sources) in self.cancelled:
                yield CrawlFailed(source=source, message="It was cancelled.")
            else:
                yield self.ending(source)

    async def cancel(self, sources: Sequence[str] = ()) -> tuple[str, ...]:
        if not self.cancels:
            return ()
        self.cancelled.append(tuple(sources))
        self.go_on.set()
        return tuple(sources)

    async def status(self) -> IndexStatus:
        return await ScriptedIndex().status()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def ended(*crawls: Crawl) -> None:
    for crawl in crawls:
        assert crawl.task is not None
        await asyncio.wait({crawl.task})


async def test_the_same_sources_are_crawled_one_after_another() -> None:
    crawls = HeldCrawls()
    desk = CrawlDesk(crawls, Metrics())
    first = desk.request(("a",), requested_by="x")
    await settle()
    # During a crawl, another one sees what has come since; a third one asks for nothing more than it.
    second = desk.request(("a",), requested_by="y")
    third = desk.request(("a",), requested_by="z")
    other = desk.request(("b",), requested_by="x")
    await settle()
    assert third is second
    assert (first.state, second.state, other.state) == ("running", "waiting", "running")
    assert crawls.begun == [("a",), ("b",)]
    # All sources overlap with each.
    whole = desk.request((), requested_by="x")
    await settle()
    assert whole.state == "waiting"
    crawls.go_on.set()
    await ended(first, second, other, whole)
    assert crawls.begun == [("a",), ("b",), ("a",), ()]
    assert {crawl.state for crawl in (first, second, other, whole)} == {"done"}


async def test_followers_are_told_the_last_word_and_then_the_news() -> None:
    crawls = HeldCrawls()
    desk = CrawlDesk(crawls, Metrics())
    crawl = desk.request(("a", "b"), requested_by="x")
    await settle()

    async def follow() -> list[tuple[str, str]]:
        async with aclosing(crawl.follow()) as events:
            return [(event.source, event.kind) async for event in events]

    early = asyncio.create_task(follow())
    await settle()
    crawls.go_on.set()
    await ended(crawl)
    assert await early == [("a", "progress"), ("b", "progress"), ("a", "summary"), ("b", "summary")]
    assert await follow() == [("a", "summary"), ("b", "summary")]


def _fail(source: str) -> CrawlEvent:
    return CrawlFailed(source=source, message="There is no such repository.")


async def test_a_source_that_fails_fails_the_crawl() -> None:
    crawls = HeldCrawls(ending=_fail)
    crawls.go_on.set()
    metrics = Metrics()
    crawl = CrawlDesk(crawls, metrics).request(("a",), requested_by="x")
    await ended(crawl)
    assert (crawl.state, crawl.message) == ("failed", "")
    assert b'docsbot_crawls_total{outcome="failed"} 1.0' in metrics.render()


async def test_a_crawl_that_cannot_be_done_says_so_without_the_operators_detail() -> None:
    class Unusable(HeldCrawls):
        async def reindex(
            self, sources: Sequence[str] = (), *, rebuild: bool = False
        ) -> AsyncGenerator[CrawlEvent, None]:
            if not self.cancelled:
                raise IndexUnusable("/secret/place is read-only.")
            yield make_summary()

    crawl = CrawlDesk(Unusable(), Metrics()).request((), requested_by="x")
    await ended(crawl)
    assert crawl.state == "failed"
    assert crawl.message == IndexUnusable.text


@pytest.mark.parametrize("cancels", [True, False])
async def test_cancelling(*, cancels: bool) -> None:
    crawls = HeldCrawls(cancels=cancels)
    desk = CrawlDesk(crawls, Metrics())
    running = desk.request(("a",), requested_by="x")
    await settle()
    waiting = desk.request(("a",), requested_by="x")
    await settle()
    assert await desk.cancel(waiting)
    await ended(waiting)
    assert (waiting.state, crawls.begun) == ("cancelled", [("a",)])
    assert await desk.cancel(running) == cancels
    crawls.go_on.set()
    await ended(running)
    assert running.state == ("cancelled" if cancels else "done")
    assert not await desk.cancel(running)


async def test_old_crawls_are_forgotten() -> None:
    crawls = HeldCrawls()
    crawls.go_on.set()
    desk = CrawlDesk(crawls, Metrics())
    for number in range(KEPT + 10):
        await ended(desk.request((str(number),), requested_by="x"))
    last = desk.request(("last",), requested_by="x")
    assert len(desk.list()) == KEPT + 1
    assert desk.list()[0] is last
    assert desk.find(last.id) is last
    await desk.close()
    assert last.state == "cancelled"


async def test_over_http(maintainer: httpx.AsyncClient, gateway: Gateway) -> None:
    asked = await maintainer.post("/v1/reindex", json={"sources": ["handbook"]})
    assert asked.status_code == 202
    told = asked.json()
    assert told["sources"] == [gateway.environment["DOCS_SOURCES"]]
    assert told["requested_by"] == "key:maintainer"
    events = await stream_events(maintainer, "GET", f"/v1/crawls/{told['id']}")
    assert {event.name for event in events[:-1]} == {"source"}
    assert events[-1].name == "end"
    crawl = events[-1].data
    assert (crawl["id"], crawl["state"]) == (told["id"], "done")
    assert crawl["progress"][0]["summary"]["unchanged"] == 2
    assert (await maintainer.get(f"/v1/crawls/{told['id']}")).json() == crawl
    assert (await maintainer.get("/v1/crawls")).json()["crawls"][0] == crawl
    over = await maintainer.delete(f"/v1/crawls/{told['id']}")
    assert (over.status_code, over.json()["error"]["code"]) == (409, "over")
    # A key is no shell: what is not configured is not crawled.
    for name in ("/etc", "acme/other", ".", ""):
        refused = await maintainer.post("/v1/reindex", json={"sources": [name]})
        assert refused.status_code in (404, 422)
