"""Chunks, files and small indexes for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from pipelines.index.cache import CachedEmbedder
from pipelines.index.chroma import Place
from pipelines.index.embed import Embedder
from pipelines.index.models import Chunk, FileRecord
from pipelines.index.open import Index, open_index
from pipelines.index.snapshot import Change, Snapshot, advance

SOURCE = "acme/docs"
Version = tuple[FileRecord, list[Chunk]]


def make_chunk(text: str, *, path: str = "a.md", ordinal: int = 0, source: str = SOURCE) -> Chunk:
    key = f"{source}\0{path}\0{ordinal}\0{text}".encode("utf-8", "surrogatepass")
    return Chunk(
        id=blake2b(key, digest_size=16).hexdigest(),
        source=source,
        path=path,
        title=f"Title of {path}",
        headings=(f"Section {ordinal // 2}",),
        anchor=f"section-{ordinal // 2}",
        section=ordinal // 2,
        ordinal=ordinal,
        glue="" if ordinal % 2 == 0 else "\n\n",
        text=text,
        tokens=len(text.split()),
    )


def make_file(path: str, texts: Sequence[str], *, source: str = SOURCE, commit: str = "c1") -> Version:
    """A file whose chunks are these texts; two neighbours make a section."""
    chunks = [make_chunk(text, path=path, ordinal=at, source=source) for at, text in enumerate(texts)]
    record = FileRecord(
        source=source,
        path=path,
        blob=blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest(),
        commit=commit,
        chunks=tuple(chunk.id for chunk in chunks),
        parser="test",
    )
    return record, chunks


def change_to(before: Snapshot, files: Mapping[str, Version], embedder: Embedder) -> Snapshot:
    """The snapshot after these files have become all that there is; their names here are only labels."""
    records = {(record.source, record.path): record for record, _ in files.values()}
    fresh = [
        chunk
        for key in sorted(files)
        for chunk in files[key][1]
        if before.files.get((chunk.source, chunk.path)) != files[key][0]
    ]
    vectors = embedder.embed([chunk.embedded for chunk in fresh])
    change = Change(
        revision=str(len(before.revision)), files=records, sources={}, chunks=fresh, vectors=vectors
    )
    return advance(before, change)


def visible(snapshot: Snapshot) -> list[Chunk]:
    """The chunks that a reader sees, by id."""
    chunks = [
        segment.chunk(row)
        for segment, mask in zip(snapshot.segments, snapshot.alive, strict=True)
        for row in range(len(segment))
        if mask[row]
    ]
    return sorted(chunks, key=lambda chunk: chunk.id)


def make_index(
    data: Path, embedder: Embedder, *, place: Place | None = None, collection: str = "docs"
) -> Index:
    """An index below `data`, as the program makes it."""
    place = place or Place(folder=data / "chroma")
    return open_index(data, place=place, collection=collection, embedder=embedder)


def cached(embedder: Embedder, folder: Path) -> CachedEmbedder:
    return CachedEmbedder(embedder, folder / "embeddings.sqlite3")
