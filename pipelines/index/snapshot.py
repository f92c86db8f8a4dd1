"""What a reader searches: an immutable view of the collection at one revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipelines.index.embed import Vectors
from pipelines.index.models import Chunk, FileRecord, SourceRecord
from pipelines.index.segment import Mask, Segment, build, merge

_SEGMENTS = 8
"""More segments than this are merged: each costs a search some 50 µs."""

Files = Mapping[tuple[str, str], FileRecord]


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """Chunks that are visible at a revision. A file is in it whole, in one version, or not at all."""

    revision: str = ""
    """The collection's revision that this view equals; empty for one that was never filled."""
    segments: tuple[Segment, ...] = ()
    alive: tuple[Mask, ...] = ()
    """For each segment, which of its rows are visible."""
    files: Files = field(default_factory=dict)
    """By source and path."""
    sources: Mapping[str, SourceRecord] = field(default_factory=dict)

    @cached_property
    def count(self) -> int:
        """Visible chunks."""
        return sum(int(mask.sum()) for mask in self.alive)

    @cached_property
    def whole(self) -> tuple[bool, ...]:
        """For each segment, whether all of its rows are visible."""
        return tuple(bool(mask.all()) for mask in self.alive)

    @cached_property
    def bases(self) -> npt.NDArray[np.int64]:
        """(segments + 1,) number of the first row of each segment, when all rows stand in one line."""
        return np.cumsum([0, *(len(segment) for segment in self.segments)], dtype=np.int64)

    def locate(self, row: int) -> tuple[Segment, Mask, int]:
        """The segment of a row in that line, with its mask, and the row's number within it."""
        at = int(np.searchsorted(self.bases, row, side="right")) - 1
        return self.segments[at], self.alive[at], row - int(self.bases[at])

    @cached_property
    def average_length(self) -> float:
        """Terms in a visible chunk, at the mean; 1 for an empty view."""
        total = sum(
            float(segment.lengths[mask].sum())
            for segment, mask in zip(self.segments, self.alive, strict=True)
        )
        return total / self.count if self.count else 1.0


@dataclass(frozen=True, kw_only=True)
class Change:
    """What became of the collection since a snapshot."""

    revision: str
    files: Files
    """All files, as they are now."""
    sources: Mapping[str, SourceRecord]
    chunks: Sequence[Chunk]
    """All chunks of the files that are new or changed."""
    vectors: Vectors
    """(chunks, dimensions)."""


def differing(before: Files, now: Files) -> tuple[list[FileRecord], list[FileRecord]]:
    """Files to load, and files whose rows are no longer visible (a changed file is in both)."""
    load = [record for key, record in now.items() if before.get(key) != record]
    drop = [record for key, record in before.items() if now.get(key) != record]
    return load, drop


def advance(snapshot: Snapshot, change: Change) -> Snapshot:
    """The view after a change; the old one stays as it was."""
    _, drop = differing(snapshot.files, change.files)
    gone = [chunk.encode() for record in drop for chunk in record.chunks]
    alive = [
        _without(segment, mask, gone) for segment, mask in zip(snapshot.segments, snapshot.alive, strict=True)
    ]
    parts = [(segment, mask) for segment, mask in zip(snapshot.segments, alive, strict=True) if mask.any()]
    if change.chunks:
        parts.append((build(change.chunks, change.vectors), np.ones(len(change.chunks), dtype=np.bool_)))
    parts = _settle(parts)
    return Snapshot(
        revision=change.revision,
        segments=tuple(segment for segment, _ in parts),
        alive=tuple(mask for _, mask in parts),
        files=change.files,
        sources=change.sources,
    )


def _without(segment: Segment, mask: Mask, gone: Sequence[bytes]) -> Mask:
    rows = [row for key in gone if (row := segment.row_of.get(key)) is not None] if gone else []
    if not rows:
        return mask
    fresh = mask.copy()
    fresh[rows] = False
    return fresh


def _settle(parts: list[tuple[Segment, Mask]]) -> list[tuple[Segment, Mask]]:
    """Merges where there are too many segments or half of the rows are dead; else leaves all as it is.

    The largest segment is only rewritten when it is half dead or the small ones have outgrown it, so that the
    cost of a change follows its own size and not the index's.
    """
    rows = sum(len(segment) for segment, _ in parts)
    living = sum(int(mask.sum()) for _, mask in parts)
    if len(parts) > 1 and 2 * living < rows:
        return [_merged(parts)]
    if len(parts) <= _SEGMENTS:
        return parts
    parts = sorted(parts, key=lambda part: len(part[0]), reverse=True)
    largest, small = parts[0], parts[1:]
    if sum(len(segment) for segment, _ in small) > len(largest[0]):
        return [_merged(parts)]
    return [largest, _merged(small)]


def _merged(parts: Sequence[tuple[Segment, Mask]]) -> tuple[Segment, Mask]:
    one = merge([segment for segment, _ in parts], [mask for _, mask in parts])
    return one, np.ones(len(one), dtype=np.bool_)
