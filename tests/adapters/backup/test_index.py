"""The index in a backup: out of a folder and a server and into either, and in the middle of a crawl."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.adapters.backup.index import check_index, load_index, save_index
from bot.adapters.backup.manifest import IndexPart, Manifest
from bot.adapters.backup.opening import open_backup
from bot.adapters.backup.writing import write_backup
from pipelines.index.chroma import Place
from pipelines.index.collections import Collections
from pipelines.index.ledger import CrawlLedger, CrawlRecord
from pipelines.index.models import SourceRecord
from pipelines.index.open import Index
from pipelines.index.records import file_from, source_record
from pipelines.index.transfer import Page, Reading, is_empty, read_index
from tests.adapters.backup.places import Shelf, dump_index
from tests.fakes.embedder import HashEmbedder
from tests.fixtures.chroma import ChromaServer
from tests.index.samples import SOURCE, Version, make_file, make_index, visible

if TYPE_CHECKING:
    from chromadb.api.types import GetResult

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WHOLE = SourceRecord(
    source=SOURCE, address="https://x/{commit}/{path}", wanted="c1", commit="c1", etag='1 "e"'
)
KINDS = ("folder", "server")


def write(index: Index, count: int, *, word: str = "first", commit: str = "c1") -> None:
    """So many files of three chunks each, and their source."""
    for number in range(count):
        index.store.replace(*file(number, word=word, commit=commit))
    index.store.put_source(replace(WHOLE, files=count, chunks=3 * count, wanted=commit, commit=commit))


def file(number: int, *, word: str, commit: str = "c1") -> Version:
    texts = [f"{word} text {part} of page {number} with ünicode 🧪\r\n" for part in range(3)]
    return make_file(f"page-{number}.md", texts, commit=commit)


def save(index: Index, target: Path) -> IndexPart | None:
    with write_backup(target) as backup:
        part = save_index(index, backup, now=NOW, note=lambda text: None)
        backup.finish(Manifest(docsbot="1", made_at=NOW, index=part, members=backup.members))
    return part


def load(index: Index, source: Path, *, settled: bool = True) -> None:
    with open_backup(source) as backup:
        check_index(index, backup)
        load_index(index, backup, settled=settled, now=NOW, note=lambda text: None)


def open_place(request: pytest.FixtureRequest, kind: str, data: Path, name: str) -> Index:
    place = Place(folder=data / "chroma")
    if kind == "server":
        server: ChromaServer = request.getfixturevalue("chroma_server")
        place = replace(place, host=server.host, port=server.port)
    return make_index(data, HashEmbedder(), place=place, collection=f"{name}-{data.parent.name}"[:60])


@pytest.mark.parametrize("into", KINDS)
@pytest.mark.parametrize("out_of", KINDS)
def test_an_index_restores_into_a_folder_and_a_server(
    request: pytest.FixtureRequest, tmp_path: Path, shelf: Shelf, out_of: str, into: str
) -> None:
    source = shelf.add(open_place(request, out_of, tmp_path / "one", "one"))
    target = shelf.add(open_place(request, into, tmp_path / "two", "two"))
    write(source, 5)
    part = save(source, tmp_path / "b.zip")
    assert part is not None
    assert (part.model, part.whole) == ("hashes/1", True)
    load(target, tmp_path / "b.zip")
    assert dump_index(target) == dump_index(source)
    assert target.follower.refresh().count == 15
    assert visible(target.follower.snapshot) == visible(source.follower.refresh())
    # Again, over itself: nothing changes, and nothing is embedded.
    load(target, tmp_path / "b.zip")
    assert dump_index(target) == dump_index(source)
    assert target.computed == 0


def test_what_is_there_is_replaced_under_the_eyes_of_a_reader(tmp_path: Path, shelf: Shelf) -> None:
    source = shelf.add(make_index(tmp_path / "one", HashEmbedder()))
    target = shelf.add(make_index(tmp_path / "two", HashEmbedder()))
    write(source, 30)
    save(source, tmp_path / "b.zip")
    write(target, 40, word="other", commit="c0")
    CrawlLedger(target.store.collections).write(CrawlRecord(source=SOURCE, crawl="1", phase="indexing"))
    counts: list[int] = []
    stop = threading.Event()
    reader = threading.Thread(target=read_on, args=(target, stop, counts))
    reader.start()
    load(target, tmp_path / "b.zip", settled=False)
    stop.set()
    reader.join()
    assert dump_index(source).keys() == dump_index(target).keys()  # the crawl's record is gone too
    assert target.follower.refresh().count == 90
    assert min(counts) >= 90
    record = target.store.source(SOURCE)
    assert record is not None
    assert (record.since, record.etag, record.commit) == (NOW, "", "c1")


def read_on(index: Index, stop: threading.Event, counts: list[int]) -> None:
    """What a reader finds of the index itself, again and again: chunks of files that are whole."""
    while True:
        last = stop.is_set()
        files = index.store.contents().files.values()
        chunks, _ = index.store.load([chunk for record in files for chunk in record.chunks])
        there = {chunk.id for chunk in chunks}
        counts.append(sum(len(record.chunks) for record in files if there.issuperset(record.chunks)))
        if last:
            return


Write = Callable[[Index], None]


class Meddled(Collections):
    """An index to which others write before a reader's first calls for chunks."""

    def __init__(self, index: Index, *writes: Write) -> None:
        super().__init__(index.place, name="docs", embedder=index.embedder, mark=None)
        self._index = index
        self._writes = list(writes)

    def chunks(self, ids: Sequence[str]) -> Iterator[GetResult]:
        if self._writes:
            self._writes.pop(0)(self._index)
        return super().chunks(ids)


