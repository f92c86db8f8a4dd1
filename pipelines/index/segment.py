"""An immutable part of the searchable projection: chunks, their vectors, their inverted lists.

A segment lives in a few arrays, so that it is read from disk by mapping it into memory, and two merge by
sorting numbers. A search index is a row of segments with a mask of the rows that are alive (as Lucene's).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipelines.index.lexical import count_terms, number
from pipelines.index.models import Chunk

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
_ABSENT = slice(0, 0)


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
    headed: Mask
    """(p,) whether it stands in the chunk's title, headings or path."""

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
    tokens: npt.NDArray[np.uint16]
    """(n,) word pieces of the chunk."""
    sections: npt.NDArray[np.uint32]
    """(n,) number of the chunk's section within the segment, ascending."""
    pages: npt.NDArray[np.uint32]
    """(n,) number of the chunk's page within the segment, ascending."""
    centres: Floats
    """(pages, dimensions) mean of the vectors of a page's chunks, of length 1."""
    origins: npt.NDArray[np.uint64]
    """(n,) hash of the chunk's source."""
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
    """A segment of these chunks, a page's side by side, and their vectors (chunks, dimensions)."""
    records = [_encode(chunk) for chunk in chunks]
    counted = [count_terms(chunk.standing, f"{chunk.context} {_path_words(chunk)}") for chunk in chunks]
    per_row = np.array([len(counts) for counts, _ in counted], dtype=np.int64)
    postings = int(per_row.sum())
    counts = np.fromiter((n for counts, _ in counted for n in counts.values()), np.int64, postings)
    return _assemble(
        ids=np.array([chunk.id.encode() for chunk in chunks], dtype="S32"),
        vectors=np.ascontiguousarray(vectors, dtype=np.float32),
        lengths=np.array([counts.total() for counts, _ in counted], dtype=np.float32),
        tokens=np.array([min(chunk.tokens, 65_535) for chunk in chunks], dtype=np.uint16),
        sections=_number([(chunk.source, chunk.path, chunk.section) for chunk in chunks]),
        pages=_number([(chunk.source, chunk.path) for chunk in chunks]),
        origins=np.array([number(chunk.source) for chunk in chunks], dtype=np.uint64),
        records=np.frombuffer(b"".join(records), dtype=np.uint8),
        sizes=np.array([len(record) for record in records], dtype=np.int64),
        postings=_invert(
            terms=np.fromiter((term for counts, _ in counted for term in counts), np.uint64, postings),
            rows=np.repeat(np.arange(len(chunks), dtype=np.uint32), per_row),
            counts=np.minimum(counts, 65_535).astype(np.uint16),
            headed=np.fromiter(
                (term in head for counts, head in counted for term in counts), np.bool_, postings
            ),
        ),
    )


def merge(segments: Sequence[Segment], alive: Sequence[Mask]) -> Segment:
    """One segment of all living rows, in their order."""
    living = list(zip(segments, alive, strict=True))
    bases = np.cumsum([0, *(int(mask.sum()) for mask in alive)], dtype=np.int64)
    lists = [
        _keep(segment.postings, mask, base) for (segment, mask), base in zip(living, bases, strict=False)
    ]
    sizes = [np.diff(segment.offsets) for segment in segments]
    return _assemble(
        ids=np.concatenate([segment.ids[mask] for segment, mask in living]),
        vectors=np.concatenate([segment.vectors[mask] for segment, mask in living]),
        lengths=np.concatenate([segment.lengths[mask] for segment, mask in living]),
        tokens=np.concatenate([segment.tokens[mask] for segment, mask in living]),
        sections=_renumber([segment.sections[mask] for segment, mask in living]),
        pages=_renumber([segment.pages[mask] for segment, mask in living]),
        origins=np.concatenate([segment.origins[mask] for segment, mask in living]),
        records=np.concatenate(
            [
                segment.records[np.repeat(mask, size)]
                for (segment, mask), size in zip(living, sizes, strict=True)
            ]
        ),
        sizes=np.concatenate([size[mask] for (_, mask), size in zip(living, sizes, strict=True)]),
        postings=_invert(
            terms=np.concatenate([terms for terms, _, _, _ in lists]),
            rows=np.concatenate([rows for _, rows, _, _ in lists]),
            counts=np.concatenate([counts for _, _, counts, _ in lists]),
            headed=np.concatenate([headed for _, _, _, headed in lists]),
        ),
    )


def _assemble(
    *,
    ids: npt.NDArray[np.bytes_],
    vectors: Floats,
    lengths: Floats,
    tokens: npt.NDArray[np.uint16],
    sections: npt.NDArray[np.uint32],
    pages: npt.NDArray[np.uint32],
    origins: npt.NDArray[np.uint64],
    records: npt.NDArray[np.uint8],
    sizes: npt.NDArray[np.int64],
    postings: Postings,
) -> Segment:
    """A segment with what follows from the rest: offsets, centres."""
    return Segment(
        ids=ids,
        vectors=vectors,
        lengths=lengths,
        tokens=tokens,
        sections=sections,
        pages=pages,
        centres=_centres(vectors, pages),
        origins=origins,
        postings=postings,
        records=records,
        offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)]),
    )


def _centres(vectors: Floats, pages: npt.NDArray[np.uint32]) -> Floats:
    starts = np.flatnonzero(np.r_[True, pages[1:] != pages[:-1]])
    sums: Floats = np.add.reduceat(vectors, starts, axis=0)
    lengths: Floats = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.divide(sums, np.maximum(lengths, 1e-9), dtype=np.float32)


def _number(keys: Sequence[object]) -> npt.NDArray[np.uint32]:
    """Runs of equal keys, numbered from 0."""
    return np.cumsum([0, *(before != after for before, after in pairwise(keys))], dtype=np.uint32)


def _renumber(parts: Sequence[npt.NDArray[np.uint32]]) -> npt.NDArray[np.uint32]:
    """Numbers of several segments as one ascending row without holes."""
    steps = [np.r_[True, part[1:] != part[:-1]] for part in parts if len(part)]
    return (np.cumsum(np.concatenate(steps)) - 1).astype(np.uint32)


def _keep(
    lists: Postings, mask: Mask, base: np.int64
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32], npt.NDArray[np.uint16], Mask]:
    """The postings of living rows, which are numbered anew from `base`."""
    kept = mask[lists.rows]
    row = np.cumsum(mask, dtype=np.int64) - 1 + base
    terms = np.repeat(lists.terms, np.diff(lists.starts))[kept]
    return terms, row[lists.rows[kept]].astype(np.uint32), lists.counts[kept], lists.headed[kept]


def _encode(chunk: Chunk) -> bytes:
    return json.dumps(asdict(chunk), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _path_words(chunk: Chunk) -> str:
    """The path without its suffix: names of files are what people remember."""
    return chunk.path.rpartition(".")[0] or chunk.path


def _invert(
    *,
    terms: npt.NDArray[np.uint64],
    rows: npt.NDArray[np.uint32],
    counts: npt.NDArray[np.uint16],
    headed: Mask,
) -> Postings:
    order = np.lexsort((rows, terms))
    distinct, first = np.unique(terms[order], return_index=True)
    return Postings(
        terms=distinct,
        starts=np.append(first, len(terms)).astype(np.int64),
        rows=rows[order],
        counts=counts[order],
        headed=headed[order],
    )
