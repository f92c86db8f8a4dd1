"""What a cut should leave whole in a Markdown text: fences and tables, line by line; code and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bot.core import code

_PREFIX = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
_MARK = re.compile(r"`{3,}|~{3,}")
_ROW = re.compile(r"[ \t>]*\|")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]|[ \t]*\*\*[^*\n]+\*\*:?[ \t]*$")
_SPANS = re.compile(
    r"""(?<!`)(?P<ticks>`++)  # code
        (?:[^`\n]|\n(?![ \t]*\n)|(?<!`)(?!(?P=ticks)(?!`))`++){1,400}?(?P=ticks)(?!`)
      | !?\[(?:[^\[\]\n]|\[[^\[\]\n]{0,99}\]){0,400}+\]  # links, marks
        (?:\([^\n()]{0,600}(?:\([^\n()]{0,99}\)[^\n()]{0,99}){0,9}\))?
      | <[^<>\s]{1,400}>""",
    re.VERBOSE,
)
_BEGUN = re.compile(r"!?\[[^\[\]\n]{0,400}(?:\](?:\([^\n()]{0,400})?)?\Z|`[^`\n]{0,400}\Z|<[^<>\s]{0,400}\Z")


@dataclass(frozen=True, slots=True)
class Opening:
    """The line that opened a fence."""

    fence: code.Fence
    prefix: str
    """What stands before the fence on its lines: blanks, quote marks, no list marker."""
    info: str

    @property
    def closing(self) -> str:
        return self.prefix + self.fence.mark


@dataclass(frozen=True, slots=True)
class State:
    """Where a line stands."""

    opening: Opening | None = None
    indent: int = 0
    """Column of the text of the list item that it may belong to."""

    def after(self, line: str, *, longest: int) -> State:
        """The state after a whole line, its line break left out. A fence with more than `longest` characters
        before its info is taken for text."""
        if not line:
            return self
        if self.opening is not None:
            closed = self.opening.fence.closed_by(line, self.indent) and not line.rstrip().endswith(">")
            return replace(self, opening=None) if closed else self
        prefix = _PREFIX.match(line)
        before = prefix.group() if prefix else ""
        rest = line[len(before) :]
        opening = None
        if _MARK.match(rest):
            fence = code.opens_fence(before, f"{rest}\n", self.indent, final=True)
            if isinstance(fence, code.Fence) and len(before) + len(fence.mark) <= longest:
                bare = re.sub(r"[^>\t]", " ", before)
                opening = Opening(fence, bare, rest[len(fence.mark) :])
        return State(opening, code.item_indent(line, self.indent))


@dataclass(frozen=True, slots=True)
class Region:
    """A fence or a table, from its first line to behind its last."""

    start: int
    end: int
    opening: Opening | None
    """None for a table."""


@dataclass(slots=True)
class Layout:
    """What stands where in a text."""

    state: State
    """After the last whole line."""
    regions: list[Region] = field(default_factory=list)
    headings: list[tuple[int, int]] = field(default_factory=list)
    last_line: int = 0
    """Where the last line begins, which may be unfinished."""


def read_layout(text: str, state: State, *, longest: int) -> Layout:
    """The regions of a text whose first line stands in `state`. The last line counts as begun, not whole."""
    layout = Layout(state)
    start = 0
    for line, ended in _lines(text):
        end = start + len(line) + ended
        before = layout.state
        if ended:
            layout.state = before.after(line, longest=longest)
        else:
            layout.last_line = start
        opening = before.opening or layout.state.opening
        if opening is None and not ended:
            opening = _begun(line, before, longest=longest)
        if opening is not None or _ROW.match(line):
            _extend(layout, Region(start, end, opening), continues=before.opening is not None)
        elif _HEADING.match(line):
            layout.headings.append((start, end))
        start = end
    return layout


def _begun(line: str, state: State, *, longest: int) -> Opening | None:
    """The fence that an unfinished line may open."""
    return state.after(line, longest=longest).opening


def _extend(layout: Layout, region: Region, *, continues: bool) -> None:
    last = layout.regions[-1] if layout.regions else None
    same = last is not None and last.end == region.start
    if last is not None and same and (continues or (region.opening is None and last.opening is None)):
        layout.regions[-1] = replace(last, end=region.end)
    else:
        layout.regions.append(region)


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end], True
        start = end + 1
    yield text[start:], False


def read_spans(text: str) -> list[tuple[int, int]]:
    """Where code spans, links and addresses in angle brackets lie; one only begun lies up to the end."""
    spans = [match.span() for match in _SPANS.finditer(text)]
    begun = _BEGUN.search(text, spans[-1][1] if spans else 0)
    return [*spans, begun.span()] if begun else spans
