"""The marks `[n]` as models write them: `[1, 2]`, `[1-3]`, `[source 1]`, `【1†lines】`, `[1](address)`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.code import Undecided

_LABELS = (
    "and",
    "citation",
    "doc",
    "document",
    "fuente",
    "passage",
    "quelle",
    "ref",
    "reference",
    "source",
    "und",
)
_OPEN = re.compile(r"(?:\\?\[){1,3}|[【［]")
_CLOSE = re.compile(r"(?:\\?\]){1,3}|[】］]")
_OTHER = re.compile(r"[^\w\s,;&\-–—^#:]")
_LETTERS = re.compile(r"[^\W\d_]+")
_NUMBERS = re.compile(r"\^?\d+(?:\s*[,;&\-–—\s]\s*#?\^?\d+)*")
_RANGE = re.compile(r"(\d+)(?:\s*[-–—]\s*(\d+))?")
_ADDRESS = re.compile(r"[^\n]*[/:.#@][^\n]*")
_MARK_LIMIT = 48
_LINK_LIMIT = 400
_SOURCES = 99
"""No prompt holds more."""


@dataclass(frozen=True, slots=True)
class Mark:
    numbers: tuple[int, ...]
    end: int
    """Where it ends in the text at hand, a link's address included."""
    parted: bool = False
    """A parenthesis follows that would make a link of it."""


def read_mark(rest: str, *, final: bool) -> Mark | Undecided | None:
    """The mark that `rest` begins with; None when it is other text."""
    opening = _OPEN.match(rest)
    if opening is None:
        return "more" if rest == "\\" and not final else None
    closing = _CLOSE.search(rest, opening.end())
    if closing is None:
        possible = len(rest) < _MARK_LIMIT and _may_be_mark(rest[opening.end() :])
        return "more" if possible and not final else None
    depth = opening.group().count("[")
    if closing.group().count("]") < depth and closing.end() == len(rest) and not final:
        return "more"
    numbers = _numbers(rest[opening.end() : closing.start()])
    end = _nth_close(closing, depth)
    if not numbers or end is None:
        return None
    return _read_address(rest, numbers, end, final=final)


def _nth_close(closing: re.Match[str], depth: int) -> int | None:
    """Where the closing brackets end that answer `depth` opening ones; None where there are too few."""
    if not depth:
        return closing.end()
    ends = [match.end() for match in re.finditer(r"\\?\]|[】］]", closing.group())]
    return closing.start() + ends[depth - 1] if len(ends) >= depth else None


def _read_address(rest: str, numbers: tuple[int, ...], end: int, *, final: bool) -> Mark | Undecided | None:
    after = rest[end:]
    if not after:
        return Mark(numbers, end) if final else "more"
    if not after.startswith("("):
        return Mark(numbers, end)
    inside, closed, _ = after[1:].partition(")")
    if closed and len(inside) <= _LINK_LIMIT and "\n" not in inside:
        address = _ADDRESS.fullmatch(inside) is not None
        return (
            Mark(numbers, end + len(inside) + 2) if address or not inside else Mark(numbers, end, parted=True)
        )
    if final or "\n" in inside or len(inside) > _LINK_LIMIT:
        return Mark(numbers, end, parted=True)
    return "more"


def _may_be_mark(content: str) -> bool:
    """Whether more text can make a mark of the inside of an open bracket."""
    content = content.partition("†")[0]
    if _OTHER.search(content.rstrip("\\")) or "\n" in content:
        return False
    labels = _LETTERS.findall(content.casefold())
    if labels and content[-1].isalpha():
        last = labels.pop()
        if not any(f"{label}s".startswith(last) for label in _LABELS):
            return False
    return all(label.removesuffix("s") in _LABELS for label in labels)


def _numbers(content: str) -> tuple[int, ...]:
    """`1`, `1, 2`, `1-3`, `source 1`, `1†lines`: the numbers named; empty when it is not a mark."""
    content = content.partition("†")[0].casefold()
    labels = _LETTERS.findall(content)
    if len(content) > _MARK_LIMIT or any(label.removesuffix("s") not in _LABELS for label in labels):
        return ()
    bare = re.sub(r"(?<=\s)[#:]|^[#:]", " ", _LETTERS.sub(" ", content)).strip()
    if not _NUMBERS.fullmatch(bare):
        return ()
    found: dict[int, None] = {}
    for match in _RANGE.finditer(bare):
        first, last = int(match.group(1)), int(match.group(2) or match.group(1))
        found.update(dict.fromkeys(range(first, last + 1) if first < last <= _SOURCES else (first, last)))
    # A date or a version is no list of sources.
    return () if len(found) > 1 and max(found) > _SOURCES else tuple(found)
