"""Scores every visible chunk for a question: by its words (BM25) and by its meaning (the vectors)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from pipelines.index.lexical import Word, number, words
from pipelines.index.segment import Floats, Mask, Segment
from pipelines.index.snapshot import Snapshot

K1, B = 2.0, 0.6
"""Of BM25 (Robertson and Zaragoza 2009): the upper end of their range for K1; less than their 0.75 for B, as
chunks are of like length."""
_PART = 0.5  # weight of an identifier's part beside the whole
_CONTEXT = 0.4  # weight of the words of the turn before
_LARGE = 30_000  # rows from which a second thread is worth its start


@dataclass(frozen=True, kw_only=True)
class Query:
    """A question as the index sees it."""

    words: tuple[Word, ...]
    """Its words that are no stop words."""
    vector: Floats
    """(dimensions,)."""
    context: tuple[Word, ...] = ()
    """Words of the turn before, for a follow-up question."""

    @cached_property
    def weights(self) -> Mapping[int, float]:
        """How much each term counts, by hash."""
        weights: dict[int, float] = {}
        for share, group in ((_CONTEXT, self.context), (1.0, self.words)):
            for word in group:
                for term, weight in ((word.whole, share), *((part, share * _PART) for part in word.parts)):
                    key = number(term)
                    weights[key] = max(weights.get(key, 0.0), weight)
        return weights


def read_query(text: str, vector: Floats, *, context: str = "") -> Query:
    """A question's words and meaning."""
    return Query(words=words(text), vector=vector, context=words(context))


@dataclass(frozen=True, kw_only=True, eq=False)
class Scores:
    """Scores of all rows of a snapshot's segments, in one line."""

    lexical: Floats
    """(rows,) BM25, 0 where no word of the question stands."""
    heading: Floats
    """(rows,) weight of the question's terms that stand in title, headings or path."""
    dense: Floats
    """(rows,) cosine, -1 to 1."""
    page: Floats
    """(rows,) cosine of the whole page's mean vector."""
    searched: Mask
    """(rows,) whether the row is visible and of a source that is asked for."""
    idf: Mapping[int, float]
    """Of the question's terms, by hash; a term that the corpus lacks has the largest."""


def score(snapshot: Snapshot, query: Query, *, sources: Sequence[str] = ()) -> Scores:
    """Scores every chunk of a snapshot that is not empty."""
    idf = frequencies(snapshot, query.weights)
    words = [_match(snapshot, segment, query.weights, idf) for segment in snapshot.segments]
    searched = np.concatenate(snapshot.alive)
    if sources:
        wanted = np.array([number(source) for source in sources], dtype=np.uint64)
        searched &= np.isin(np.concatenate([segment.origins for segment in snapshot.segments]), wanted)
    return Scores(
        lexical=np.concatenate([lexical for lexical, _ in words]),
        heading=np.concatenate([heading for _, heading in words]),
        dense=np.concatenate([_dense(segment.vectors, query.vector) for segment in snapshot.segments]),
        page=np.concatenate([(part.centres @ query.vector)[part.pages] for part in snapshot.segments]),
        searched=searched,
        idf=idf,
    )


def frequencies(snapshot: Snapshot, terms: Mapping[int, float]) -> dict[int, float]:
    """Inverse document frequency of each term; of one that occurs nowhere too, which is the largest."""
    total = max(snapshot.count, 1)
    return {term: float(np.log1p((total - n + 0.5) / (n + 0.5))) for term, n in _documents(snapshot, terms)}


def _documents(snapshot: Snapshot, terms: Mapping[int, float]) -> Iterator[tuple[int, int]]:
    """How many visible chunks hold each term: what a file held before it was changed does not count."""
    parts = list(zip(snapshot.segments, snapshot.alive, snapshot.whole, strict=True))
    for term in terms:
        found = 0
        for segment, mask, whole in parts:
            rows = segment.postings.rows[segment.postings.of(term)]
            found += len(rows) if whole else int(np.count_nonzero(mask[rows]))
        yield term, found


def _match(
    snapshot: Snapshot, segment: Segment, weights: Mapping[int, float], idf: Mapping[int, float]
) -> tuple[Floats, Floats]:
    """BM25 of each row, and the weight of the terms in its headings."""
    lexical, heading = np.zeros(len(segment), np.float32), np.zeros(len(segment), np.float32)
    lists = segment.postings
    mean = np.float32(snapshot.average_length)
    for term, weight in weights.items():
        where = lists.of(term)
        rows = lists.rows[where]
        if len(rows):
            counts = lists.counts[where].astype(np.float32)
            gain = np.float32(weight * idf[term])
            # A piece below the mean counts as that long: a lone line is no better for being alone.
            lengths = np.maximum(segment.lengths[rows], mean)
            norm = np.float32(K1 * (1 - B)) + np.float32(K1 * B / mean) * lengths
            # A term's rows are distinct, so that adding by index loses nothing.
            lexical[rows] += gain * np.float32(K1 + 1) * counts / (counts + norm)
            heading[rows] += gain * lists.headed[where]
    return lexical, heading


def _dense(vectors: Floats, query: Floats) -> Floats:
    """Cosine of each row. Large parts are cut in two by hand, for a second thread.

    Not by BLAS's own threads: they wait by spinning, so that a product of 0.2 ms takes 10 when another
    process has the second processor. The program turns them off.
    """
    if len(vectors) < _LARGE:
        return vectors @ query
    scores = np.empty(len(vectors), np.float32)
    middle = len(vectors) // 2
    rest = _helper().submit(np.dot, vectors[middle:], query, scores[middle:])
    np.dot(vectors[:middle], query, scores[:middle])
    rest.result()
    return scores


@cache
def _helper() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="rank")
