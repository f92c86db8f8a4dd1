"""Two rankings into one: words and meaning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.index.rank import Scores
from pipelines.index.segment import Floats

WEIGHTS = {"lexical": 1.0, "dense": 1.0, "page": 0.3, "heading": 0.2}
"""How much each ranking counts in the fused score. Words and meaning alike; what the whole page is about, and
what its headings name, tell pages apart whose pieces look the same. Flat around these values: measured on two
sets of documentation, where each moves no score by more than one question in forty."""
CANDIDATES = 96
"""Chunks that are looked at more closely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A chunk that may answer: its row in the snapshot, and its score, 0 to 1."""

    row: int
    score: float


def fuse(scores: Scores) -> Floats:
    """(rows,) 0 to 1: each ranking divided by its best, then mixed. Rows that are not searched have -1."""
    total = sum(WEIGHTS.values())
    fused = sum(
        (
            np.float32(weight / total) * _share(getattr(scores, name), scores)
            for name, weight in WEIGHTS.items()
        ),
        start=np.zeros_like(scores.lexical),
    )
    return np.where(scores.searched, fused, np.float32(-1))


def _share(values: Floats, scores: Scores) -> Floats:
    best = np.max(values, where=scores.searched, initial=np.float32(1e-9))
    return np.divide(np.maximum(values, 0), best, dtype=np.float32)


def pick(fused: Floats) -> list[Hit]:
    """The best rows, best first; rows of one score in their order."""
    few = min(CANDIDATES, len(fused))
    rows = np.sort(np.argpartition(fused, -few)[-few:])
    ranked = rows[np.argsort(-fused[rows], kind="stable")]
    return [Hit(row=int(row), score=float(fused[row])) for row in ranked if fused[row] > 0]
