"""The fronts' control of crawls that workers run: what it shows of a crawl's record, and what it refuses.

No engine is asked here: the crawls are in the index already, as other processes left them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from bot.adapters.docs import DocsControl
from bot.adapters.engine import EngineControl
from bot.core.errors import CrawlsUnavailable, IndexUnusable
from bot.core.models import CrawlFailed
from pipelines.errors import EngineUnavailable
from pipelines.index.chroma import Place
from pipelines.index.ledger import CrawlLedger, CrawlRecord
from pipelines.index.open import Index, open_index
from tests.crawling.world import Shelf
from tests.fakes.embedder import HashEmbedder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = open_index(
        tmp_path, place=Place(folder=tmp_path / "chroma"), collection="docs", embedder=HashEmbedder()
    )
    yield index
    index.store.close()


def make_control(index: Index) -> EngineControl:
    def refuse() -> NoReturn:
        raise EngineUnavailable("The Hatchet engine does not answer.")

    shelf = Shelf({"one": {}, "two": {}})
    docs = DocsControl(
        index=index, open_source=shelf.open, configured=("one", "two"), language_model="extractive"
    )
    return EngineControl(docs, refuse, requested_by="a test")


async def test_an_engine_that_is_away_is_said(index: Index) -> None:
    control = make_control(index)
    with pytest.raises(CrawlsUnavailable, match="does not answer"):
        await control.request()
    with pytest.raises(IndexUnusable, match="does not answer"):
        [event async for event in control.reindex()]


async def test_a_source_that_is_none_fails_alone(index: Index) -> None:
    events = [event async for event in make_control(index).reindex(["three"])]
    assert events == [CrawlFailed(source="three", message="three is no source.")]


async def test_a_rebuild_is_refused(index: Index) -> None:
    with pytest.raises(IndexUnusable, match="--rebuild"):
        [event async for event in make_control(index).reindex(rebuild=True)]


async def test_cancel_names_the_sources_that_had_a_crawl(index: Index) -> None:
    ledger = CrawlLedger(index.store.collections)
    await asyncio.to_thread(ledger.write, CrawlRecord(source="one", crawl="c1", phase="indexing"))
    await asyncio.to_thread(ledger.write, CrawlRecord(source="two", crawl="c2", phase="done"))
    assert await make_control(index).cancel() == ("one",)
    assert (await asyncio.to_thread(ledger.tally, "c1")).cancelled
    assert not (await asyncio.to_thread(ledger.tally, "c2")).cancelled
