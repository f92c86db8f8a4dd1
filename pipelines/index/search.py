"""The read side: a question in, the sections that answer it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.index.confidence import Evidence, weigh
from pipelines.index.embed import Embedder
from pipelines.index.follow import Follower
from pipelines.index.fuse import fuse, pick
from pipelines.index.passages import Passage, gather
from pipelines.index.rank import read_query, score
from pipelines.index.segment import Floats
from pipelines.index.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the index holds on a question."""

    passages: tuple[Passage, ...]
    """Best first, within the token budget."""
    evidence: Evidence
    snapshot: Snapshot
    """The view that was searched: its records say where a passage comes from."""


class Searcher:
    """Searches what a follower shows. Calls block, some milliseconds each; threads may share it."""

    def __init__(self, follower: Follower, embedder: Embedder) -> None:
        self._follower = follower
        self._embedder = embedder

    def search(self, text: str, *, context: str = "", sources: Sequence[str] = (), tokens: int) -> Found:
        """The sections that answer a question, at most `tokens` word pieces of them.

        `context` is what was said before, for a question that only makes sense after it; `sources` restricts
        the search, none means all. Raises EmbeddingError.
        """
        snapshot = self._follower.snapshot
        if not snapshot.count:
            return Found(passages=(), evidence=Evidence(), snapshot=snapshot)
        query = read_query(text, self._embed(text, context), context=context)
        scores = score(snapshot, query, sources=sources)
        fused = fuse(scores)
        hits = pick(fused)
        passages = gather(snapshot, hits, tokens=tokens)
        return Found(passages=passages, evidence=weigh(snapshot, query, scores, passages), snapshot=snapshot)

    def _embed(self, text: str, context: str) -> Floats:
        """The question's vector; with a context, half-way to that of the two together."""
        vectors = self._embedder.embed([text, f"{context}\n{text}"] if context else [text])
        middle: Floats = vectors.sum(axis=0)
        return middle / np.linalg.norm(middle)
