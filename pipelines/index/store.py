"""The write side: chunks and records in Chroma, every write idempotent and safe to read through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.index import records
from pipelines.index.cache import CachedEmbedder
from pipelines.index.chroma import Place
from pipelines.index.collections import Collections, both
from pipelines.index.embed import Vectors
from pipelines.index.models import Chunk, FileRecord, SourceRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The records at one revision."""

    revision: str
    files: Mapping[tuple[str, str], FileRecord]
    sources: Mapping[str, SourceRecord]


class Store:
    """One collection under one embedding model. The calls block, and raise as those of Collections."""

    def __init__(
        self, place: Place, *, collection: str, embedder: CachedEmbedder, mark: Path | None = None
    ) -> None:
        """`mark` is a file that names the newest revision for processes on the same machine."""
        self._embedder = embedder
        self.collections = Collections(place, name=collection, embedder=embedder, mark=mark)

    @property
    def model(self) -> str:
        return self.collections.model

    def contents(self) -> Contents:
        """Every file and source. The revision is read first: whoever sees it later unchanged has seen all."""
        revision = self.revision()
        rows = list(self.collections.records({"$or": [{"kind": "file"}, {"kind": "source"}]}))
        files = [records.file_from(row) for row in rows if row["kind"] == "file"]
        sources = [records.source_record(row) for row in rows if row["kind"] == "source"]
        return Contents(
            revision=revision,
            files={(record.source, record.path): record for record in files},
            sources={record.source: record for record in sources},
        )

    def revision(self) -> str:
        """The random word of the newest write; empty before the first."""
        row = self.collections.record(records.REVISION)
        return str(row["word"]) if row else ""

    def source(self, source: str) -> SourceRecord | None:
        row = self.collections.record(records.source_id(source))
        return records.source_record(row) if row else None

    def file(self, source: str, path: str) -> FileRecord | None:
        row = self.collections.record(records.file_id(source, path))
        return records.file_from(row) if row else None

    def files(self, source: str) -> dict[str, FileRecord]:
        """The files of one source, by path."""
        rows = self.collections.records(both({"kind": "file"}, {"source": source}))
        return {record.path: record for record in map(records.file_from, rows)}

    def load(self, ids: Sequence[str]) -> tuple[list[Chunk], Vectors]:
        """These chunks and their vectors (chunks, dimensions), less those that are gone; in any order."""
        chunks: list[Chunk] = []
        vectors: list[Vectors] = []
        for page in self.collections.chunks(ids):
            rows = zip(page["ids"], page["documents"] or [], page["metadatas"] or [], strict=True)
            chunks += [records.chunk_from(*row) for row in rows]
            if page["ids"]:
                vectors.append(np.asarray(page["embeddings"], dtype=np.float32))
        return chunks, np.concatenate(vectors) if chunks else np.empty((0, 0), dtype=np.float32)

    def replace(self, record: FileRecord, chunks: Sequence[Chunk], *, crawl: str = "") -> None:
        """Stores a file in its new version: its chunks, then the record that makes them visible, then nothing
        of the old version is left. `crawl` names the crawl that does it. Raises EmbeddingError."""
        before = self.file(record.source, record.path)
        known = self._embedder.computed_here
        if chunks:
            self.collections.add_chunks(
                [chunk.id for chunk in chunks],
                [chunk.embedded for chunk in chunks],
                [records.chunk_metadata(chunk) for chunk in chunks],
            )
        computed = self._embedder.computed_here - known
        row = records.file_metadata(record, crawl=crawl, computed=computed)
        self.collections.put({records.file_id(record.source, record.path): row})
        if before and not set(before.chunks) <= set(record.chunks):
            now = self.file(record.source, record.path)  # another run may have stored the file again
            kept = set(record.chunks).union(now.chunks if now else ())
            self.collections.delete_chunks(set(before.chunks) - kept)

    def remove(self, gone: Sequence[FileRecord]) -> None:
        """Takes files out: the records first, so that no reader misses a chunk of a file it can see."""
        if gone:
            self.collections.delete_records([records.file_id(record.source, record.path) for record in gone])
            self.collections.put({})
            self.collections.delete_chunks({chunk for record in gone for chunk in record.chunks})

    def sweep(self, source: str) -> int:
        """Deletes chunks of a source that no record names: what a crash left between two writes. How many."""
        found = self.collections.chunk_ids({"source": source})
        # Read after the chunks: what was found while it was being stored may have its record by now.
        named = {chunk for record in self.files(source).values() for chunk in record.chunks}
        lost = set(found) - named
        self.collections.delete_chunks(lost)
        return len(lost)

    def put_source(self, record: SourceRecord) -> None:
        self.collections.put({records.source_id(record.source): records.source_metadata(record)})

    def forget_source(self, source: str) -> None:
        """Takes a source out whole."""
        self.remove(list(self.files(source).values()))
        self.collections.delete_records([records.source_id(source)])
        self.collections.put({})

    def drop(self) -> None:
        """Deletes the whole index; the next write begins a new one."""
        self.collections.drop()

    def close(self) -> None:
        """Lets go of the connection; the next call makes a new one."""
        self.collections.close()
