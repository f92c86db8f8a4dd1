"""What holds for an index in a folder and on a Chroma server: the same writes, the same reads."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Literal

import pytest

from pipelines.errors import IndexMixed, IndexOutdated
from pipelines.index.cache import CachedEmbedder
from pipelines.index.chroma import Place, connect, disconnect
from pipelines.index.collections import Collections
from pipelines.index.follow import Follower
from pipelines.index.models import Chunk, Skip, SourceRecord
from pipelines.index.records import Metadata
from pipelines.index.saved import SavedSnapshots
from pipelines.index.snapshot import Snapshot
from pipelines.index.store import Store
from tests.fakes.embedder import HashEmbedder
from tests.fixtures.chroma import ChromaServer
from tests.index.samples import SOURCE, cached, make_file, visible

A, B = make_file("a.md", ["one fish", "two fish"]), make_file("b.md", ["red fish", "blue fish"])
A2 = make_file("a.md", ["one fish", "three fish", "four fish"], commit="c2")
WHOLE = SourceRecord(
    source=SOURCE,
    address="https://example.org/{commit}/{path}",
    wanted="c1",
    commit="c1",
    committed_at=datetime(2024, 1, 1, tzinfo=UTC),
    crawled_at=datetime(2024, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    files=2,
    chunks=4,
    failed=(Skip(path="ü.md", reason="“gone”"),),
    etag='1-1 W/"x"',
)


@dataclass
class Room:
    """A place for an index, and the stores that are opened there."""

    place: Place
    embedder: CachedEmbedder
    collection: str = field(default_factory=lambda: f"docs-{uuid.uuid4().hex[:8]}")
    opened: list[Store] = field(default_factory=list)

    def open(self, embedder: CachedEmbedder | None = None) -> Store:
        store = Store(self.place, collection=self.collection, embedder=embedder or self.embedder)
        self.opened.append(store)
        return store

    def raw_ids(self) -> list[str]:
        """Ids of all chunks that stand in Chroma, whoever named them."""
        client = connect(self.place)
        ids = client.get_collection(self.collection, embedding_function=None).get(include=[])["ids"]
        disconnect(client)
        return sorted(ids)

    def raw_hits(self, text: str) -> set[str]:
        """What Chroma's own query finds, were there nothing of ours on top."""
        client = connect(self.place)
        chunks = client.get_collection(self.collection, embedding_function=None)
        found = chunks.query(query_embeddings=self.embedder.embed([text]), n_results=100, include=[])
        disconnect(client)
        return set(found["ids"][0])


