"""What was embedded once under one model is never embedded again."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipelines.errors import IndexUnwritable
from pipelines.index.embed import Embedder, Vectors

_BUSY = 30.0  # seconds to wait for another process's write
_VARIABLES = 500  # in one statement; SQLite's own limit is 999 in old builds

Known = dict[bytes, npt.NDArray[np.float32]]


class CachedEmbedder:
    """An embedder that keeps its vectors by model and text, across files, sources and runs.

    `computed` counts the texts that the model itself had to embed. Threads may share it.
    """

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        self._path = path
        self._lock = threading.Lock()
        self._local = threading.local()
        self.computed = 0

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def computed_here(self) -> int:
        """As `computed`, for the calls of this thread alone."""
        return int(getattr(self._local, "computed", 0))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As Embedder.embed. Raises IndexUnwritable where the cache cannot be written."""
        keys = [self._key(text) for text in texts]
        try:
            with closing(self._connect()) as db:
                known = _read(db, keys)
                missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
                if missing:
                    known |= self._compute(db, missing)
        except (sqlite3.Error, OSError) as error:
            raise IndexUnwritable(
                f"The cache of embeddings {self._path} cannot be used: {error}. Free some space, "
                "set DOCSBOT_DATA to a folder that can be written, or delete the file: it is only a cache."
            ) from error
        return np.stack([known[key] for key in keys]) if keys else self._embedder.embed([])

    def _compute(self, db: sqlite3.Connection, missing: dict[bytes, str]) -> Known:
        vectors = self._embedder.embed(list(missing.values()))
        fresh = dict(zip(missing, vectors, strict=True))
        rows = [(key, vector.tobytes()) for key, vector in fresh.items()]
        with db:
            db.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
        with self._lock:
            self.computed += len(fresh)
        self._local.computed = self.computed_here + len(fresh)
        return fresh

    def _key(self, text: str) -> bytes:
        named = f"{self.name}\0{text}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(named, digest_size=16).digest()

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, timeout=_BUSY)
        # Another connection may do the same in this moment: SQLite then refuses at once, and nothing is lost.
        with suppress(sqlite3.OperationalError):
            db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        return db


def _read(db: sqlite3.Connection, keys: Sequence[bytes]) -> Known:
    known: Known = {}
    for start in range(0, len(keys), _VARIABLES):
        part = keys[start : start + _VARIABLES]
        query = f"SELECT key, vector FROM vectors WHERE key IN ({','.join('?' * len(part))})"  # noqa: S608
        known |= {key: np.frombuffer(vector, np.float32) for key, vector in db.execute(query, part)}
    return known
