"""The index's rows into a backup, and out of it. The calls block."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

import numpy as np

from bot.adapters.backup.manifest import CHUNKS, RECORDS, BackupUnusable, IndexPart
from bot.adapters.backup.opening import Backup
from bot.adapters.backup.state import Note
from bot.adapters.backup.writing import BackupWriter, MemberWriter
from pipelines.index.connection import LAYOUT
from pipelines.index.embed import Vectors
from pipelines.index.open import Index
from pipelines.index.records import Metadata
from pipelines.index.transfer import Page, check_chunk, check_row, read_index, unsettled, write_index

_VECTOR = np.dtype("<f4")
_PAGE = 1_000
_TOLD = 10_000


def save_index(index: Index, backup: BackupWriter, *, now: datetime, note: Note) -> IndexPart | None:
    """Writes every chunk and record that a reader may see. Raises IndexProblem."""
    if not exists(index):
        return None
    with backup.member(CHUNKS) as member:

        def put(page: Page) -> None:
            tell(len(page.ids))
            _write(member, page)

        tell = _counting(note)
        reading = read_index(index.store.collections, put, now=now)
    with backup.member(RECORDS) as member:
        for row in (*reading.sources, *reading.files):
            member.write(dict(row))
    chunks = backup.members[CHUNKS].rows
    note(f"index: {chunks:,} chunks of {len(reading.files):,} files, {len(reading.sources):,} sources")
    return IndexPart(layout=LAYOUT, model=index.store.model, whole=reading.whole)


def exists(index: Index) -> bool:
    """Whether there is anything to read; to look for it would make it."""
    return bool(index.place.host) or (index.place.folder / "chroma.sqlite3").exists()


def check_index(index: Index, backup: Backup) -> None:
    """Reads all rows once. Raises BackupUnusable for what this program cannot restore, or not here."""
    part = backup.manifest.index
    if part is None:
        return
    if part.layout != LAYOUT:
        raise BackupUnusable(
            f"The backup's index has layout {part.layout}; this program reads {LAYOUT}. "
            "Restore the state with --state-only and run `docsbot index`."
        )
    if part.model != index.store.model:
        raise BackupUnusable(
            f"The backup's index was built with the embedding model {part.model}; the settings name "
            f"{index.store.model}. Set the model back (DOCSBOT_EMBEDDINGS, OPENAI_EMBEDDING_MODEL), or "
            "restore the state with --state-only and run `docsbot index`."
        )
    for row in backup.rows(CHUNKS):
        with _explained("a chunk"):
            check_chunk(*_chunk(row))
            _vector(row)
    _records(backup)


def load_index(index: Index, backup: Backup, *, settled: bool, now: datetime, note: Note) -> None:
    """Makes the index equal to the backup's. Without `settled`, the next crawl looks at every file.

    Raises IndexProblem, BackupUnusable.
    """
    if backup.manifest.index is None:
        return
    sources, files = _records(backup)
    if not settled:
        sources = [unsettled(row, now) for row in sources]
    tell = _counting(note)

    def told() -> Iterator[Page]:
        for page in _pages(backup):
            tell(len(page.ids))
            yield page

    write_index(index.store.collections, told(), files=files, sources=sources)


def _counting(note: Note) -> Callable[[int], None]:
    """Tells of every ten thousand chunks."""
    count = 0

    def tell(more: int) -> None:
        nonlocal count
        if (count + more) // _TOLD > count // _TOLD:
            note(f"index: {count + more:,} chunks")
        count += more

    return tell


def _write(member: MemberWriter, page: Page) -> None:
    vectors = page.vectors.astype(_VECTOR, copy=False)
    for chunk, text, about, vector in zip(page.ids, page.texts, page.metadata, vectors, strict=True):
        packed = b64encode(vector.tobytes()).decode()
        member.write({"id": chunk, "text": text, "about": dict(about), "vector": packed})


def _pages(backup: Backup) -> Iterator[Page]:
    rows = backup.rows(CHUNKS)
    while batch := list(islice(rows, _PAGE)):
        with _explained("a chunk"):
            chunks = [_chunk(row) for row in batch]
            vectors = np.stack([_vector(row) for row in batch])
        yield Page(
            ids=[chunk for chunk, _, _ in chunks],
            texts=[text for _, text, _ in chunks],
            metadata=[about for _, _, about in chunks],
            vectors=vectors,
        )


def _records(backup: Backup) -> tuple[list[Metadata], list[Metadata]]:
    """The records of the sources, and of the files."""
    sources: list[Metadata] = []
    files: list[Metadata] = []
    for row in backup.rows(RECORDS):
        with _explained("a record"):
            about = _plain(row)
            check_row(about)
        (files if about["kind"] == "file" else sources).append(about)
    return sources, files


def _chunk(row: Mapping[str, object]) -> tuple[str, str, Metadata]:
    chunk, text, about = row["id"], row["text"], row["about"]
    if not isinstance(chunk, str) or not isinstance(text, str) or not isinstance(about, dict):
        raise TypeError
    return chunk, text, _plain(about)


def _vector(row: Mapping[str, object]) -> Vectors:
    """(dimensions,)."""
    packed = row["vector"]
    if not isinstance(packed, str):
        raise TypeError
    vector = np.frombuffer(b64decode(packed, validate=True), dtype=_VECTOR).astype(np.float32)
    if not vector.size or not np.isfinite(vector).all():
        raise ValueError
    return vector


def _plain(about: Mapping[str, object]) -> Metadata:
    for value in about.values():
        if not isinstance(value, (str, int, float, bool)):
            raise TypeError
    return about


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise BackupUnusable(f"The backup is damaged: {what} of its index is malformed.") from error
