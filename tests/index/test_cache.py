"""What was embedded once is never embedded again."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import EmbeddingError, IndexUnwritable
from pipelines.index.cache import CachedEmbedder
from tests.fakes.embedder import HashEmbedder


def open_cache(folder: Path, embedder: HashEmbedder | None = None) -> CachedEmbedder:
    return CachedEmbedder(embedder or HashEmbedder(), folder / "data" / "embeddings.sqlite3")


def test_each_text_is_computed_once(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    cache = open_cache(tmp_path, embedder)
    assert cache.name == embedder.name
    first = cache.embed(["a", "b", "a"])
    assert embedder.texts == ["a", "b"]
    assert np.array_equal(first, HashEmbedder().embed(["a", "b", "a"]))
    assert np.array_equal(cache.embed(["b", "c"]), HashEmbedder().embed(["b", "c"]))
    assert (cache.computed, embedder.texts) == (3, ["a", "b", "c"])
    again = open_cache(tmp_path)
    assert np.array_equal(again.embed(["c", "a"]), HashEmbedder().embed(["c", "a"]))
    assert again.computed == 0


def test_more_texts_than_one_statement_takes(tmp_path: Path) -> None:
    texts = [str(number) for number in range(2_345)]
    open_cache(tmp_path).embed(texts)
    again = open_cache(tmp_path)
    assert np.array_equal(again.embed(texts), HashEmbedder().embed(texts))
    assert again.computed == 0


def test_models_do_not_share(tmp_path: Path) -> None:
    open_cache(tmp_path).embed(["a"])
    other = open_cache(tmp_path, HashEmbedder("hashes/2", dimensions=3))
    assert other.embed(["a"]).shape == (1, 3)
    assert other.computed == 1


def test_nothing_is_nothing(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    assert len(cache.embed([])) == 0
    assert cache.computed == 0


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=20)))
@settings(deadline=None, max_examples=30)
def test_any_text_is_kept(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("cache")
    expected = HashEmbedder().embed(texts)
    for computed in (len(set(texts)), 0):
        cache = open_cache(folder)
        assert np.array_equal(cache.embed(texts), expected)
        assert cache.computed == computed


def test_a_failure_keeps_nothing_and_passes(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    cache = open_cache(tmp_path, embedder)
    embedder.away = True
    with pytest.raises(EmbeddingError):
        cache.embed(["a"])
    embedder.away = False
    cache.embed(["a"])
    assert cache.computed == 1


def garble(file: Path) -> None:
    file.write_bytes(b"no database " * 100)


def other_table(file: Path) -> None:
    db = sqlite3.connect(file)
    db.execute("DROP TABLE vectors")
    db.execute("CREATE TABLE vectors (x)")
    db.commit()
    db.close()


def folder_instead(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("damage", [garble, other_table, folder_instead])
def test_a_damaged_cache_is_told_with_what_to_do(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    open_cache(tmp_path).embed(["a"])
    file = tmp_path / "data" / "embeddings.sqlite3"
    for beside in file.parent.glob("*-wal"):
        beside.unlink()
    damage(file)
    with pytest.raises(IndexUnwritable, match=r"embeddings\.sqlite3 cannot be used.*delete the file"):
        open_cache(tmp_path).embed(["a"])


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(IndexUnwritable, match="DOCSBOT_DATA"):
        open_cache(tmp_path).embed(["a"])


def test_threads_share_it(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    texts = [[f"{number % 7}", f"{number}"] for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(cache.embed, texts))
    for asked, vectors in zip(texts, found, strict=True):
        assert np.array_equal(vectors, HashEmbedder().embed(asked))


_PROCESS = """
import sys
from pathlib import Path
from tests.index.test_cache import open_cache
open_cache(Path(sys.argv[1])).embed([f"{n}" for n in range(50)])
"""


def test_processes_that_begin_at_once_share_it(tmp_path: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", _PROCESS, str(tmp_path)]) for _ in range(4)]
    assert [process.wait(60) for process in running] == [0] * 4
    cache = open_cache(tmp_path)
    cache.embed([f"{number}" for number in range(50)])
    assert cache.computed == 0
