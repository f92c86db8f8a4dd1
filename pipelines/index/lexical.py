"""Text to terms: the words, identifiers and parts of identifiers that the lexical index knows.

A term is kept as the first 8 bytes of its BLAKE2b hash: segments need no common vocabulary then, and merge by
comparing numbers. (Two of a million terms share a hash with a probability of 3e-8.)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import Stemmer

TERMS_VERSION = "3"
"""Changes when the same text gives other terms: segments of another version are made anew."""

# Snowball's English list, and the words of a question itself.
_STOP = """
    a about above after again against all am an and any are aren't as at be because been before being
    below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't
    down during each few for from further had has have having he her here hers him his how i i'm i've if
    in into is isn't it it's its itself just let let's me more most my myself no nor of off on once only
    or other our ours out over own same she should so some such than that that's the their theirs them
    then there these they this those through to too under until up very was wasn't we were what what's
    when where which while who whom why will with won't would you your yours yourself s t d ll re ve m
    im ive dont doesnt cant isnt please thanks thank hi hello hey anyone anybody someone somebody
    something anything way possible
"""
STOP_WORDS = frozenset(_STOP.split())

_TALK = """
want wants need needs try trying tried get gets getting got make makes making made sure know help seem
seems keep keeps look looks think find tell say says see mean means like liked likely work works working
worked wrong issue issues problem problems question prefer really actually still already always never ever
also even much many lot lots little bit thing things stuff guess wonder wondering instead every whole
right good best better simple simply easy easily able allow allows supposed going go goes come comes put
give gives given take takes happen happens happening use using used uses let lets kind sort one two new
old first last another else yet maybe probably basically currently couple since whether though however
correct correctly proper properly people guys way ways around back away own end ends day
"""

# A run of letters and digits, or several joined by the signs that join identifiers, paths and versions.
_TOKEN = re.compile(r"[^\W_]+(?:[_.:/@'’-]+[^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_RUN = re.compile(r"\d+|[^\W\d_]+")
# Scripts written without blanks: Han, kana, Thai, Lao, Khmer, Myanmar.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")

_LONGEST = 64  # characters: longer ones are hashes and base64, found by nobody
_stem = Stemmer.Stemmer("english").stemWord
TALK = frozenset(map(_stem, _TALK.split()))
"""Stems of the words of conversation: documentation lacks them, and that says nothing."""


def terms(text: str) -> Iterator[str]:
    """All terms of a text, in order and with repeats: whole identifiers, their parts, stems of words."""
    for token in _TOKEN.findall(text):
        yield from _expand(token)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question that is no stop word."""

    surface: str
    """As it was written."""
    whole: str
    parts: tuple[str, ...]
    """The terms of an identifier's parts; empty for a plain word."""

    @property
    def talk(self) -> bool:
        """Whether it belongs to the way of asking rather than to what is asked: want, try, problem."""
        return self.whole in TALK


def words(text: str) -> tuple[Word, ...]:
    """The words of a question, each once, in order."""
    found: dict[str, Word] = {}
    for token in _TOKEN.findall(text):
        if expanded := _expand(token):
            found.setdefault(expanded[0], Word(token, expanded[0], expanded[1:]))
    return tuple(found.values())


@lru_cache(maxsize=200_000)
def number(term: str) -> int:
    """The term's 64-bit hash."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def count_terms(body: str, context: str) -> tuple[Counter[int], frozenset[int]]:
    """Hashes of a piece's terms with their counts, and those that stand in its headings, which count once."""
    headed = frozenset(map(number, terms(context)))
    counts = Counter(map(number, terms(body)))
    counts.update(headed)
    return counts, headed


@lru_cache(maxsize=200_000)
def _expand(token: str) -> tuple[str, ...]:
    if len(token) > _LONGEST:
        return tuple(_unique(_parts(token))) if len(token) < 4 * _LONGEST else ()
    lowered = token.lower().replace("’", "'")
    if lowered in STOP_WORDS:
        return ()
    if lowered.isascii() and lowered.isalpha() and (token.islower() or token.istitle()):
        return (_stem(lowered),)
    if unspaced := _UNSPACED.findall(lowered):
        return tuple(_unique(pair for run in unspaced for pair in _pairs(run)))
    possessive = lowered.removesuffix("'s")
    if possessive.isalpha():
        whole = _stem(possessive)
        return tuple(_unique([whole, *_parts(token.removesuffix("'s").removesuffix("’s"))]))
    return tuple(_unique([lowered, *_parts(token)]))


def _parts(token: str) -> Iterator[str]:
    for part in _PART.findall(token):
        # Which letters are capitals, a regular expression knows of ASCII only.
        pieces = (_CAMEL if part.isascii() else _RUN).findall(part)
        if len(pieces) > 1:
            yield _stem(part.lower())
        for piece in pieces or [part]:
            lowered = piece.lower()
            if len(lowered) <= _LONGEST and lowered not in STOP_WORDS:
                yield _stem(lowered)


def _pairs(run: str) -> Iterable[str]:
    """Neighbouring characters of a script without blanks, the usual stand-in for its words."""
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]


def _unique(items: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(items)