def replace_all(index: Index) -> None:
    write(index, 6, word="second", commit="c2")


def remove_some(index: Index) -> None:
    index.store.remove([record for path, record in index.store.files(SOURCE).items() if path != "page-0.md"])


def add_one(index: Index) -> None:
    index.store.replace(*file(99, word="new"))


def begin_crawl(index: Index) -> None:
    index.store.put_source(replace(WHOLE, wanted="c2", since=NOW))


@pytest.mark.parametrize(
    ("meanwhile", "files"),
    [
        # Chunks that the records name go while they are read: the files are read again.
        (replace_all, 6),
        # Files that go are not in it.
        (remove_some, 1),
        # One that comes may be left out.
        (add_one, 6),
        (begin_crawl, 6),
    ],
)
def test_a_crawl_in_the_middle_leaves_a_readable_index(
    tmp_path: Path, shelf: Shelf, meanwhile: Write, files: int
) -> None:
    index = shelf.add(make_index(tmp_path, HashEmbedder()))
    write(index, 6)
    reading = read_meddled(index, meanwhile)
    assert len(reading.files) == files


def test_a_file_that_is_replaced_all_the_time_is_left_to_the_next_crawl(tmp_path: Path, shelf: Shelf) -> None:
    index = shelf.add(make_index(tmp_path, HashEmbedder()))
    write(index, 3)
    words = iter("abcdefgh")
    again = [lambda index: index.store.replace(*file(0, word=next(words)))] * 8
    reading = read_meddled(index, *again)
    assert sorted(file_from(row).path for row in reading.files) == ["page-1.md", "page-2.md"]


def read_meddled(index: Index, *writes: Write) -> Reading:
    """What is read of an index to which others write meanwhile; it is readable whatever they do."""
    pages: list[Page] = []
    collections = Meddled(index, *writes)
    reading = read_index(collections, pages.append, now=NOW)
    collections.close()
    put = {chunk for page in pages for chunk in page.ids}
    assert put.issuperset(chunk for row in reading.files for chunk in file_from(row).chunks)
    # The next crawl must not take it for settled.
    assert not reading.whole
    (source,) = map(source_record, reading.sources)
    assert (source.since, source.etag, source.commit) == (NOW, "", "c1")
    return reading


def test_an_index_that_never_was_is_not_made(tmp_path: Path) -> None:
    index = make_index(tmp_path / "data", HashEmbedder())
    assert save(index, tmp_path / "b.zip") is None
    load(index, tmp_path / "b.zip")
    assert not (tmp_path / "data").exists()


def test_an_empty_index_restores_as_one(tmp_path: Path, shelf: Shelf) -> None:
    index = shelf.add(make_index(tmp_path / "one", HashEmbedder()))
    index.store.put_source(WHOLE)
    index.store.forget_source(SOURCE)
    assert is_empty(index.store.collections)
    save(index, tmp_path / "b.zip")
    write(index, 2)
    assert not is_empty(index.store.collections)
    load(index, tmp_path / "b.zip")
    assert dump_index(index) == {}
