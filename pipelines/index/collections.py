"""The two collections of an index in Chroma: its chunks, and its records of itself."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipelines.index.chroma import Place, translated
from pipelines.index.connection import Connection
from pipelines.index.embed import Embedder, Vectors
from pipelines.index.records import REVISION, Metadata, vector_of

if TYPE_CHECKING:
    from chromadb.api.types import GetResult, Where

_PAGE = 2_000  # rows in one read or write; Chroma's own limit is some 5,000


class Collections:
    """Reads and writes of one index, opened at the first call.

    The calls block: call them from a thread. Each is idempotent and tried again where that may help. All
    raise IndexProblem; the first one raises IndexMixed or IndexOutdated where the index belongs to another
    embedding model or layout.
    """

    def __init__(self, place: Place, *, name: str, embedder: Embedder, mark: Path | None) -> None:
        """`mark` is a file that names the newest revision for processes on the same machine."""
        self._connection = Connection(place, name=name, embedder=embedder)
        self._place = place
        self._embedder = embedder
        self._mark = mark
        self._announcing = threading.Lock()

    @property
    def model(self) -> str:
        return self._embedder.name

    def record(self, record_id: str) -> Metadata | None:
        """One record of the index, None where there is none of this id."""
        return next(self.records_named([record_id]), None)

    def record_ids(self, where: Where | None = None) -> list[str]:
        """Ids of the records that fit; of all without a filter."""
        return self._connection.run(lambda opened: opened.state.get(where=where, include=[]))["ids"]

    def records(self, where: Where) -> Iterator[Metadata]:
        """The records that fit. Their ids come from one call: a write between two pages hides nothing.

        A renamed file gets its new record before it loses the old one: records that came while the others
        were read are read too, lest it be seen under neither name.
        """
        ids = self.record_ids(where)
        yield from self.records_named(ids)
        yield from self.records_named(sorted(set(self.record_ids(where)) - set(ids)))

    def records_named(self, ids: Collection[str]) -> Iterator[Metadata]:
        """The records of these ids, a page a call; what is gone is left out."""

        def read(part: list[str]) -> GetResult:
            return self._connection.run(lambda opened: opened.state.get(ids=part, include=["metadatas"]))

        for part in _parts(ids):
            yield from read(part)["metadatas"] or []

    def put(self, rows: Mapping[str, Metadata], *, announce: bool = True) -> None:
        """Writes records; with `announce`, in the same call, that there is a new revision."""
        if not announce:
            self._upsert(rows)
            return
        word = uuid.uuid4().hex
        with self._announcing:  # the mark names the newest revision, whichever thread is the last
            self._upsert({**rows, REVISION: {"kind": "revision", "word": word}})
            self._tell(word)

    def delete_records(self, ids: Collection[str]) -> None:
        """Deletes records; tells nobody."""

        def delete(part: list[str]) -> None:
            self._connection.run(lambda opened: opened.state.delete(ids=part))

        for part in _parts(ids):
            delete(part)

    def chunks(self, ids: Sequence[str]) -> Iterator[GetResult]:
        """Chunks with documents, metadata and vectors, a page at a time; what is gone is left out."""

        def read(part: list[str]) -> GetResult:
            return self._connection.run(
                lambda opened: opened.chunks.get(ids=part, include=["documents", "metadatas", "embeddings"])
            )

        return map(read, _parts(ids))

    def chunk_ids(self, where: Where | None = None) -> list[str]:
        """Ids of the chunks that fit; of all without a filter."""
        return self._connection.run(lambda opened: opened.chunks.get(where=where, include=[]))["ids"]

    def add_chunks(self, ids: list[str], texts: list[str], metadata: Sequence[Metadata]) -> None:
        """Embeds the texts and writes them. Raises EmbeddingError."""

        def add(part: slice) -> None:
            rows = [dict(row) for row in metadata[part]]
            self._connection.run(lambda opened: opened.vectors.add_texts(texts[part], rows, ids[part]))

        for start in range(0, len(ids), _PAGE):
            add(slice(start, start + _PAGE))

    def copy_chunks(
        self, ids: list[str], texts: list[str], metadata: Sequence[Metadata], vectors: Vectors
    ) -> None:
        """Writes chunks with vectors (chunks, dimensions) that the model made before."""

        def copy(part: slice) -> None:
            rows = [dict(row) for row in metadata[part]]
            self._connection.run(
                lambda opened: opened.chunks.upsert(
                    ids=ids[part], embeddings=vectors[part], metadatas=list(rows), documents=texts[part]
                )
            )

        for start in range(0, len(ids), _PAGE):
            copy(slice(start, start + _PAGE))

    def delete_chunks(self, ids: Collection[str]) -> None:
        def delete(part: list[str]) -> None:
            self._connection.run(lambda opened: opened.chunks.delete(ids=part))

        for part in _parts(ids):
            delete(part)

    def drop(self) -> None:
        """Deletes both; the next call begins anew."""
        self._connection.drop()
        if self._mark is not None:
            with translated(self._place):
                self._mark.unlink(missing_ok=True)

    def close(self) -> None:
        """Lets go of the connection; the next call makes a new one."""
        self._connection.close()

    def _upsert(self, rows: Mapping[str, Metadata]) -> None:
        vectors = np.array([vector_of(key) for key in rows], dtype=np.float32)
        self._connection.run(
            lambda opened: opened.state.upsert(
                ids=list(rows), embeddings=vectors, metadatas=[dict(row) for row in rows.values()]
            )
        )

    def _tell(self, word: str) -> None:
        if self._mark is not None:
            with translated(self._place):
                fresh = self._mark.with_name(f"{self._mark.name}.{word}")
                fresh.write_text(word)
                os.replace(fresh, self._mark)  # noqa: PTH105 - atomic


def _parts(ids: Collection[str]) -> Iterator[list[str]]:
    rest = list(ids)
    for start in range(0, len(rest), _PAGE):
        yield rest[start : start + _PAGE]


def both(one: Where, other: Where) -> Where:
    """The filter that asks for both."""
    return {"$and": [one, other]}
