"""An immutable part of the searchable projection: chunks, their vectors, their inverted lists.

A segment lives in a few arrays, so that it is read from disk by mapping it into memory, and two merge by
sorting numbers. A search index is a row of segments with a mask of the rows that are alive (as Lucene's).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.index.lexical import count_terms
from pipelines.index.models import Chunk

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
_ABSENT = slice(0, 0)
_HEADER = 128  # bytes of a .npy file without rows


@dataclass(frozen=True, kw_only=True, eq=False)
class Postings:
    """Inverted lists of `t` distinct terms in `p` postings; a posting is one term in one chunk."""

    terms: npt.NDArray[np.uint64]
    """(t,) hashes, ascending."""
    starts: npt.NDArray[np.int64]
    """(t + 1,) where a term's postings begin."""
    rows: npt.NDArray[np.uint32]
    """(p,) the chunk of a posting, ascending within a term."""
    counts: npt.NDArray[np.uint16]
    """(p,) how often the term stands in it."""

    def of(self, term: int) -> slice:
        """Where a term's postings stand in `rows` and `counts`; an empty slice when it does not occur."""
        at = int(np.searchsorted(self.terms, np.uint64(term)))
        if at == len(self.terms) or int(self.terms[at]) != term:
            return _ABSENT
        return slice(int(self.starts[at]), int(self.starts[at + 1]))


@dataclass(frozen=True, kw_only=True, eq=False)
class Segment:
    """`n` chunks with what is needed to find them."""

    ids: npt.NDArray[np.bytes_]
    """(n,) ids of the chunks, S32."""
    vectors: Floats
    """(n, dimensions), each of length 1."""
    lengths: Floats
    """(n,) terms in the chunk, repeats counted."""
    postings: Postings
    records: npt.NDArray[np.uint8]
    """The chunks themselves, as JSON, one behind the other."""
    offsets: npt.NDArray[np.int64]
    """(n + 1,) where a chunk's record begins."""

    def __len__(self) -> int:
        return len(self.ids)

    def chunk(self, row: int) -> Chunk:
        """The chunk of a row."""
        record = self.records[self.offsets[row] : self.offsets[row + 1]].tobytes()
        values = json.loads(record)
        return Chunk(**{**values, "headings": tuple(values["headings"])})

    @cached_property
    def row_of(self) -> Mapping[bytes, int]:
        """Rows by chunk id."""
        return {key: row for row, key in enumerate(self.ids.tolist())}


def build(chunks: Sequence[Chunk], vectors: Floats) -> Segment:
    """A segment of these chunks; row i of `vectors` (chunks, dimensions) is chunk i's."""
    records = [_encode(chunk) for chunk in chunks]
    counted = [count_terms(chunk.standing, chunk.context + " " + _path_words(chunk)) for chunk in chunks]
    per_row = np.array([len(counts) for counts in counted], dtype=np.int64)
    postings = int(per_row.sum())
    terms = np.fromiter((term for counts in counted for term in counts), np.uint64, postings)
    counts = np.fromiter((n for counts in counted for n in counts.values()), np.int64, postings)
    rows = np.repeat(np.arange(len(chunks), dtype=np.uint32), per_row)
    lengths = np.array([counts.total() for counts in counted], dtype=np.float32)
    return Segment(
        ids=np.array([chunk.id.encode() for chunk in chunks], dtype="S32"),
        vectors=np.ascontiguousarray(vectors, dtype=np.float32),
        lengths=lengths,
        records=np.frombuffer(b"".join(records), dtype=np.uint8),
        offsets=_edges(np.array([len(record) for record in records], dtype=np.int64)),
        postings=_invert(terms, rows, np.minimum(counts, 65_535).astype(np.uint16)),
    )


def merge(segments: Sequence[Segment], alive: Sequence[Mask]) -> Segment:
    """One segment of all living rows, in their order."""
    terms, rows, counts, records, sizes = [], [], [], [], []
    base = 0
    for segment, mask in zip(segments, alive, strict=True):
        new_row = np.cumsum(mask, dtype=np.int64) - 1 + base
        lists = segment.postings
        kept = mask[lists.rows]
        terms.append(np.repeat(lists.terms, np.diff(lists.starts))[kept])
        rows.append(new_row[lists.rows[kept]].astype(np.uint32))
        counts.append(lists.counts[kept])
        size = np.diff(segment.offsets)
        records.append(segment.records[np.repeat(mask, size)])
        sizes.append(size[mask])
        base += int(mask.sum())
    living = list(zip(segments, alive, strict=True))
    return Segment(
        ids=np.concatenate([segment.ids[mask] for segment, mask in living]),
        vectors=np.concatenate([segment.vectors[mask] for segment, mask in living]),
        lengths=np.concatenate([segment.lengths[mask] for segment, mask in living]),
        records=np.concatenate(records),
        offsets=_edges(np.concatenate(sizes)),
        postings=_invert(np.concatenate(terms), np.concatenate(rows), np.concatenate(counts)),
    )


def save(segment: Segment, folder: Path) -> None:
    """Writes one array a file into a new folder."""
    folder.mkdir(parents=True)
    for holder in (segment, segment.postings):
        for field in fields(holder):
            if isinstance(value := getattr(holder, field.name), np.ndarray):
                np.save(folder / f"{field.name}.npy", value)


def load(folder: Path) -> Segment:
    """Maps a saved segment into memory; nothing is read before it is used. Raises OSError, ValueError."""
    return Segment(
        ids=_map(folder, "ids"),
        vectors=_map(folder, "vectors"),
        lengths=_map(folder, "lengths"),
        records=_map(folder, "records"),
        offsets=_map(folder, "offsets"),
        postings=Postings(
            terms=_map(folder, "terms"),
            starts=_map(folder, "starts"),
            rows=_map(folder, "rows"),
            counts=_map(folder, "counts"),
        ),
    )


def _map(folder: Path, name: str) -> npt.NDArray[Any]:
    path = folder / f"{name}.npy"
    # An empty array cannot be mapped.
    return np.asarray(np.load(path, mmap_mode="r" if path.stat().st_size > _HEADER else None))


def _encode(chunk: Chunk) -> bytes:
    return json.dumps(asdict(chunk), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _path_words(chunk: Chunk) -> str:
    """The path without its suffix: names of files are what people remember."""
    return chunk.path.rpartition(".")[0] or chunk.path


def _edges(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])


def _invert(
    terms: npt.NDArray[np.uint64], rows: npt.NDArray[np.uint32], counts: npt.NDArray[np.uint16]
) -> Postings:
    order = np.lexsort((rows, terms))
    distinct, first = np.unique(terms[order], return_index=True)
    return Postings(
        terms=distinct,
        starts=np.append(first, len(terms)).astype(np.int64),
        rows=rows[order],
        counts=counts[order],
    )
