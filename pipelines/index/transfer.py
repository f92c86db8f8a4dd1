"""A whole index as rows: read while others write, written while others read.

What is read is what a reader may see: files' records, the chunks that they name, sources' records. What the
index knows of crawls is of the engine that runs them, and stays behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from pipelines.index import records
from pipelines.index.collections import Collections
from pipelines.index.embed import Vectors
from pipelines.index.records import Metadata

if TYPE_CHECKING:
    from chromadb.api.types import Where

_CONTENT: Where = {"$or": [{"kind": "file"}, {"kind": "source"}]}
_READS = 4  # times that a file is read which is replaced meanwhile
_PAGE = 1_000  # records in one write


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some chunks as they are stored, side by side."""

    ids: list[str]
    texts: list[str]
    """As embedded."""
    metadata: list[Metadata]
    vectors: Vectors
    """(chunks, dimensions)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The records that make the pages visible."""

    files: tuple[Metadata, ...]
    sources: tuple[Metadata, ...]
    whole: bool
    """Nothing was written meanwhile. Otherwise the sources' records say that a crawl is not over: the next
    one looks at every file, and clears away what was caught between two writes."""


def read_index(collections: Collections, put: Callable[[Page], None], *, now: datetime) -> Reading:
    """Hands every visible chunk to `put`, then returns the records. Blocks. Raises IndexProblem.

    The sources' records are read first and the chunks last. A crawl in the middle can then only make a source
    claim less than there is; and a file whose chunks went while they were read is seen to lack them, read
    again, and in the end left out: what is returned names no chunk that was not put.
    """
    before = _revision(collections)
    sources = tuple(collections.records({"kind": "source"}))
    files = {_file_id(row): row for row in collections.records({"kind": "file"})}
    have: set[str] = set()
    torn = _put_chunks(collections, files, have, put)
    for _ in range(_READS - 1):
        if not torn:
            break
        again = {_file_id(row): row for row in collections.records_named(sorted(torn))}
        files = {key: row for key, row in files.items() if key not in torn} | again
        torn = _put_chunks(collections, again, have, put)
    whole = not torn and before == _revision(collections)
    return Reading(
        files=tuple(row for key, row in files.items() if key not in torn),
        sources=sources if whole else tuple(unsettled(row, now) for row in sources),
        whole=whole,
    )


def write_index(
    collections: Collections, pages: Iterable[Page], *, files: Sequence[Metadata], sources: Sequence[Metadata]
) -> None:
    """Makes the index equal to these rows. Blocks; may be done again. Raises IndexProblem.

    Chunks go first and records make them visible; only then goes what the rows do not name. So a reader sees
    each file in its old version or in its new one, also where this is stopped in between.
    """
    for page in pages:
        collections.copy_chunks(page.ids, page.texts, page.metadata, page.vectors)
    rows = {_file_id(row): row for row in files}
    rows |= {records.source_id(str(row["source"])): row for row in sources}
    gone = set(collections.record_ids()) - {*rows, records.REVISION}
    for part in _parts(rows):
        collections.put(part, announce=False)
    collections.delete_records(gone)
    collections.put({})  # tells the readers
    named = {chunk for row in files for chunk in records.file_from(row).chunks}
    collections.delete_chunks(set(collections.chunk_ids()) - named)


def is_empty(collections: Collections) -> bool:
    """Whether the index knows no source. Raises IndexProblem."""
    return not collections.record_ids(_CONTENT)


def unsettled(row: Metadata, now: datetime) -> Metadata:
    """A source's record that says that a crawl of it is not over."""
    record = records.source_record(row)
    return records.source_metadata(replace(record, since=record.since or now, etag=""))


def check_row(row: Metadata) -> None:
    """Raises ValueError, KeyError or TypeError for what is no record of a file or a source."""
    if row["kind"] == "file":
        records.file_from(row)
    elif row["kind"] == "source":
        records.source_record(row)
    else:
        raise ValueError(f"a record of kind {row['kind']!r}")


def check_chunk(chunk_id: str, text: str, metadata: Metadata) -> None:
    """Raises ValueError, KeyError or TypeError for what is no chunk."""
    records.chunk_from(chunk_id, text, metadata)


def _put_chunks(
    collections: Collections, files: Mapping[str, Metadata], have: set[str], put: Callable[[Page], None]
) -> set[str]:
    """Puts what these files name and was not put before; ids of the files that lack some."""
    chunks_of = {key: records.file_from(row).chunks for key, row in files.items()}
    wanted = dict.fromkeys(chunk for chunks in chunks_of.values() for chunk in chunks if chunk not in have)
    for found in collections.chunks(list(wanted)):
        if found["ids"]:
            have.update(found["ids"])
            put(
                Page(
                    ids=found["ids"],
                    texts=list(found["documents"] or []),
                    metadata=list(found["metadatas"] or []),
                    vectors=np.asarray(found["embeddings"], dtype=np.float32),
                )
            )
    return {key for key, chunks in chunks_of.items() if not have.issuperset(chunks)}


def _file_id(row: Metadata) -> str:
    return records.file_id(str(row["source"]), records.file_from(row).path)


def _revision(collections: Collections) -> str:
    row = collections.record(records.REVISION)
    return str(row["word"]) if row else ""


def _parts(rows: Mapping[str, Metadata]) -> Iterable[dict[str, Metadata]]:
    items = list(rows.items())
    for start in range(0, len(items), _PAGE):
        yield dict(items[start : start + _PAGE])
