"""The connection to one index's two collections in Chroma: made when it is needed, anew when it is outlived.

A client in a folder keeps a view of the vectors that another process's write outdates, and any client keeps
the identity of a collection that a rebuild deletes. Both show as a call that fails.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pipelines.errors import IndexMixed, IndexOutdated, IndexProblem, IndexUnavailable, IndexUnwritable
from pipelines.index.chroma import Place, clear, connect, disconnect, is_outlived, translated
from pipelines.index.embed import Embedder

if TYPE_CHECKING:
    from chromadb import Collection as ChromaCollection
    from chromadb.api import ClientAPI
    from langchain_chroma import Chroma

LAYOUT = "2"
"""Of the records; an index of another layout is refused."""

_ATTEMPTS = 4
T = TypeVar("T")


class Connection:
    """The chunks and the records beside them, `<name>` and `<name>-state`. Threads may share it."""

    def __init__(self, place: Place, *, name: str, embedder: Embedder) -> None:
        self._place = place
        self._name = name
        self._embedder = embedder
        self._gate = threading.Condition()
        self._users = 0
        self._opened: Opened | None = None

    def run(self, work: Callable[[Opened], T]) -> T:
        """Runs a call of Chroma's that is idempotent: it is made again where that may help.

        Raises IndexProblem, IndexMixed or IndexOutdated where the index is another model's or layout's.
        """
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

        for attempt in Retrying(
            retry=retry_if_exception_type(IndexUnavailable),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_exponential_jitter(initial=0.2, max=2, jitter=0.2),
            reraise=True,
        ):
            with attempt:
                return self._try(work)
        raise AssertionError("unreachable: the last attempt raises")

    def drop(self) -> None:
        """Deletes both collections, whatever they hold. The records go first: chunks that no record names
        are seen by nobody, records without chunks would pass for an index."""
        try:
            self._delete()
        except IndexUnwritable:
            raise
        except IndexProblem:
            if self._place.host:
                raise
            self.close()
            with translated(self._place):
                clear(self._place.folder)
        self.close()

    def _delete(self) -> None:
        from chromadb.errors import NotFoundError

        client = connect(self._place)
        try:
            for name in (f"{self._name}-state", self._name):
                try:
                    with translated(self._place):
                        client.delete_collection(name)
                except IndexProblem as problem:
                    if not isinstance(problem.__cause__, NotFoundError):
                        raise
        finally:
            disconnect(client)

    def close(self) -> None:
        """Lets go of the connection; the next call makes a new one."""
        with self._gate:
            self._gate.wait_for(lambda: not self._users)
            if self._opened is not None:
                self._opened.close()
            self._opened = None

    def _try(self, work: Callable[[Opened], T]) -> T:
        opened: Opened | None = None
        try:
            with self._using() as opened, translated(self._place):
                return work(opened)
        except IndexProblem as problem:
            if opened is None or not is_outlived(problem):
                raise
            self._forget(opened)
        with self._using() as opened, translated(self._place):
            return work(opened)

    @contextmanager
    def _using(self) -> Iterator[Opened]:
        with self._gate:
            if self._opened is None:
                self._opened = Opened(connect(self._place), self._place, self._name, self._embedder)
            opened = self._opened
            self._users += 1
        try:
            yield opened
        finally:
            with self._gate:
                self._users -= 1
                self._gate.notify_all()

    def _forget(self, outlived: Opened) -> None:
        """Closes a connection, if no other thread has done so by then."""
        with self._gate:
            self._gate.wait_for(lambda: not self._users)
            if self._opened is outlived:
                self._opened.close()
                self._opened = None


@dataclass(eq=False)
class Opened:
    """One connection with what was opened through it."""

    client: ClientAPI
    place: Place
    name: str
    embedder: Embedder
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def state(self) -> ChromaCollection:
        """The records; the collection's own metadata say which layout and model the index has."""
        with self._lock:
            return self._state

    @property
    def chunks(self) -> ChromaCollection:
        """The chunks, below langchain-chroma, which reads no vectors and pages nothing."""
        with self._lock:
            return self._chunks

    @property
    def vectors(self) -> Chroma:
        """The chunks as LangChain's store, for writing."""
        with self._lock:
            return self._vectors

    def close(self) -> None:
        disconnect(self.client)

    @cached_property
    def _state(self) -> ChromaCollection:
        identity = {"layout": LAYOUT, "model": self.embedder.name}
        collection = self.client.get_or_create_collection(
            f"{self.name}-state", metadata=identity, embedding_function=None
        )
        _check(collection.metadata or {}, model=self.embedder.name, place=self.place)
        return collection

    @cached_property
    def _chunks(self) -> ChromaCollection:
        _ = self._state  # says whether this is an index of ours
        return self.client.get_or_create_collection(
            self.name, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )

    @cached_property
    def _vectors(self) -> Chroma:
        from langchain_chroma import Chroma

        from pipelines.index.langchain import EmbedderBridge

        _ = self._state
        return Chroma(
            self.name,
            client=self.client,
            embedding_function=EmbedderBridge(self.embedder),
            collection_configuration={"hnsw": {"space": "cosine"}},
        )


def _check(identity: Mapping[str, object], *, model: str, place: Place) -> None:
    rebuild = "Run `docsbot index --rebuild` to make it anew"
    if (layout := identity.get("layout")) != LAYOUT:
        raise IndexOutdated(
            f"The index in {place} has layout {layout}; this program reads {LAYOUT}. {rebuild}."
        )
    if (other := identity.get("model")) != model:
        raise IndexMixed(
            f"The index in {place} was built with the embedding model {other}; "
            f"the settings name {model}. {rebuild}, or set the model back (DOCSBOT_EMBEDDINGS)."
        )
