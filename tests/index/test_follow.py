"""A follower's view beside writers: no gap, no double, never stale."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.errors import IndexProblem
from pipelines.index.follow import Follower
from pipelines.index.models import Chunk, FileRecord
from pipelines.index.open import Index
from pipelines.index.saved import SavedSnapshots
from pipelines.index.snapshot import Snapshot
from pipelines.index.store import Contents, Store
from tests.fakes.embedder import HashEmbedder
from tests.index.samples import SOURCE, cached, make_file, make_index, visible

PATHS = [f"p{number}.md" for number in range(8)]


def version(path: str, turn: int) -> tuple[FileRecord, list[Chunk]]:
    return make_file(
        path, [f"{path} fish turn {turn} piece {piece}" for piece in range(3)], commit=f"c{turn}"
    )


def check(snapshot: Snapshot) -> None:
    """Each file is seen whole and in one version; a rename is seen under one name at least."""
    turns: dict[str, set[str]] = {}
    pieces: dict[str, list[str]] = {}
    for chunk in visible(snapshot):
        _, _, _, turn, _, piece = chunk.text.split()
        turns.setdefault(chunk.path, set()).add(turn)
        pieces.setdefault(chunk.path, []).append(piece)
    assert {path for path in turns if path.startswith("p")} == set(PATHS)
    assert all(len(seen) == 1 for seen in turns.values())
    assert all(sorted(seen) == ["0", "1", "2"] for seen in pieces.values())
    assert any(path.startswith("moving") for path in turns)


@contextmanager
def running(work: Callable[[threading.Event], None], *, times: int = 1) -> Iterator[list[BaseException]]:
    """Runs it in threads until the block ends; gives what went wrong in them."""
    done, failures = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            work(done)
        except (AssertionError, IndexProblem, ValueError, LookupError) as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        done.set()
        for thread in threads:
            thread.join()


def fill(index: Index) -> None:
    for path in PATHS:
        index.store.replace(*version(path, 0))
    index.store.replace(*version("moving0.md", 0))


def test_readers_see_no_gap_and_no_double_while_every_file_is_replaced(tmp_path: Path) -> None:
    index, other = make_index(tmp_path, HashEmbedder()), make_index(tmp_path, HashEmbedder())
    fill(index)
    index.follower.refresh()
    queries = [0]

    def follow(done: threading.Event) -> None:
        while not done.is_set():
            check(index.follower.refresh())
            check(other.follower.refresh())
            check(make_index(tmp_path / "fresh", HashEmbedder(), place=index.place).follower.refresh())

    def ask(done: threading.Event) -> None:
        while not done.is_set():
            found = index.searcher.search("fish turn piece", tokens=10_000)
            paths = [passage.first.path for passage in found.passages]
            assert set(PATHS) <= set(paths)
            turns = {(piece.path, piece.text.split()[3]) for hit in found.passages for piece in hit.pieces}
            assert len(turns) == len({path for path, _ in turns})
            queries[0] += 1

    with running(follow) as failures, running(ask) as more:
        turn = 0
        while (turn < 4 or queries[0] < 1_500) and not failures and not more:
            turn += 1
            for path in PATHS:
                index.store.replace(*version(path, turn))
            index.store.replace(*version(f"moving{turn}.md", turn))
            index.store.remove([version(f"moving{turn - 1}.md", turn - 1)[0]])
    assert (failures, more) == ([], [])
    for follower in (index.follower, other.follower):
        texts = [chunk.text for chunk in visible(follower.refresh())]
        assert len(texts) == 3 * (len(PATHS) + 1)
        assert all(f"turn {turn} " in text for text in texts)


class SlowStore(Store):
    """Lets somebody else write between the read of the records and that of the chunks."""

    between: Callable[[], object] = staticmethod(lambda: None)

    def contents(self) -> Contents:
        contents = super().contents()
        self.between()
        return contents


def slow_follower(index: Index) -> tuple[Follower, SlowStore]:
    store = SlowStore(index.place, collection="docs", embedder=cached(HashEmbedder(), index.data))
    return Follower(store, SavedSnapshots(index.data / "slow", model=store.model)), store


def shown(snapshot: Snapshot) -> Sequence[str]:
    return sorted(chunk.text for chunk in visible(snapshot))


def test_a_file_that_is_replaced_while_it_is_read_is_seen_as_it_was(tmp_path: Path) -> None:
    index = make_index(tmp_path, HashEmbedder())
    follower, slow = slow_follower(index)
    turns = iter(range(1, 100))
    index.store.replace(*make_file("a.md", ["turn 0"]))
    assert shown(follower.refresh()) == ["turn 0"]
    slow.between = lambda: index.store.replace(*make_file("a.md", [f"turn {next(turns)}"]))
    index.store.replace(*make_file("a.md", ["turn x"]))
    # Whatever it reads is gone before it can be loaded.
    assert shown(follower.refresh()) == ["turn 0"]
    slow.between = lambda: None
    assert shown(follower.refresh()) == ["turn 3"]


def test_chunks_that_are_lost_are_stored_again_by_the_next_crawl(tmp_path: Path) -> None:
    index = make_index(tmp_path, HashEmbedder())
    record, chunks = make_file("a.md", ["one", "two"])
    index.store.replace(record, chunks)
    index.store.replace(*make_file("b.md", ["three"]))
    index.store.collections.delete_chunks([record.chunks[0]])
    fresh = make_index(tmp_path / "fresh", HashEmbedder(), place=index.place)
    snapshot = fresh.follower.refresh()
    # A crawl compares with what is seen, and finds the file missing.
    assert list(snapshot.files) == [(SOURCE, "b.md")]
    index.store.replace(record, chunks)
    assert shown(fresh.follower.refresh()) == ["one", "three", "two"]


def test_a_view_is_kept_for_the_next_process(tmp_path: Path) -> None:
    index = make_index(tmp_path, HashEmbedder())
    index.store.replace(*make_file("a.md", ["one"]))
    index.follower.refresh()
    index.store.close()
    (tmp_path / "chroma").rename(tmp_path / "aside")
    again = make_index(tmp_path, HashEmbedder())
    assert shown(again.follower.refresh()) == ["one"]
    assert not (tmp_path / "chroma").exists()


def test_the_mark_tells_of_another_process(tmp_path: Path) -> None:
    writer, reader = make_index(tmp_path, HashEmbedder()), make_index(tmp_path, HashEmbedder())
    writer.store.replace(*make_file("a.md", ["one"]))
    assert not reader.follower.current()
    reader.follower.refresh()
    assert reader.follower.current()
    writer.store.remove([make_file("a.md", ["one"])[0]])
    assert not reader.follower.current()
    assert shown(reader.follower.refresh()) == []
    (tmp_path / "docs.revision").unlink()  # as an older program left it: the index itself is asked
    assert reader.follower.current()


def test_writers_in_two_threads_leave_the_newest_mark(tmp_path: Path) -> None:
    index = make_index(tmp_path, HashEmbedder())
    index.store.revision()
    counter = iter(range(1_000))

    def write(_: threading.Event) -> None:
        for _turn in range(15):
            index.store.replace(*make_file(f"{next(counter)}.md", ["text"]))

    with running(write, times=3) as failures:
        pass
    assert failures == []
    assert (tmp_path / "docs.revision").read_text() == index.store.revision()
    assert index.follower.refresh().count == 45


def test_a_rebuild_begins_anew(tmp_path: Path) -> None:
    index, other = make_index(tmp_path, HashEmbedder()), make_index(tmp_path, HashEmbedder())
    fill(index)
    check(other.follower.refresh())
    index.rebuild()
    assert index.follower.snapshot.count == 0
    assert other.follower.refresh().count == 0
    fill(index)
    for follower in (index.follower, other.follower):
        check(follower.refresh())
    assert index.computed == 27  # what was embedded is in the cache


@pytest.mark.parametrize("note", [True, False])
def test_reading_is_told_of(tmp_path: Path, note: bool) -> None:
    index = make_index(tmp_path, HashEmbedder())
    if note:
        index.store.replace(*make_file("a.md", ["one"]))
    told: list[str] = []
    index.follower.refresh(told.append)
    assert told == (["Reading the index"] if note else [])
