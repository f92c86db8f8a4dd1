"""The write side: chunks and records in Chroma, every write idempotent and safe to read through."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from pipelines.errors import IndexMixed, IndexOutdated, IndexProblem, IndexUnavailable
from pipelines.index import records
from pipelines.index.chroma import Place, connect, translated
from pipelines.index.embed import Embedder, Vectors
from pipelines.index.models import Chunk, FileRecord, SourceRecord

if TYPE_CHECKING:
    from chromadb import Collection as ChromaCollection
    from chromadb.api import ClientAPI
    from chromadb.api.types import GetResult, Include
    from langchain_chroma import Chroma

LAYOUT = "2"
"""Of the records; an index of another layout is refused."""

_PAGE = 2_000  # rows in one read
_ATTEMPTS = 4
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The records at one revision."""

    revision: str
    files: Mapping[tuple[str, str], FileRecord]
    sources: Mapping[str, SourceRecord]


class Store:
    """One collection under one embedding model.

    The calls block: call them from a thread. All raise IndexProblem; the first one opens the collection and
    raises IndexMixed or IndexOutdated where it belongs to another model or layout.
    """

    def __init__(
        self, place: Place, *, collection: str, embedder: Embedder, mark: Path | None = None
    ) -> None:
        """`mark` is a file that names the newest revision for processes on the same machine."""
        self._place = place
        self._name = collection
        self._embedder = embedder
        self._mark = mark

    @property
    def model(self) -> str:
        return self._embedder.name

    def contents(self) -> Contents:
        """Every record. The revision is read first: whoever sees it later unchanged has seen all."""
        revision = self.revision()
        pages = self._pages(self._state, ids=None, include=["metadatas"])
        metadata = [row for page in pages for row in page["metadatas"] or []]
        files = [records.file_from(row) for row in metadata if row["kind"] == "file"]
        sources = [records.source_record(row) for row in metadata if row["kind"] == "source"]
        return Contents(
            revision=revision,
            files={(record.source, record.path): record for record in files},
            sources={record.source: record for record in sources},
        )

    def revision(self) -> str:
        """The random word of the newest write; empty before the first."""
        row = self._record(records.REVISION)
        return str(row["word"]) if row else ""

    def source(self, source: str) -> SourceRecord | None:
        row = self._record(records.source_id(source))
        return records.source_record(row) if row else None

    def load(self, ids: Sequence[str]) -> tuple[list[Chunk], Vectors]:
        """These chunks and their vectors (chunks, dimensions), less those that are gone; in any order."""
        chunks: list[Chunk] = []
        vectors: list[Vectors] = []
        for page in self._pages(self._chunks, ids=ids, include=["documents", "metadatas", "embeddings"]):
            rows = zip(page["ids"], page["documents"] or [], page["metadatas"] or [], strict=True)
            chunks += [records.chunk_from(*row) for row in rows]
            vectors.append(np.asarray(page["embeddings"], dtype=np.float32))
        return chunks, np.concatenate(vectors) if chunks else np.empty((0, 0), dtype=np.float32)

    def replace(self, record: FileRecord, chunks: Sequence[Chunk]) -> None:
        """Stores a file in its new version: its chunks, then the record that makes them visible, then nothing
        of the old version is left. Raises EmbeddingError."""
        before = self._file(record.source, record.path)
        if chunks:
            texts = [chunk.embedded for chunk in chunks]
            metadata = [dict(records.chunk_metadata(chunk)) for chunk in chunks]
            ids = [chunk.id for chunk in chunks]
            self._call(lambda: self._vectors.add_texts(texts, metadata, ids))
        self._put({records.file_id(record.source, record.path): records.file_metadata(record)})
        if before and not set(before.chunks) <= set(record.chunks):
            now = self._file(record.source, record.path)  # another run may have stored the file again
            self._delete(set(before.chunks) - set(now.chunks if now else ()) - set(record.chunks))

    def remove(self, gone: Sequence[FileRecord]) -> None:
        """Takes files out: the records first, so that no reader misses a chunk of a file it can see."""
        if gone:
            ids = [records.file_id(record.source, record.path) for record in gone]
            self._call(lambda: self._state.delete(ids=ids))
            self._put({})
            self._delete({chunk for record in gone for chunk in record.chunks})

    def sweep(self, source: str) -> int:
        """Deletes chunks of a source that no record names: what a crash left between two writes. How many."""
        named = {
            chunk
            for (of, _), record in self.contents().files.items()
            if of == source
            for chunk in record.chunks
        }
        found = self._call(lambda: self._chunks.get(where={"source": source}, include=[]))
        lost = set(found["ids"]) - named
        self._delete(lost)
        return len(lost)

    def put_source(self, record: SourceRecord) -> None:
        self._put({records.source_id(record.source): records.source_metadata(record)})

    def forget_source(self, source: str) -> None:
        """Takes a source out whole."""
        self.remove([record for (of, _), record in self.contents().files.items() if of == source])
        self._call(lambda: self._state.delete(ids=[records.source_id(source)]))
        self._put({})

    def drop(self) -> None:
        """Deletes the whole index; the next write begins a new one."""
        from chromadb.errors import NotFoundError

        for name in (self._name, self._state_name):
            try:
                with translated(self._place):
                    self._client.delete_collection(name)
            except IndexProblem as error:
                if not isinstance(error.__cause__, NotFoundError):
                    raise
        for opened in ("_vectors", "_chunks", "_state"):
            self.__dict__.pop(opened, None)
        if self._mark is not None:
            self._mark.unlink(missing_ok=True)

    def _file(self, source: str, path: str) -> FileRecord | None:
        row = self._record(records.file_id(source, path))
        return records.file_from(row) if row else None

    def _record(self, record_id: str) -> records.Metadata | None:
        found = self._call(lambda: self._state.get(ids=[record_id], include=["metadatas"]))
        return found["metadatas"][0] if found["metadatas"] else None

    def _put(self, rows: Mapping[str, records.Metadata]) -> None:
        """Writes records, and with them, in one call, that there is a new revision."""
        word = uuid.uuid4().hex
        rows = {**rows, records.REVISION: {"kind": "revision", "word": word}}
        self._call(
            lambda: self._state.upsert(
                ids=list(rows),
                embeddings=np.array([records.vector_of(key) for key in rows], dtype=np.float32),
                metadatas=[dict(row) for row in rows.values()],
            )
        )
        self._tell(word)

    def _tell(self, word: str) -> None:
        if self._mark is not None:
            with translated(self._place):
                fresh = self._mark.with_name(f"{self._mark.name}.{word}")
                fresh.write_text(word)
                os.replace(fresh, self._mark)  # noqa: PTH105 - atomic

    def _delete(self, ids: Collection[str]) -> None:
        rest = list(ids)
        for start in range(0, len(rest), _PAGE):
            part = rest[start : start + _PAGE]
            self._call(partial(self._chunks.delete, ids=part))

    def _pages(
        self, collection: ChromaCollection, *, ids: Sequence[str] | None, include: Include
    ) -> Iterator[GetResult]:
        """Rows by id, a page at a time: the ids come from one call, so that a write between two pages hides
        nothing."""
        if ids is None:
            ids = self._call(lambda: collection.get(include=[]))["ids"]
        for start in range(0, len(ids), _PAGE):
            part = list(ids[start : start + _PAGE])
            yield self._call(partial(collection.get, ids=part, include=include))

    def _call(self, work: Callable[[], T]) -> T:
        """Runs one call of Chroma's. Every one is idempotent, so that what may pass is tried again."""
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

        for attempt in Retrying(
            retry=retry_if_exception_type(IndexUnavailable),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_exponential_jitter(initial=0.2, max=2),
            reraise=True,
        ):
            with attempt, translated(self._place):
                return work()
        raise AssertionError("unreachable: the last attempt raises")

    @cached_property
    def _client(self) -> ClientAPI:
        return connect(self._place)

    @property
    def _state_name(self) -> str:
        return f"{self._name}-state"

    @cached_property
    def _state(self) -> ChromaCollection:
        """The records' collection; its own metadata say which layout and model the index has."""
        identity = {"layout": LAYOUT, "model": self.model}
        collection = self._call(
            lambda: self._client.get_or_create_collection(
                self._state_name, metadata=identity, embedding_function=None
            )
        )
        self._check(collection.metadata or {})
        return collection

    def _check(self, identity: Mapping[str, object]) -> None:
        rebuild = "Run `docsbot index --rebuild` to make it anew"
        if (layout := identity.get("layout")) != LAYOUT:
            raise IndexOutdated(
                f"The index in {self._place} has layout {layout}; this program reads {LAYOUT}. {rebuild}."
            )
        if (model := identity.get("model")) != self.model:
            raise IndexMixed(
                f"The index in {self._place} was built with the embedding model {model}; "
                f"the settings name {self.model}. {rebuild}, or set the model back (DOCSBOT_EMBEDDINGS)."
            )

    @cached_property
    def _vectors(self) -> Chroma:
        from langchain_chroma import Chroma

        from pipelines.index.langchain import EmbedderBridge

        self._check(self._state.metadata or {})
        with translated(self._place):
            return Chroma(
                self._name,
                client=self._client,
                embedding_function=EmbedderBridge(self._embedder),
                collection_configuration={"hnsw": {"space": "cosine"}},
            )

    @cached_property
    def _chunks(self) -> ChromaCollection:
        """The chunks' collection, below langchain-chroma, which reads no vectors and pages nothing."""
        self._check(self._state.metadata or {})
        return self._call(
            lambda: self._client.get_or_create_collection(
                self._name, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
            )
        )
