"""Where code begins and ends in Markdown that arrives piece by piece. Pure functions over what is at hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_MARGIN = re.compile(r"[ \t>]*")
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
_ITEMS = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
# A code span ends where its paragraph does: at a blank line, or where a line begins another kind of block.
_PARAGRAPH_END = re.compile(r"\n[ \t]*(?:\n|[-*+#=_|<>]|\d{1,9}[.)]|```|~~~)")
_QUOTED_PARAGRAPH_END = re.compile(r"\n[ \t>]*(?:\n|[-*+#=_|<]|\d{1,9}[.)]|```|~~~)")
_TICKS = re.compile("`+")
_SPAN_LIMIT = 400
"""Characters of a code span that are waited for; longer ones are taken for text with stray backticks."""


@dataclass(frozen=True, slots=True)
class Fence:
    """An open code fence."""

    mark: str
    """Its opening run of backticks or tildes."""

    def closed_by(self, line: str, indent: int) -> bool:
        """Whether a whole line closes it; `indent` is the list item's that it stands in."""
        bare = line.strip(" \t>")
        within = width(line) - indent <= (8 if indent else 3)
        return within and bare.startswith(self.mark) and not bare.strip(self.mark[0])


Undecided = Literal["more"]
"""More text is needed to tell."""


def width(line: str) -> int:
    """Columns before the first visible character, block quote marks not counted."""
    margin = _MARGIN.match(line)
    return len(margin.group().replace(">", "").expandtabs(4)) if margin else 0


def item_indent(line: str, indent: int) -> int:
    """The column at which the text of the line's list item begins, `indent` before it; 0 outside lists."""
    item = _ITEM.match(line)
    if item:
        return len(item.group().expandtabs(4))
    return min(indent, width(line)) if line.strip() else indent


def begins_block(line: str) -> bool:
    """Whether nothing but the marks of quotes and list items stands on the line yet."""
    return _ITEMS.fullmatch(line) is not None


def opens_fence(line: str, rest: str, indent: int, *, final: bool) -> Fence | Undecided | None:
    """Whether `rest`, which begins with a backtick or tilde, opens a fence; `line` stands before it.

    Outside a list, four blanks before it make it no fence.
    """
    run = len(rest) - len(rest.lstrip(rest[0]))
    if run == len(rest) and not final:
        return "more"
    prefix = _ITEMS.fullmatch(line)
    if run < 3 or prefix is None or (not indent and _ITEM.match(line) is None and width(line) > 3):
        return None
    info, newline, _ = rest[run:].partition("\n")
    if rest[0] == "`" and "`" in info:
        return None
    return Fence(rest[:run]) if newline or final else "more"


def span_end(line: str, rest: str, *, final: bool) -> int | Undecided | None:
    """Where the code span that opens `rest` ends; None where its backticks are just backticks.

    `line` stands before it.
    """
    run = len(rest) - len(rest.lstrip("`"))
    end = _QUOTED_PARAGRAPH_END if line.lstrip().startswith(">") else _PARAGRAPH_END
    stop = end.search(rest, run)
    limit = min(stop.start() if stop else len(rest), _SPAN_LIMIT)
    for match in _TICKS.finditer(rest, run):
        if match.start() >= limit:
            break
        if len(match.group()) == run:
            return match.end() if final or match.end() < len(rest) else "more"
    return None if final or stop or len(rest) > _SPAN_LIMIT else "more"
