"""Records as they stand in Chroma: whatever a page holds, it is read as it was stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.index import records
from pipelines.index.models import Chunk, FileRecord, Skip, SourceRecord
from pipelines.index.store import Store
from tests.fakes.embedder import HashEmbedder
from tests.index.samples import SOURCE, make_index

hexes = st.text("0123456789abcdef", min_size=32, max_size=32)
texts = st.text(max_size=40)  # any characters but half ones, which no parser gives
names = st.text(min_size=1, max_size=20)
moments = st.none() | st.datetimes(timezones=st.just(UTC))

chunks = st.builds(
    Chunk,
    id=hexes,
    source=names,
    path=names,
    title=texts,
    headings=st.lists(texts, max_size=3).map(tuple),
    anchor=texts,
    section=st.integers(0, 10**6),
    ordinal=st.integers(0, 10**6),
    glue=st.sampled_from(["", "\n\n", "\n", " "]),
    text=texts,
    lead=texts,
    tail=texts,
    tokens=st.integers(0, 500),
    description=texts,
)
files = st.builds(
    FileRecord,
    source=names,
    path=names,
    blob=texts,
    commit=texts,
    chunks=st.lists(hexes, max_size=4).map(tuple),
    parser=texts,
    refused=texts,
)
sources = st.builds(
    SourceRecord,
    source=names,
    address=texts,
    wanted=texts,
    commit=texts,
    committed_at=moments,
    crawled_at=moments,
    since=moments,
    files=st.integers(0, 10**6),
    chunks=st.integers(0, 10**6),
    failed=st.lists(st.builds(Skip, path=names, reason=texts), max_size=3).map(tuple),
    etag=texts,
)


@given(chunks)
@example(
    Chunk(
        id="0" * 32,
        source="s",
        path="شروع.md",
        title="",
        headings=("", "\u202eevil", "🐟\u200d🐟"),
        anchor="",
        section=0,
        ordinal=0,
        glue="",
        text="\n\r\n\t",
        lead="| a |\n|---|\n",
        tail="\n```",
    )
)
def test_a_chunk(chunk: Chunk) -> None:
    assert records.chunk_from(chunk.id, chunk.embedded, records.chunk_metadata(chunk)) == chunk


@given(files)
def test_a_file(record: FileRecord) -> None:
    assert records.file_from(records.file_metadata(record)) == record


@given(sources)
def test_a_source(record: SourceRecord) -> None:
    assert records.source_record(records.source_metadata(record)) == record


@given(names, names, names, names)
def test_no_two_files_share_a_record(source: str, path: str, other: str, another: str) -> None:
    if (source, path) != (other, another) and "\0" not in f"{source}{path}{other}{another}":
        assert records.file_id(source, path) != records.file_id(other, another)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    index = make_index(tmp_path_factory.mktemp("records"), HashEmbedder())
    yield index.store
    index.store.close()


@given(st.lists(chunks, min_size=1, max_size=4, unique_by=lambda chunk: chunk.id), files, sources)
@settings(max_examples=20, deadline=None)
def test_all_of_them_through_chroma(
    store: Store, pieces: list[Chunk], record: FileRecord, source: SourceRecord
) -> None:
    named = FileRecord(
        source=SOURCE,
        path=record.path,
        blob=record.blob,
        commit=record.commit,
        chunks=tuple(chunk.id for chunk in pieces),
    )
    store.replace(named, pieces)
    store.put_source(source)
    assert sorted(store.load(named.chunks)[0], key=lambda chunk: chunk.id) == sorted(
        pieces, key=lambda chunk: chunk.id
    )
    assert store.file(SOURCE, record.path) == named
    assert store.source(source.source) == source
    store.remove([named])
    assert store.load(named.chunks)[0] == []


def test_moments_keep_their_microseconds() -> None:
    record = SourceRecord(source="s", address="", since=datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=UTC))
    assert records.source_record(records.source_metadata(record)).since == record.since
