"""What only the beginning of a line can be: a fence, a statement, a list item, an admonition."""

from __future__ import annotations

import re

from pipelines.parse.components import BLOCK, is_markup
from pipelines.parse.esm import StatementReader
from pipelines.parse.fences import fence_end
from pipelines.parse.tags import TagReader

INDENT = re.compile(r"[ \t]*")
ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
ADMONITION = re.compile(
    r"[ \t]*:{3,}[ \t]*(?P<kind>[\w-]*)[ \t]*(?:\[(?P<label>[^\]\n]*)\])?(?P<title>[^\n]*)"
)
SETTINGS = re.compile(r"\{[^}]*\}")
UNTITLED = frozenset({"code-group", "tabs", "steps", "div"})
"""Kinds of `:::` blocks that show no title of their own."""


class LineStarts:
    """Follows the lines of one text, which must be begun in order."""

    def __init__(self, text: str, *, mdx: bool) -> None:
        self._text = text
        self._mdx = mdx
        self._tags = TagReader(text)
        self._statements = StatementReader(text)
        self._items: list[int] = []
        """Columns at which the text of the open list items begins."""
        self._column = 0
        """At which the outermost of them begins."""
        self._blank = True
        """The line before was blank, or there was none."""
        self._raw = False
        """A block of HTML is open, which ends with a blank line."""
        self.imports = False
        """A statement has been met: the text is MDX."""

    @property
    def in_list(self) -> bool:
        return bool(self._items)

    def leave_lists(self) -> None:
        self._items.clear()

    def begin(self, start: int) -> tuple[str, int]:
        """What is written for the beginning of the line at `start`, and where its text goes on."""
        text = self._text
        start = self._skip_statements(start)
        first = start + len(self._indent(start))
        if first >= len(text) or text[first] == "\n":
            self._blank, self._raw = True, False
            return "", first
        self._follow_lists(start, first)
        end = fence_end(text, start)
        if end >= 0:
            self._blank = self._raw = False
            return self._cut(start, first, end), end
        after_blank, self._blank = self._blank, False
        if not self._mdx and after_blank and self._is_code(start, first):
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            # The next line goes on with the code, unless it is indented less.
            self._blank = True
            return text[start:end], end
        if text.startswith(":::", first):
            return self._admonition(start)
        return "", first if self._is_raw(first) else start + min(first - start, self._margin(first - start))

    def _margin(self, indent: int) -> int:
        """Columns that mean nothing to the reader: in MDX all, but those to which a list gives a meaning."""
        if not self._mdx:
            return 0
        return self._column if self._items else indent

    def _cut(self, start: int, first: int, end: int) -> str:
        """A fence without the margin of its first line."""
        margin = self._margin(first - start)
        if not margin:
            return self._text[start:end]
        lines = self._text[start:end].split("\n")
        return "\n".join(line[min(margin, len(line) - len(line.lstrip(" \t"))) :] for line in lines)

    def _skip_statements(self, start: int) -> int:
        while self._blank and self._text.startswith(("import", "export"), start):
            after = self._statements.skip(start)
            if after < 0:
                break
            self.imports = True
            start = after
        return start

    def _indent(self, start: int) -> str:
        found = INDENT.match(self._text, start)
        return found.group() if found else ""

    def _follow_lists(self, start: int, first: int) -> None:
        while self._items and first - start < self._items[-1]:
            self._items.pop()
        item = ITEM.match(self._text, start)
        if item:
            if not self._items:
                self._column = first - start
            self._items.append(item.end() - start)

    def _is_code(self, start: int, first: int) -> bool:
        """Indented code, in which a tag is a word."""
        return not self._items and not self._raw and len(self._text[start:first].expandtabs(4)) >= 4

    def _is_raw(self, first: int) -> bool:
        """In Markdown, the lines of an HTML block lose their indentation, which would make them code."""
        if self._mdx or self._items:
            return False
        if not self._raw and self._text[first] == "<":
            tag = self._tags.read(first)
            self._raw = bool(tag and (tag.name.lower() in BLOCK or is_markup(tag, mdx=False, details=True)))
        return self._raw

    def _admonition(self, start: int) -> tuple[str, int]:
        """`:::note Title` → its title, or its kind, as a paragraph; `:::` → a blank line."""
        found = ADMONITION.match(self._text, start)
        if found is None:
            return "", start
        kind = found["kind"]
        title = found["label"] or SETTINGS.sub("", found["title"]).strip()
        words = title or ("" if kind in UNTITLED else kind.capitalize())
        return f"\n\n{self._indent(start)}**{words}**\n\n" if words else "\n\n", found.end()
