"""The two collections of an index in Chroma: its chunks, and its records of itself."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from pipelines.errors import IndexMixed, IndexOutdated, IndexProblem, IndexUnavailable
from pipelines.index.chroma import Place, connect, translated
from pipelines.index.embed import Embedder
from pipelines.index.records import REVISION, Metadata, vector_of

if TYPE_CHECKING:
    from chromadb import Collection as ChromaCollection
    from chromadb.api import ClientAPI
    from chromadb.api.types import GetResult, Include, Where
    from langchain_chroma import Chroma

LAYOUT = "2"
"""Of the records; an index of another layout is refused."""

_PAGE = 2_000  # rows in one read
_ATTEMPTS = 4
T = TypeVar("T")


class Collections:
    """Reads and writes of one index, opened at the first call.

    The calls block: call them from a thread. Each is idempotent and tried again where that may help. All
    raise IndexProblem; the first one raises IndexMixed or IndexOutdated where the index belongs to another
    embedding model or layout.
    """

    def __init__(self, place: Place, *, name: str, embedder: Embedder, mark: Path | None) -> None:
        """`mark` is a file that names the newest revision for processes on the same machine."""
        self._place = place
        self._name = name
        self._embedder = embedder
        self._mark = mark

    @property
    def model(self) -> str:
        return self._embedder.name

    def record(self, record_id: str) -> Metadata | None:
        """One record of the index, None where there is none of this id."""
        found = self._call(lambda: self._state.get(ids=[record_id], include=["metadatas"]))
        return found["metadatas"][0] if found["metadatas"] else None

    def record_ids(self, where: Where) -> list[str]:
        """Ids of the records that fit."""
        return self._call(lambda: self._state.get(where=where, include=[]))["ids"]

    def records(self, where: Where) -> Iterator[Metadata]:
        """The records that fit. Their ids come from one call: a write between two pages hides nothing."""
        for page in self._pages(self._state, self.record_ids(where), ["metadatas"]):
            yield from page["metadatas"] or []

    def put(self, rows: Mapping[str, Metadata], *, announce: bool = True) -> None:
        """Writes records; with `announce`, in the same call, that there is a new revision."""
        word = uuid.uuid4().hex
        if announce:
            rows = {**rows, REVISION: {"kind": "revision", "word": word}}
        self._call(
            lambda: self._state.upsert(
                ids=list(rows),
                embeddings=np.array([vector_of(key) for key in rows], dtype=np.float32),
                metadatas=[dict(row) for row in rows.values()],
            )
        )
        if announce:
            self._tell(word)

    def delete_records(self, ids: Collection[str]) -> None:
        """Deletes records; tells nobody."""
        for part in _parts(ids):
            self._call(partial(self._state.delete, ids=part))

    def chunks(self, ids: Sequence[str]) -> Iterator[GetResult]:
        """Chunks with documents, metadata and vectors, a page at a time; what is gone is left out."""
        return self._pages(self._chunks, ids, ["documents", "metadatas", "embeddings"])

    def chunk_ids(self, where: Where) -> list[str]:
        return self._call(lambda: self._chunks.get(where=where, include=[]))["ids"]

    def add_chunks(self, ids: list[str], texts: list[str], metadata: Sequence[Metadata]) -> None:
        """Embeds the texts and writes them. Raises EmbeddingError."""
        rows = [dict(row) for row in metadata]
        self._call(lambda: self._vectors.add_texts(texts, rows, ids))

    def delete_chunks(self, ids: Collection[str]) -> None:
        for part in _parts(ids):
            self._call(partial(self._chunks.delete, ids=part))

    def drop(self) -> None:
        """Deletes both; the next call begins anew."""
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

    def _tell(self, word: str) -> None:
        if self._mark is not None:
            with translated(self._place):
                fresh = self._mark.with_name(f"{self._mark.name}.{word}")
                fresh.write_text(word)
                os.replace(fresh, self._mark)  # noqa: PTH105 - atomic

    def _pages(
        self, collection: ChromaCollection, ids: Sequence[str], include: Include
    ) -> Iterator[GetResult]:
        for part in _parts(ids):
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


def _parts(ids: Collection[str]) -> Iterator[list[str]]:
    rest = list(ids)
    for start in range(0, len(rest), _PAGE):
        yield rest[start : start + _PAGE]
