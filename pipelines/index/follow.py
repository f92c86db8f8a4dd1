"""Keeps a snapshot equal to the collection, by difference, whoever writes to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from pipelines.index.saved import SavedSnapshots
from pipelines.index.snapshot import Change, Snapshot, advance, differing
from pipelines.index.store import Store

_READS = 3  # whole reads that a snapshot may take while others write


class Follower:
    """A snapshot that follows one collection. Threads may share it; `refresh` runs once at a time.

    With a `mark`, the file that every writer on this machine replaces, an unchanged index is known as such
    without opening the collection.
    """

    def __init__(self, store: Store, saved: SavedSnapshots, *, mark: Path | None = None) -> None:
        self._store = store
        self._saved = saved
        self._mark = mark
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The newest view, as it is now; `refresh` makes it current."""
        return self._newest if self._newest is not None else self._loaded

    @cached_property
    def _loaded(self) -> Snapshot:
        return self._saved.load() or Snapshot()

    def current(self) -> bool:
        """Whether the snapshot equals the collection. Raises IndexProblem."""
        return self.snapshot.revision == self._revision()

    def refresh(self, note: Callable[[str], None] = lambda _: None) -> Snapshot:
        """Makes the snapshot equal to the collection, if it is not. Raises IndexProblem."""
        with self._lock:
            for _ in range(_READS):
                if self.current():
                    break
                note("Reading the index")
                self._newest = self._read(self.snapshot)
                if self._newest.revision:
                    self._saved.save(self._newest)
            return self.snapshot

    def reset(self) -> None:
        """Forgets what it knows: the collection begins anew."""
        with self._lock:
            self._newest = Snapshot()

    def _revision(self) -> str:
        if self._mark is not None:
            try:
                return self._mark.read_text()
            except FileNotFoundError:
                pass  # an index of an older program, or none yet
        return self._store.revision()

    def _read(self, before: Snapshot) -> Snapshot:
        contents = self._store.contents()
        load, _ = differing(before.files, contents.files)
        chunks, vectors = self._store.load([chunk for record in load for chunk in record.chunks])
        # A file that was replaced between the two reads has lost chunks of the version that was read first:
        # it stays as it was before, and the next round reads it again.
        loaded = {chunk.id for chunk in chunks}
        torn = {(record.source, record.path) for record in load if not loaded.issuperset(record.chunks)}
        files = {key: record for key, record in contents.files.items() if key not in torn}
        files |= {key: before.files[key] for key in torn if key in before.files}
        # A file's pieces side by side, in order: that is how a section is found around one of its pieces.
        order = sorted(
            (i for i, chunk in enumerate(chunks) if (chunk.source, chunk.path) not in torn),
            key=lambda i: (chunks[i].source, chunks[i].path, chunks[i].ordinal),
        )
        change = Change(
            revision="" if torn else contents.revision,
            files=files,
            sources=contents.sources,
            chunks=[chunks[i] for i in order],
            vectors=vectors[order],
        )
        return advance(before, change)
