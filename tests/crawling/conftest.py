"""A world for each test, on one index."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.bench import Bench, Pace
from pipelines.index.chroma import Place
from pipelines.index.open import Index, open_index
from tests.crawling.world import Shelf, World
from tests.fakes.embedder import HashEmbedder

# Hasty, and yet not so that a busy machine takes the living for dead.
PACE = Pace(beat=0.03, claim=0.2, watch=1.5, silence=0.4, attempts=3, patience=5.0, look=0.02, lost=0.1)


@pytest.fixture(scope="package")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder: Path = tmp_path_factory.mktemp("index")
    index = open_index(
        folder, place=Place(folder=folder / "chroma"), collection="docs", embedder=HashEmbedder()
    )
    yield index
    index.store.close()


@pytest.fixture
def world(index: Index) -> World:
    """A source of three files, of which nothing is stored."""
    source = f"src-{uuid.uuid4().hex[:8]}"
    shelf = Shelf({source: {f"{name}.md": f"# {name}\n\n{source} text {name}.".encode() for name in "abc"}})
    bench = Bench(index=index, open_source=shelf.open, configured=(source,), pace=PACE)
    return World(bench, shelf, source)