@pytest.fixture(params=["folder", "server"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    kind: Literal["folder", "server"] = request.param
    place = Place(folder=tmp_path / "chroma")
    if kind == "server":
        server: ChromaServer = request.getfixturevalue("chroma_server")
        place = replace(place, host=server.host, port=server.port)
    room = Room(place, cached(HashEmbedder(), tmp_path))
    yield room
    for store in room.opened:
        store.close()


def in_order(chunks: list[Chunk]) -> list[Chunk]:
    return sorted(chunks, key=lambda chunk: (chunk.path, chunk.ordinal))


def ids(*files: tuple[object, list[Chunk]]) -> list[str]:
    return sorted(chunk.id for _, chunks in files for chunk in chunks)


def test_an_empty_index_reads_as_one(room: Room) -> None:
    store = room.open()
    assert store.revision() == ""
    assert (store.contents().files, store.contents().sources, store.source(SOURCE)) == ({}, {}, None)
    assert store.load(["0" * 32])[0] == []
    assert store.sweep(SOURCE) == 0
    store.remove([])
    store.drop()


def test_what_is_stored_is_read_by_another_store(room: Room) -> None:
    writer = room.open()
    writer.replace(*A)
    writer.replace(*B)
    writer.put_source(WHOLE)
    reader = room.open()
    contents = reader.contents()
    assert contents.files == {(SOURCE, "a.md"): A[0], (SOURCE, "b.md"): B[0]}
    assert contents.sources == {SOURCE: WHOLE}
    assert (reader.source(SOURCE), reader.file(SOURCE, "a.md")) == (WHOLE, A[0])
    assert reader.files(SOURCE) == {"a.md": A[0], "b.md": B[0]}
    chunks, vectors = reader.load([*A[0].chunks, *B[0].chunks, "0" * 32])
    assert in_order(chunks) == [*A[1], *B[1]]
    assert vectors.shape == (4, 16)
    for chunk, vector in zip(chunks, vectors, strict=True):
        assert vector @ room.embedder.embed([chunk.embedded])[0] == pytest.approx(1, abs=1e-5)


def test_every_write_makes_a_new_revision(room: Room) -> None:
    store = room.open()
    seen = [store.revision()]
    writes: list[Callable[[], None]] = [
        lambda: store.replace(*A),
        lambda: store.put_source(WHOLE),
        lambda: store.replace(*A2),
        lambda: store.remove([A2[0]]),
        lambda: store.forget_source(SOURCE),
    ]
    for write in writes:
        write()
        seen.append(store.revision())
    assert len(set(seen)) == len(seen)
    assert room.open().revision() == seen[-1]


def test_every_write_may_be_done_twice(room: Room) -> None:
    store = room.open()
    for _ in range(2):
        store.replace(*A)
        store.replace(*B)
        store.put_source(WHOLE)
    assert room.raw_ids() == ids(A, B)
    for _ in range(2):
        store.remove([B[0]])
        store.sweep(SOURCE)
    assert store.contents().files == {(SOURCE, "a.md"): A[0]}
    for _ in range(2):
        store.forget_source(SOURCE)
    assert (store.contents().files, store.contents().sources, room.raw_ids()) == ({}, {}, [])
    for _ in range(2):
        store.drop()
    assert store.revision() == ""


def test_a_replaced_file_leaves_nothing_of_its_old_version(room: Room) -> None:
    store = room.open()
    store.replace(*A)
    store.replace(*B)
    store.replace(*A2)
    assert room.raw_ids() == ids(A2, B)
    assert room.raw_hits("two fish") == {*A2[0].chunks, *B[0].chunks}
    assert store.file(SOURCE, "a.md") == A2[0]


def test_a_file_that_cannot_be_indexed_any_more_has_no_chunks(room: Room) -> None:
    store = room.open()
    store.replace(*A)
    refused = replace(A[0], blob="f" * 40, chunks=(), refused="not UTF-8")
    store.replace(refused, [])
    assert room.raw_ids() == []
    assert store.file(SOURCE, "a.md") == refused


def test_deleted_and_renamed_files_leave_nothing(room: Room) -> None:
    store = room.open()
    store.replace(*A)
    store.replace(*B)
    renamed = make_file("c.md", ["red fish", "blue fish"])
    store.replace(*renamed)
    store.remove([A[0], B[0]])
    assert room.raw_ids() == ids(renamed)
    assert room.raw_hits("red fish") == set(renamed[0].chunks)
    assert store.contents().files == {(SOURCE, "c.md"): renamed[0]}


def test_sources_do_not_touch_each_other(room: Room) -> None:
    store = room.open()
    theirs = make_file("a.md", ["one fish", "two fish"], source="other/docs")
    store.replace(*A)
    store.replace(*theirs)
    assert set(theirs[0].chunks).isdisjoint(A[0].chunks)
    store.put_source(WHOLE)
    store.put_source(replace(WHOLE, source="other/docs"))
    store.sweep("other/docs")
    store.forget_source("other/docs")
    assert store.contents().files == {(SOURCE, "a.md"): A[0]}
    assert (list(store.contents().sources), room.raw_ids()) == ([SOURCE], ids(A))


def test_an_index_of_another_model_is_refused_and_can_be_rebuilt(room: Room, tmp_path: Path) -> None:
    room.open().replace(*A)
    other = room.open(cached(HashEmbedder("hashes/2", dimensions=8), tmp_path))
    attempts: list[Callable[[], object]] = [
        other.revision,
        other.contents,
        lambda: other.load(A[0].chunks),
        lambda: other.replace(*A),
    ]
    for attempt in attempts:
        with pytest.raises(IndexMixed, match=r"hashes/1.*hashes/2.*`docsbot index --rebuild`"):
            attempt()
    other.drop()
    other.replace(*B)
    assert room.raw_ids() == ids(B)
    with pytest.raises(IndexMixed):
        room.open().revision()


def test_an_index_of_another_layout_is_refused_and_can_be_rebuilt(room: Room) -> None:
    client = connect(room.place)
    client.create_collection(f"{room.collection}-state", metadata={"layout": "0"}, embedding_function=None)
    disconnect(client)
    store = room.open()
    with pytest.raises(IndexOutdated, match=r"layout 0.*`docsbot index --rebuild`"):
        store.contents()
    store.drop()
    store.replace(*A)
    assert room.raw_ids() == ids(A)


def test_a_rebuild_by_another_store_is_followed(room: Room) -> None:
    reader = room.open()
    reader.replace(*A)
    assert reader.load(A[0].chunks)[0]
    other = room.open()
    other.drop()
    assert reader.contents().files == {}
    other.replace(*B)
    assert reader.contents().files == {(SOURCE, "b.md"): B[0]}
    assert in_order(reader.load(B[0].chunks)[0]) == B[1]
    other.drop()
    reader.replace(*A2)  # a writer too: what it had open is gone
    assert room.raw_ids() == ids(A2)


def test_more_chunks_than_one_call_takes(tmp_path: Path) -> None:
    """Chroma takes 5,461 rows in one call, and the store's own pages are smaller."""
    room = Room(Place(folder=tmp_path), cached(HashEmbedder(dimensions=2), tmp_path))
    store = room.open()
    record, chunks = make_file("large.md", [f"row {number}" for number in range(5_500)])
    store.replace(record, chunks)
    assert store.file(SOURCE, "large.md") == record
    # A whole page of what is asked for is gone by now.
    loaded, vectors = store.load([*(f"{number:032}" for number in range(2_000)), *record.chunks])
    assert (len(loaded), len(vectors)) == (5_500, 5_500)
    store.remove([record])
    assert room.raw_ids() == []


class Crash(Exception):
    """The process is gone."""


class CrashingCollections(Collections):
    """Crashes in the place of its write number `lives`, from 0."""

    lives = 0

    def _live(self) -> None:
        if not self.lives:
            raise Crash
        self.lives -= 1

    def put(self, rows: Mapping[str, Metadata], *, announce: bool = True) -> None:
        self._live()
        super().put(rows, announce=announce)

    def add_chunks(self, ids: list[str], texts: list[str], metadata: Sequence[Metadata]) -> None:
        self._live()
        super().add_chunks(ids, texts, metadata)

    def delete_records(self, ids: Collection[str]) -> None:
        self._live()
        super().delete_records(ids)

    def delete_chunks(self, ids: Collection[str]) -> None:
        self._live()
        super().delete_chunks(ids)


def follow(store: Store, folder: Path) -> Follower:
    """A follower that has seen nothing yet."""
    return Follower(store, SavedSnapshots(folder / uuid.uuid4().hex, model=store.model))


def shown(snapshot: Snapshot) -> dict[str, list[Chunk]]:
    """What a reader sees of each file."""
    chunks = in_order(visible(snapshot))
    return {path: list(of) for path, of in groupby(chunks, key=lambda chunk: chunk.path)}


C = make_file("c.md", ["red fish", "blue fish"])
BEFORE = {"a.md": A[1], "b.md": B[1]}


def rename(store: Store) -> None:
    store.replace(*C)
    store.remove([B[0]])


WRITES: dict[str, tuple[Callable[[Store], None], tuple[dict[str, list[Chunk]], ...]]] = {
    # What is done, and what a reader may see at any time of it besides what was before; last, the end.
    "replace": (lambda store: store.replace(*A2), ({"a.md": A2[1], "b.md": B[1]},)),
    "remove": (lambda store: store.remove([B[0]]), ({"a.md": A[1]},)),
    "rename": (rename, ({**BEFORE, "c.md": C[1]}, {"a.md": A[1], "c.md": C[1]})),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_crash_between_two_steps_is_never_seen_and_can_be_mended(
    room: Room, tmp_path: Path, name: str
) -> None:
    write, allowed = WRITES[name]
    store, crashing = room.open(), room.open()
    crashing.collections = collections = CrashingCollections(
        room.place, name=room.collection, embedder=room.embedder, mark=None
    )
    follower = follow(store, tmp_path)
    for collections.lives in range(20):
        lives = collections.lives
        store.replace(*A)
        store.replace(*B)
        assert shown(follower.refresh()) == BEFORE
        try:
            write(crashing)
        except Crash:
            done = False
        else:
            done = True
        assert shown(follower.refresh()) in (BEFORE, *allowed)
        assert shown(follow(store, tmp_path).refresh()) in (BEFORE, *allowed)
        write(store)  # the next crawl
        store.sweep(SOURCE)
        assert shown(follower.refresh()) == shown(follow(store, tmp_path).refresh()) == allowed[-1]
        assert room.raw_ids() == sorted(chunk.id for chunks in allowed[-1].values() for chunk in chunks)
        if done:
            assert lives > 2
            return
        store.forget_source(SOURCE)
    raise AssertionError("it never came to its end")
