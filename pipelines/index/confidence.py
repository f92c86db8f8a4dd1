"""How likely it is that what was found answers the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.index.passages import Passage
from pipelines.index.rank import Query, Scores
from pipelines.index.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    confidence: float = 0.0
    reason: str = ""


def weigh(snapshot: Snapshot, query: Query, scores: Scores, passages: Sequence[Passage]) -> Evidence:
    return Evidence(confidence=1.0)
