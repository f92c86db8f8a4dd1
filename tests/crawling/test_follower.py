"""Who follows a request sees the truth of it, whenever the following begins, and asks again in a silence."""

from __future__ import annotations

import asyncio

import pytest

from pipelines import crawls
from pipelines.crawls import CrawlFollower
from pipelines.index.ledger import CrawlRecord, Phase
from tests.crawling.world import World


class Asked:
    """Counts what was asked for again."""

    def __init__(self) -> None:
        self.crawls: list[str] = []

    async def __call__(self, crawl: str) -> None:
        self.crawls.append(crawl)


def follower(world: World, asked: Asked, crawl: str) -> CrawlFollower:
    return CrawlFollower(
        world.bench.ledger, asked, source=world.source, crawl=crawl, patience=crawls.Patience(0.01, 0.1, 0.2)
    )


async def test_a_crawl_is_seen_from_its_listing_to_its_end(world: World) -> None:
    following = asyncio.create_task(_see(follower(world, Asked(), "c1")))
    await world.crawl(crawl="c1")
    seen = await asyncio.wait_for(following, 5)
    assert seen[-1].phase == "done"
    assert all(record.done <= record.todo for record in seen)
    assert [record.done for record in seen] == sorted(record.done for record in seen)


async def test_a_late_follower_sees_the_end_alone(world: World) -> None:
    await world.crawl(crawl="c1")
    seen = await asyncio.wait_for(_see(follower(world, Asked(), "c1")), 5)
    assert [record.phase for record in seen] == ["done"]


async def test_a_crawl_of_the_past_is_not_taken_for_this_one(world: World) -> None:
    await world.crawl(crawl="c1")
    following = asyncio.create_task(_see(follower(world, Asked(), "c2")))
    await asyncio.sleep(0.05)
    await world.crawl(crawl="c2")
    seen = await asyncio.wait_for(following, 5)
    assert {record.crawl for record in seen} == {"c2"}


async def test_a_request_that_nobody_takes_up_is_told_and_asked_again(world: World) -> None:
    asked = Asked()
    following = asyncio.create_task(_see(follower(world, asked, "c1")))
    await asyncio.sleep(0.25)
    assert set(asked.crawls) == {"c1"}
    await world.crawl(crawl="c1")
    seen = await asyncio.wait_for(following, 5)
    assert "docsbot worker" in seen[0].note
    assert seen[-1].phase == "done"


async def test_a_crawl_that_dies_is_asked_for_again(world: World) -> None:
    world.bench.ledger.write(CrawlRecord(source=world.source, crawl="c1", phase="indexing", holder="dead"))
    asked = Asked()
    following = asyncio.create_task(_see(follower(world, asked, "c1")))
    async with asyncio.timeout(5):
        while not asked.crawls:
            await asyncio.sleep(0.01)
    await world.crawl(crawl="c2")
    seen = await asyncio.wait_for(following, 5)
    assert (seen[-1].phase, seen[-1].crawl) == ("done", "c2")


@pytest.mark.parametrize("phase", ["failed", "cancelled"])
async def test_every_end_is_an_end(world: World, phase: Phase) -> None:
    record = CrawlRecord(source=world.source, crawl="c1", phase=phase)
    world.bench.ledger.write(record)
    seen = await asyncio.wait_for(_see(follower(world, Asked(), "c1")), 5)
    assert [record.phase for record in seen] == [phase]


async def _see(follower: CrawlFollower) -> list[CrawlRecord]:
    return [sighting.record async for sighting in follower.follow()]
