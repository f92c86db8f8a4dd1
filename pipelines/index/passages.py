"""Chunks that were found → the sections that a model, or a reader, is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.index.fuse import Hit
from pipelines.index.lexical import terms
from pipelines.index.models import Chunk
from pipelines.index.segment import Mask, Segment
from pipelines.index.snapshot import Snapshot

SECTION = 600
"""Word pieces of one section at the most; of a longer one, the part around the best piece."""
_LEAST = 60  # word pieces that are worth a passage at the budget's end
_REACH = 6  # pieces of a section that are looked at on each side of a hit
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
    kept: list[Passage] = []
    vocabularies: list[frozenset[str]] = []
    for hit in hits:
        if hit.row in shown or tokens < _LEAST:
            continue
        rows, passage = _grow(snapshot, hit, room=min(SECTION, tokens), taken=shown)
        if passage is None:
            continue
        vocabulary = frozenset(terms(passage.text))
        if any(_alike(vocabulary, other) for other in vocabularies):
            continue
        shown |= rows
        kept.append(passage)
        vocabularies.append(vocabulary)
        tokens -= passage.tokens
    return tuple(kept)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _TWIN * len(one | other)


def _grow(snapshot: Snapshot, hit: Hit, *, room: int, taken: set[int]) -> tuple[set[int], Passage | None]:
    """The hit's piece and its neighbours of the same section, as many as fit, the nearest first."""
    segment, mask, row = snapshot.locate(hit.row)
    base = hit.row - row
    section = _section(segment, mask, row)
    first = last = row
    left = room - section[row].tokens
    if left < 0:
        return set(), None
    for at in sorted(section, key=lambda other: (abs(other - row), -other)):
        beside = at in (first - 1, last + 1)
        if beside and section[at].tokens <= left and base + at not in taken:
            first, last = min(first, at), max(last, at)
            left -= section[at].tokens
    rows = range(first, last + 1)
    return {base + at for at in rows}, Passage(pieces=tuple(section[at] for at in rows), score=hit.score)


def _section(segment: Segment, mask: Mask, row: int) -> dict[int, Chunk]:
    """The piece of a row and the nearest pieces of its section, by row: they stand side by side, in order."""
    own = segment.chunk(row)
    pieces = {row: own}
    for step in (-1, 1):
        for at in range(row + step, row + step * (_REACH + 1), step):
            if not (0 <= at < len(segment) and mask[at]):
                break
            piece = segment.chunk(at)
            if (piece.source, piece.path, piece.section) != (own.source, own.path, own.section):
                break
            pieces[at] = piece
    return pieces
