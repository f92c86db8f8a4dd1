"""Puts an index together: the store that is written, the follower and the searcher that are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.errors import IndexProblem, IndexUnwritable
from pipelines.index.cache import CachedEmbedder
from pipelines.index.chroma import Place
from pipelines.index.embed import Embedder, WordPieces
from pipelines.index.follow import Follower
from pipelines.index.saved import SavedSnapshots
from pipelines.index.search import Searcher
from pipelines.index.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One collection, opened lazily: nothing is read or written before the first call of a part."""

    data: Path
    place: Place
    store: Store
    follower: Follower
    searcher: Searcher
    embedder: CachedEmbedder
    count: Callable[[str], int]
    """Word pieces of a text."""

    @property
    def computed(self) -> int:
        """Texts that the embedding model itself has embedded so far."""
        return self.embedder.computed

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds an index in a folder for this process alone. Raises IndexProblem where another one writes."""
        if self.place.host:
            yield
            return
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.data / "writing.lock", timeout=0)
            lock.acquire()
        except Timeout as error:
            raise IndexProblem(
                f"Another docsbot is writing to the index in {self.data}. Wait until it is done."
            ) from error
        except OSError as error:
            raise IndexUnwritable(
                f"The data folder {self.data} cannot be written: {error.strerror}. "
                "Set DOCSBOT_DATA (or --data) to a folder that can."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def rebuild(self) -> None:
        """Drops the whole index. What was embedded stays in the cache. Raises IndexProblem."""
        self.store.drop()
        self.follower.reset()


def open_index(data: Path, *, place: Place, collection: str, embedder: Embedder) -> Index:
    """An index whose own files are below `data`."""
    key = blake2b(f"{place}\0{collection}".encode(), digest_size=6).hexdigest()
    # Only the processes of this machine write to a folder of it, so that a file can tell them of a change.
    mark = None if place.host else data / f"{collection}.revision"
    cached = CachedEmbedder(embedder, data / "embeddings.sqlite3")
    store = Store(place, collection=collection, embedder=cached, mark=mark)
    saved = SavedSnapshots(data / "snapshots" / f"{collection}-{key}", model=embedder.name)
    follower = Follower(store, saved, mark=mark)
    return Index(
        data=data,
        place=place,
        store=store,
        follower=follower,
        searcher=Searcher(follower, embedder),
        embedder=cached,
        count=WordPieces().count,
    )
