"""Where to cut a text that is one character too long for a part: each function looks for one kind of place.

`text` is what fits and the character behind it; a place is the length of what stays, `least` or more of it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left

from bot.text.layout import Layout, Region, read_spans

_PLACES = (
    re.compile(r"\n(?:[ \t]*\n)+"),  # blank lines
    re.compile(r"\n"),  # lines, items of lists
    re.compile(r"(?:(?<!\d)\.|[!?…])[\"'”’)\]*_]*[ \t\n]+|[。！？]"),  # sentences, but not "1. item"
    re.compile(r"[ \t\n]+"),  # words
)
_CLUSTER = 16
"""Characters that are looked through for the beginning of one that a reader sees as one."""


def cut_prose(text: str, layout: Layout, least: int) -> int:
    """Between paragraphs, else lines, sentences, words; a part is filled to a third at least if it can be."""
    window = len(text) - 1
    spans = sorted([*read_spans(text), *((region.start, region.end) for region in layout.regions)])
    third = max(least, window // 3)
    fallback = 0
    for pattern in _PLACES:
        ends = (match.end() for match in pattern.finditer(text))
        free = [end for end in ends if least <= end <= window and _within(spans, end) is None]
        if free and free[-1] >= third:
            return keep_heading(text, free[-1], layout, least)
        fallback = max([fallback, *free[-1:]])
    span = _within(spans, window)
    if span is None:
        return _cut_cluster(text, window, least)
    return max(fallback, span[0] if span[0] >= least else 0) or _cut_cluster(text, window, least)


def _within(spans: list[tuple[int, int]], place: int) -> tuple[int, int] | None:
    """The span that a cut at the place would go through."""
    index = bisect_left(spans, (place, 0)) - 1
    for span in spans[max(0, index - 1) : index + 1]:
        if span[0] < place < span[1]:
            return span
    return None


def _cut_cluster(text: str, place: int, least: int) -> int:
    """Not between a letter and its accents, or the members of an emoji."""
    for candidate in range(place, max(least, place - _CLUSTER) - 1, -1):
        after, before = text[candidate], text[candidate - 1]
        joined = unicodedata.combining(after) or after in "\u200d\ufe0e\ufe0f" or before == "\u200d"
        if not joined and not 0x1F3FB <= ord(after) <= 0x1F3FF:
            return candidate
    return place


def keep_heading(text: str, place: int, layout: Layout, least: int) -> int:
    """The place, or the one before a heading that would be left alone at the part's end."""
    for start, end in reversed(layout.headings):
        if end <= place and start >= least and not text[end:place].strip():
            place = start
    return place


def cut_fence(text: str, region: Region, least: int, *, opened_before: bool) -> int:
    """Behind a line of code, so that the next part has code too; inside of a line that is too long."""
    window = len(text) - 1
    first = region.start
    if not (opened_before and first == 0):
        first = text.find("\n", first) + 1  # no part ends with the line that opens a fence
        if not first:
            return window
    mark = region.opening.fence.mark[0] if region.opening else ""
    place = text.rfind("\n", 0, window) + 1
    while place > first and not text[place:].strip(f" \t>{mark}\n"):
        place = text.rfind("\n", 0, place - 1) + 1
    return place if place > first and place >= least else _cut_cluster(text, window, least)


def cut_rows(text: str, region: Region, least: int) -> int:
    """Behind a row of a table, but not behind its header; 0 where there is no such row."""
    header = text.find("\n", text.find("\n", region.start) + 1) + 1
    place = text.rfind("\n", 0, len(text) - 1) + 1
    return place if place >= least and place > header > region.start else 0
