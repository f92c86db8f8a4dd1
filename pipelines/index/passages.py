"""Chunks that were found → the sections that a model, or a reader, is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.index.fuse import Hit
from pipelines.index.lexical import terms
from pipelines.index.models import Chunk
from pipelines.index.segment import Floats
from pipelines.index.snapshot import Snapshot

SECTION = 600
"""Word pieces of one section at the most; of a longer one, the part around the best piece."""
_LEAST = 60  # word pieces that are worth a passage at the budget's end
_REACH = 6  # pieces of a section that are looked at on each side of a hit
_NEAR = 0.9  # cosine below which two passages are not compared word by word
_TWIN = 0.9  # share of common words (Jaccard) from which two passages say the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Neighbouring pieces of one section, joined."""

    pieces: tuple[Chunk, ...]
    score: float

    @property
    def first(self) -> Chunk:
        return self.pieces[0]

    @property
    def tokens(self) -> int:
        return sum(piece.tokens for piece in self.pieces)

    @property
    def text(self) -> str:
        """Markdown that stands alone."""
        inner = "".join(f"{piece.glue}{piece.text}" for piece in self.pieces[1:])
        return f"{self.first.lead}{self.first.text}{inner}{self.pieces[-1].tail}"


def gather(snapshot: Snapshot, hits: Sequence[Hit], *, tokens: int) -> tuple[Passage, ...]:
    """Passages around the hits, best first, within `tokens` word pieces; what says the same is shown once."""
    shown: set[int] = set()
    kept: list[_Kept] = []
    vectors = np.empty((len(hits), snapshot.segments[0].vectors.shape[1]), np.float32)
    for hit in hits:
        if tokens < _LEAST:
            break
        rows = [] if hit.row in shown else _grow(snapshot, hit.row, room=min(SECTION, tokens), taken=shown)
        if not rows:
            continue
        fresh = _Kept(Passage(pieces=_read(snapshot, rows), score=hit.score))
        vector = _vector(snapshot, hit.row)
        # Near in meaning, which is cheap to see, and then nearly the same words.
        near = np.flatnonzero(vectors[: len(kept)] @ vector >= _NEAR)
        if not any(fresh.repeats(kept[at]) for at in near):
            vectors[len(kept)] = vector
            shown.update(rows)
            kept.append(fresh)
            tokens -= fresh.passage.tokens
    return tuple(item.passage for item in kept)


@dataclass(frozen=True)
class _Kept:
    passage: Passage

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        return frozenset(terms(self.passage.text))

    def repeats(self, other: _Kept) -> bool:
        common = len(self._vocabulary & other._vocabulary)
        return common >= _TWIN * len(self._vocabulary | other._vocabulary)


def _vector(snapshot: Snapshot, row: int) -> Floats:
    segment, _, at = snapshot.locate(row)
    vector: Floats = segment.vectors[at]
    return vector


def _read(snapshot: Snapshot, rows: Sequence[int]) -> tuple[Chunk, ...]:
    segment, _, first = snapshot.locate(rows[0])
    return tuple(segment.chunk(first + offset) for offset in range(len(rows)))


def _grow(snapshot: Snapshot, row: int, *, room: int, taken: set[int]) -> range | list[int]:
    """The row and its neighbours of the same section, as many as fit, the nearest first; none where the row
    itself does not fit. A section's rows stand side by side, in order."""
    segment, mask, at = snapshot.locate(row)
    base, section = row - at, segment.sections[at]
    left = room - int(segment.tokens[at])
    if left < 0:
        return []
    low = high = at
    for distance in range(1, _REACH + 1):
        for beside in (at + distance, at - distance):
            if beside not in (low - 1, high + 1) or not 0 <= beside < len(segment) or not mask[beside]:
                continue
            size = int(segment.tokens[beside])
            if segment.sections[beside] == section and size <= left and base + beside not in taken:
                low, high = min(low, beside), max(high, beside)
                left -= size
    return range(base + low, base + high + 1)
