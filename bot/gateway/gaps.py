"""Questions without an answer, grouped by meaning: what readers miss, most wanted first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.core.state import Gap

Vectors = npt.NDArray[np.float32]

ALIKE = 0.6
"""Cosine to the mean of a group from which a question belongs to it. Under the built-in model: of 41
questions in 12 meanings, 97% of the pairs that it puts together belong together, and it finds 70% of those
that do; of 55 real questions to one project, each about something else, it puts none together. Lower, it
mixes what merely sounds alike; higher, it finds few paraphrases. Another model has another scale: there it
is a guess, and groups may be too small or too large."""


class Embedder(Protocol):
    """The model that the index is made with."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """(texts, dimensions), each row of length 1. Raises RetrievalFailed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GapGroup:
    """Questions that mean the same, most asked first."""

    gaps: tuple[Gap, ...]

    @property
    def times(self) -> int:
        return sum(gap.times for gap in self.gaps)

    @property
    def last_asked(self) -> datetime:
        return max(gap.last_asked for gap in self.gaps)


def group_gaps(gaps: Sequence[Gap], vectors: Vectors, *, alike: float = ALIKE) -> list[GapGroup]:
    """The groups, most asked first; of equals, the one that was asked last.

    `vectors`: (gaps, dimensions), each row of length 1. Each question joins the group whose mean is nearest,
    if that is near enough, else begins one; those that were asked often come first and so name the groups.
    """
    order = sorted(range(len(gaps)), key=lambda row: (-gaps[row].times, row))
    sums = np.zeros_like(vectors)
    members: list[list[Gap]] = []
    for row in order:
        place = _find(sums[: len(members)], vectors[row], alike)
        if place is None:
            place = len(members)
            members.append([])
        members[place].append(gaps[row])
        sums[place] += vectors[row]
    groups = [GapGroup(gaps=tuple(group)) for group in members]
    return sorted(groups, key=lambda group: (group.times, group.last_asked), reverse=True)


def _find(sums: Vectors, vector: Vectors, alike: float) -> int | None:
    """The nearest group; None where none is near enough."""
    if not len(sums):
        return None
    nearness = sums @ vector / np.maximum(np.linalg.norm(sums, axis=1), 1e-9)
    best = int(np.argmax(nearness))
    return best if nearness[best] >= alike else None
