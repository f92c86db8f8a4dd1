"""Where code stands in Markdown source, so that nothing in it is taken for a tag."""

from __future__ import annotations

import re
from bisect import bisect_right

FENCE = re.compile(r"(?P<prefix>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(?P<run>`{3,}|~{3,})(?P<info>[^\n]*)")
RUN = re.compile(r"`+")
BLANK = re.compile(r"\n[ \t>]*(?=\n|$)")


def fence_end(text: str, start: int) -> int:
    """Position behind the fence whose opening line begins at `start`, its line's end not included; -1 where
    none begins. A fence that never closes ends with the text, or with the quotation that it stands in."""
    found = FENCE.match(text, start)
    if not found or (found["run"][0] == "`" and "`" in found["info"]):
        return -1
    mark, least = found["run"][0], len(found["run"])
    quoted = ">" in found["prefix"]
    position = found.end()
    while position < len(text):
        end = text.find("\n", position + 1)
        end = len(text) if end < 0 else end
        line = text[position + 1 : end]
        if quoted and not line.lstrip().startswith(">"):
            return position
        bare = line.strip(" \t>") if quoted else line.strip()
        position = end
        if len(bare) >= least and bare == mark * len(bare):
            return position
    return len(text)


class CodeSpans:
    """Finds the ends of inline code; linear in the text, however many backticks never close."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._runs: dict[int, list[int]] = {}
        for found in RUN.finditer(text):
            self._runs.setdefault(len(found.group()), []).append(found.start())
        self._paragraph = (0, -1)

    def end(self, start: int) -> int:
        """Position behind the inline code, or behind the lone run of backticks, that begins at `start`."""
        found = RUN.match(self._text, start)
        if not found:
            return start + 1
        length = len(found.group())
        starts = self._runs.get(length, [])
        after = bisect_right(starts, start)
        if after < len(starts) and starts[after] < self._paragraph_end(start):
            return starts[after] + length
        return found.end()

    def _paragraph_end(self, position: int) -> int:
        first, last = self._paragraph
        if not first <= position < last:
            found = BLANK.search(self._text, position)
            self._paragraph = (position, found.start() if found else len(self._text) + 1)
        return self._paragraph[1]
