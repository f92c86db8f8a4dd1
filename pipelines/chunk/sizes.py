"""How large a piece may be, in word pieces of the embedding model."""

from __future__ import annotations

from collections.abc import Callable

TARGET = 160
"""Small neighbours are joined up to this size."""
LIMIT = 200
"""No piece is larger, its lead and tail included."""
EMBEDDED = 250
"""With title and headings; the embedding model reads 256, two of them its own marks."""
SMALL = 40
"""A piece this small is joined even beyond the target: it says little alone."""
HEADING = 40
"""The breadcrumb's longest part, and…"""
CONTEXT = 100
"""…its longest sum; what is beyond is cut off."""
CHARACTERS = 12
"""A word piece is taken to stand for no more than this: the model reads a word of 1,000 letters as one
unknown piece, and that must not make it a small one."""


class Sizer:
    """Sizes of texts, and the limit for one section's pieces."""

    def __init__(self, count: Callable[[str], int], limit: int = LIMIT) -> None:
        self._count = count
        self.limit = limit
        self.target = min(TARGET, limit)
        self._between: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        """Word pieces; for a text that is too large whatever it holds, uncounted, more than any limit."""
        least = -(-len(text) // CHARACTERS)
        return least if least > EMBEDDED else max(self._count(text), least)

    def between(self, glue: str) -> int:
        """Of the white space between two pieces: nothing to most models, but some count it."""
        if glue not in self._between:
            self._between[glue] = self(glue)
        return self._between[glue]

    def within(self, title: str, headings: tuple[str, ...]) -> Sizer:
        """The same count, with the limit that a breadcrumb leaves."""
        context = " > ".join(part for part in (title, *headings) if part)
        return Sizer(self._count, min(LIMIT, EMBEDDED - self(context) - self.between("\n")))

    def shorten(self, text: str) -> str:
        """At most HEADING word pieces of a heading; whole words where it has any."""
        text = text[: HEADING * CHARACTERS]
        while text and self(text) > HEADING:
            kept = text[: len(text) * 3 // 4]
            text = kept.rpartition(" ")[0] or kept
        return text

    def shorten_all(self, title: str, headings: tuple[str, ...]) -> tuple[str, ...]:
        """Headings short enough, without the outermost where they are too many beside the title."""
        short = tuple(self.shorten(heading) for heading in headings[-12:])
        while short and self(" > ".join((title, *short))) > CONTEXT:
            short = short[1:]
        return short
