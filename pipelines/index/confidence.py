"""How likely it is that what was found answers the question.

Without a language model this decides whether the bot quotes or abstains. Similarity of vectors hardly tells:
a question on the right subject that the documentation does not answer is as near to it as one that it
answers. Words tell more: the share of the question's rare words that the whole corpus lacks, and the share
that the best passage holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.index.lexical import Word, number, terms
from pipelines.index.passages import Passage
from pipelines.index.rank import Query, Scores
from pipelines.index.snapshot import Snapshot

# Of a logistic regression on 83 answerable and 17 other questions of two sets of documentation, and on each
# set's questions asked of the other. The constant makes one half the point where nine in ten answerable
# questions of the harder set are answered; six to seven in ten of the others are refused there.
_UNKNOWN, _COVERED, _NEAR, _LENGTH, _CONSTANT = -1.6, 8.7, 4.3, 1.3, -7.5
_TALK = 0.1  # weight of a word of conversation beside one of the subject
_PASSAGES = 5  # that may hold the answer
_NAMED = 3  # words that a reason names


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    confidence: float = 0.0
    """0 to 1; one half is the border between answering and abstaining."""
    reason: str = ""
    """Why it is below one half, one sentence for a person."""


@dataclass(frozen=True, slots=True)
class _Weighed:
    word: Word
    weight: float
    known: bool
    """Whether the corpus has it."""


def weigh(snapshot: Snapshot, query: Query, scores: Scores, passages: Sequence[Passage]) -> Evidence:
    """Judges the passages that were found for a question."""
    if not query.words:
        return Evidence(reason="The question has no words that could be looked up.")
    if not passages:
        return Evidence(reason="The documentation holds nothing on this.")
    words = [_weigh_word(snapshot, scores, word) for word in query.words]
    total = sum(item.weight for item in words)
    unknown = sum(item.weight for item in words if not item.known) / total
    covered = max(_covered(words, passage) for passage in passages[:_PASSAGES]) / total
    near = float(np.max(scores.dense, where=scores.searched, initial=-1.0))
    z = _CONSTANT + _UNKNOWN * unknown + _COVERED * covered + _NEAR * near + _LENGTH * math.log1p(len(words))
    confidence = 1 / (1 + math.exp(-z))
    return Evidence(confidence=confidence, reason="" if confidence >= 0.5 else _reason(words, passages))


def _weigh_word(snapshot: Snapshot, scores: Scores, word: Word) -> _Weighed:
    """A word weighs its rarity; an identifier that the corpus has only in parts, that of the parts."""
    lacking = float(np.log1p((snapshot.count + 0.5) / 0.5)) - 1e-6
    rarity = scores.idf[number(word.whole)]
    parts = [scores.idf[number(part)] for part in word.parts]
    if rarity >= lacking and parts and max(parts) < lacking:
        rarity = max(parts)
    return _Weighed(word, rarity * (_TALK if word.talk else 1.0), rarity < lacking)


def _covered(words: Sequence[_Weighed], passage: Passage) -> float:
    first = passage.first
    held = frozenset(terms(f"{passage.text} {first.context} {first.path}"))
    return sum(item.weight for item in words if _holds(held, item.word))


def _holds(held: frozenset[str], word: Word) -> bool:
    return word.whole in held or bool(word.parts and held.issuperset(word.parts))


def _reason(words: Sequence[_Weighed], passages: Sequence[Passage]) -> str:
    subject = sorted((item for item in words if not item.word.talk), key=lambda item: -item.weight)
    lacking = [item.word.surface for item in subject if not item.known][:_NAMED]
    if lacking:
        return f"The documentation does not mention {_listed(lacking)}."
    first = passages[0].first
    held = frozenset(terms(f"{passages[0].text} {first.context} {first.path}"))
    missed = [item.word.surface for item in subject if not _holds(held, item.word)][:_NAMED]
    if missed:
        return f"No page says anything on {_listed(missed)} in this connection."
    return "No page answers this."


def _listed(surfaces: Sequence[str]) -> str:
    quoted = [f"“{surface[:60]}”" for surface in surfaces]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
