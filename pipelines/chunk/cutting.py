"""Text → parts at its natural boundaries, coarse ones first. No letter is lost: `glue + text` of the parts,
joined, is the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pipelines.chunk.packing import Piece
from pipelines.chunk.sizes import CHARACTERS, Sizer

BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
LINES = re.compile(r"\n+")
SENTENCES = re.compile(r"(?<=[.!?:;…])\s+|(?<=[。！？；])\s*")
WORDS = re.compile(r"\s+")

PROSE = (SENTENCES, WORDS)
CODE = (BLANK_LINES, LINES, WORDS)
ROWS = (LINES, WORDS)

Patterns = Sequence[re.Pattern[str]]
"""Boundaries, coarse ones first."""
Part = tuple[str, str]
"""Glue and text."""
TOGETHER = 240
"""Characters; neighbours that are shorter together are measured as one, so that a file of tiny lines is not
measured letter by letter."""


def separate(text: str, pattern: re.Pattern[str]) -> Iterator[Part]:
    """The parts between the pattern's matches, which become glue."""
    glue, start = "", 0
    for found in pattern.finditer(text):
        if found.start() == start or found.end() == len(text):
            continue
        yield glue, text[start : found.start()]
        glue, start = found.group(), found.end()
    yield glue, text[start:]


def gather(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Runs of neighbours that are short together."""
    run: list[Part] = []
    length = 0
    for part in parts:
        more = len(part[0]) + len(part[1])
        if run and length + more > TOGETHER:
            yield run
            run, length = [], 0
        run.append(part)
        length += more
    if run:
        yield run


def shred(glue: str, text: str, size: Sizer, limit: int, patterns: Patterns) -> Iterator[Piece]:
    """Pieces of at most `limit` word pieces, cut by the first pattern that is fine enough, else by
    letters."""
    measured = size(text)
    if measured <= limit:
        yield Piece(glue=glue, text=text, size=measured)
    elif not patterns:
        yield from slice_letters(glue, text, size, limit)
    else:
        for run in gather(separate(text, patterns[0])):
            first = (glue + run[0][0], run[0][1])
            glue = ""
            yield from shred_run([first, *run[1:]], size, limit, patterns[1:])


def shred_run(run: list[Part], size: Sizer, limit: int, patterns: Patterns) -> Iterator[Piece]:
    glue, text = merge(run)
    measured = size(text)
    if measured <= limit:
        yield Piece(glue=glue, text=text, size=measured)
    elif len(run) == 1:
        yield from shred(glue, text, size, limit, patterns)
    else:
        middle = len(run) // 2
        yield from shred_run(run[:middle], size, limit, patterns)
        yield from shred_run(run[middle:], size, limit, patterns)


def merge(run: list[Part]) -> Part:
    """A run as one part."""
    return run[0][0], run[0][1] + "".join(glue + text for glue, text in run[1:])


def slice_letters(glue: str, text: str, size: Sizer, limit: int) -> Iterator[Piece]:
    """A word that is too long: even slices, halved until they fit."""
    step = max(limit * CHARACTERS // 2, 1)
    while step > 1 and size(text[:step]) > limit:
        step //= 2
    for start in range(0, len(text), step):
        part = text[start : start + step]
        measured = size(part)
        if measured > limit and len(part) > 1:
            yield from slice_letters(glue, part, size, limit)
        else:
            yield Piece(glue=glue, text=part, size=measured)
        glue = ""
