"""Cuts an answer's Markdown into messages that each stand alone, in one go or while it is being written.

A part is cut once it is full, by what stands in it alone, so a stream and the whole text give the same parts.
A fence that is cut is closed, and opened again in the next part. The closing line that is added ends with one
blank, or with two where the line break before it is added too: so `join` knows it from one that was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.text.cutting import cut_fence, cut_prose, cut_rows, keep_heading
from bot.text.layout import Opening, State, read_layout

LEAST = 40
"""The smallest limit: a fence that is closed and opened again must leave room for its text."""

_ADDED = re.compile(r"(?:^|(?<=\n))[ \t>]*(?:`{3,}|~{3,})(?P<blanks> +)\Z")


def units(text: str) -> int:
    """Length in UTF-16 code units.

    Discord's server counts code points, its clients code units, and Slack does not say what a character is.
    There are never fewer code units than code points: what fits by them fits by either count.
    """
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


Measure = Callable[[str], int]
"""A text's length; that of two texts joined is the sum of theirs."""


def split(markdown: str, limit: int, *, measure: Measure = units) -> tuple[str, ...]:
    """Parts of at most `limit` each; none for an empty text. A part is blank where that much text is.

    Raises ValueError for a limit below LEAST.
    """
    splitter = Splitter(limit, measure=measure)
    parts = splitter.feed(markdown)
    return (*parts, splitter.rest) if splitter.rest else tuple(parts)


def join(parts: Sequence[str]) -> str:
    """The text that was split, to the letter."""
    text = []
    reopened = False
    for number, part in enumerate(parts):
        body = part.partition("\n")[2] if reopened else part
        added = _ADDED.search(body)
        blanks = len(added["blanks"]) if added else 0
        reopened = added is not None and blanks <= 2
        if added and reopened:
            body = body[: added.start() - (blanks - 1)]
        elif added and number == len(parts) - 1:
            body = body[:-2]
        text.append(body)
    return "".join(text)


class Splitter:
    """Splits a text that is still being written."""

    def __init__(self, limit: int, *, measure: Measure = units) -> None:
        """`limit`: of a part, as `measure` counts; at least LEAST."""
        if limit < LEAST:
            raise ValueError(f"a part has room for {LEAST} characters at least, not {limit}")
        margin = max(16, min(40, limit // 16))  # for the line that closes a fence
        self.shown = 0
        """Characters of `rest` that can no longer be taken back: no cut is made before them. For a message
        that can only grow; the parts may then differ from those of the whole text. A finished part begins
        with what was shown of it, and the next part has shown nothing."""
        self._measure = measure
        self._room = limit - margin
        self._longest = margin - 3
        self._state = State()
        self._reopened = ""
        self._body = ""
        self._size = 0

    @property
    def rest(self) -> str:
        """The part that is being written, its open fence closed: what `split` would end with here."""
        layout = read_layout(self._body, self._state, longest=self._longest)
        end = layout.state.after(self._body[layout.last_line :], longest=self._longest)
        if end.opening is not None:
            return self._reopened + _close(self._body, end.opening)
        kept_apart = "  " if _ADDED.search(self._body) else ""
        return f"{self._reopened}{self._body}{kept_apart}"

    def feed(self, delta: str) -> list[str]:
        """The parts that this finishes."""
        parts = []
        for start in range(0, len(delta), self._room):
            piece = delta[start : start + self._room]
            self._body += piece
            self._size += self._measure(piece)
            while self._size > self._room:
                parts.append(self._cut())
        return parts

    def _cut(self) -> str:
        window = self._window()
        place = self._place(window)
        body, self._body = self._body[:place], self._body[place:]
        layout = read_layout(body, self._state, longest=self._longest)
        line = body[layout.last_line :]
        state = layout.state.after(line, longest=self._longest) if line else layout.state
        part = self._reopened + (_close(body, state.opening) if state.opening else body)
        self._state = state
        self._reopened = self._reopen(state.opening)
        self._size = self._measure(self._reopened) + self._measure(self._body)
        self.shown = 0
        return part

    def _reopen(self, opening: Opening | None) -> str:
        if opening is None:
            return ""
        line = f"{opening.closing}{opening.info}\n"
        return line if self._measure(line) <= self._room // 4 else f"{opening.closing}\n"

    def _window(self) -> int:
        """How many characters of the body fit into the part."""
        room = self._room - self._measure(self._reopened)
        if self._body[:room].isascii():
            return room
        low, high = 1, room
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._measure(self._body[:middle]) <= room else (low, middle - 1)
        return low

    def _place(self, window: int) -> int:
        """Where to cut the body: behind its first character at least, and before the window's end."""
        text = self._body[: window + 1]
        least = max(1, min(window, self.shown - len(self._reopened)))
        layout = read_layout(text, self._state, longest=self._longest)
        region = layout.regions[-1] if layout.regions else None
        if region is None or region.end < len(text):
            place = cut_prose(text, layout, least)
        elif region.start >= least:
            return keep_heading(text, region.start, layout, least)
        elif region.opening is not None:
            place = cut_fence(text, region, least, opened_before=self._state.opening is not None)
        else:
            place = cut_rows(text, region, least) or cut_prose(text, layout, least)
        written = _ADDED.search(text[:place])
        return max(1, written.start("blanks")) if written else place


def _close(body: str, opening: Opening) -> str:
    """An open fence closed behind a body, told apart from one that was written."""
    return f"{body}{opening.closing} " if body.endswith("\n") else f"{body}\n{opening.closing}  "
