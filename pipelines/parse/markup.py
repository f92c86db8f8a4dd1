"""Markdown, MDX and the HTML inside them → Markdown of what a reader sees.

One pass over the source in the order of the page. Code is copied as it is; tags, comments, imports and
exports are dropped and the text inside tags stays. The label of a tab becomes a mark (`labels.py`) of which
`markdown.py` makes a heading.
"""

from __future__ import annotations

import re

from pipelines.parse.components import BLOCK, HIDDEN, SCOPES, is_markup, visible
from pipelines.parse.elements import write_code, write_pre
from pipelines.parse.fences import CodeSpans
from pipelines.parse.labels import Labels
from pipelines.parse.lines import LineStarts
from pipelines.parse.tags import Tag, TagReader, read_string, skip_braces

SPECIAL = re.compile(r"[\\`<{\n]")
HEADING = re.compile(r"h[1-6]")
HEADING_ID = re.compile(r"/\*\s*#([\w-]+)\s*\*/")
NAMED_VALUE = re.compile(r"[\w$.]+")
VOID = frozenset({"br", "hr", "img", "input", "wbr"})
LONGEST_HEADING = 4_000


def clean(text: str, *, mdx: bool) -> tuple[str, bool]:
    """The Markdown that a reader sees, and whether it was MDX: a `.md` file that imports components is, to
    Docusaurus."""
    cleaner = Cleaner(text, mdx=mdx)
    cleaned = cleaner.run()
    return (cleaned, mdx) if mdx or not cleaner.lines.imports else (Cleaner(text, mdx=True).run(), True)


class Cleaner:
    """One pass over one text."""

    def __init__(self, text: str, *, mdx: bool, pictures: bool = True) -> None:
        self.text = text
        self.pictures = pictures
        self.mdx = mdx
        self.position = 0
        self.out: list[str] = []
        self.lines = LineStarts(text, mdx=mdx)
        self.labels = Labels()
        self.spans = CodeSpans(text)
        self.tags = TagReader(text)
        self.details = 0
        self.endless = 0
        self.missing: set[str] = set()

    def run(self) -> str:
        while self.position < len(self.text):
            written, self.position = self.lines.begin(self.position)
            self.out.append(written)
            self._line()
        self.out.append(self.labels.close_all())
        return "".join(self.out)

    def _line(self) -> None:
        """Copies up to and with the line's end; what spans lines ends on a later one."""
        while True:
            found = SPECIAL.search(self.text, self.position)
            self._copy(found.start() if found else len(self.text))
            if found is None:
                return
            if found.group() == "\n":
                self._copy(found.end())
                return
            self._special(found.group())

    def _special(self, mark: str) -> None:
        start = self.position
        if mark == "`":
            self._copy(self.spans.end(start))
        elif mark == "\\":
            # A backslash before a newline is a line break; the newline stays for the next line's start.
            self._copy(start + (1 if self.text.startswith("\n", start + 1) else 2))
        elif mark == "{":
            self._expression()
        elif self.text.startswith("<!--", start):
            end = self._find("-->", start + 4)
            self.position = end if end >= 0 else start + 4
        else:
            self._tag()

    def _copy(self, end: int) -> None:
        self.out.append(self.text[self.position : end])
        self.position = end

    def _find(self, words: str, start: int) -> int:
        """Position behind the next `words`, -1 when there are none; looks in vain only once."""
        if words in self.missing:
            return -1
        end = self.text.find(words, start)
        if end < 0:
            self.missing.add(words)
            return -1
        return end + len(words)

    def _expression(self) -> None:
        """`{…}` of MDX: comments and code go, a string stays as text, a value's name stays as it is."""
        start = self.position
        end = skip_braces(self.text, start) if self.mdx and self.endless < 2 else -1
        if end < 0:
            self.endless += self.mdx
            self._copy(start + 1)
            return
        source = self.text[start + 1 : end - 1].strip()
        literal = read_string(source)
        named = HEADING_ID.fullmatch(source)
        if named:
            self.out.append(f"{{#{named[1]}}}")
        elif literal is not None:
            self.out.append(literal)
        elif source.startswith(("'", '"', "#", ":")) or NAMED_VALUE.fullmatch(source):
            self.out.append(self.text[start:end])
        self.position = end

    def _tag(self) -> None:
        tag = self.tags.read(self.position)
        if tag is None:
            self._copy(self.position + 1)
        elif not is_markup(tag, mdx=self.mdx, details=self.details > 0):
            self._copy(tag.end)
        else:
            self.position = tag.end
            low = tag.name if tag.name[:1].isupper() else tag.name.lower()
            if tag.closing:
                self._close(tag, low)
            elif tag.closed or low in VOID:
                self._void(tag, low)
            else:
                self._open(tag, low)

    def _open(self, tag: Tag, low: str) -> None:
        if low in HIDDEN:
            end = self._find(f"</{tag.name}>", tag.end)
            self.position = end if end >= 0 else tag.end
        elif low in ("pre", "code") or HEADING.fullmatch(low):
            self._whole(tag, low)
        elif tag.name in SCOPES:
            in_list = self.lines.in_list
            self.out.append(self.labels.open(tag, in_list=in_list))
        else:
            self.details += low == "details"
            self.labels.enter(tag)
            self._say(visible(tag), low)

    def _void(self, tag: Tag, low: str) -> None:
        if low in ("br", "hr"):
            self.out.append(" " if low == "br" else "\n\n")
        else:
            words = self.labels.label(tag) if tag.name in SCOPES else visible(tag)
            self._say(words if self.pictures or low != "img" else "", low)

    def _close(self, tag: Tag, low: str) -> None:
        if low == "details":
            self.details = max(self.details - 1, 0)
        marks = self.labels.close(tag.name)
        if marks is not None:
            self.out.append(marks)
            if marks:
                self.lines.leave_lists()
        elif low in BLOCK:
            self.out.append("\n\n" if low == "summary" else " ")

    def _say(self, words: str, low: str) -> None:
        """Writes a tag's own words; a block without any keeps the words beside it apart."""
        before = next((part[-1] for part in reversed(self.out[-8:]) if part), "\n")
        if words:
            after = self.text[self.position : self.position + 1]
            space_before = "" if before.isspace() or before in "([*_\"'" else " "
            space_after = "" if not after or after.isspace() else " "
            self.out.append(f"{space_before}{words}{space_after}")
        elif low in BLOCK and not before.isspace():
            self.out.append(" ")

    def _heading(self, inside: str, *, pictures: bool) -> str:
        """The words of a heading on one line; those for its pictures only where it has no others."""
        return " ".join(Cleaner(inside, mdx=self.mdx, pictures=pictures).run().split())

    def _whole(self, tag: Tag, low: str) -> None:
        """An element that is written otherwise than its text: code, or a heading."""
        end = self._find(f"</{tag.name}>", tag.end)
        inside = self.text[tag.end : end - len(tag.name) - 3] if end >= 0 else ""
        if end < 0 or (low != "pre" and (len(inside) > LONGEST_HEADING or "\n\n" in inside)):
            return
        self.position = end
        if low == "pre":
            self.out.append(write_pre(inside, mdx=self.mdx))
        elif low == "code":
            self.out.append(write_code(inside, mdx=self.mdx))
        else:
            words = self._heading(inside, pictures=False) or self._heading(inside, pictures=True)
            named = tag.said("id")
            self.out.append(f"\n\n{'#' * int(low[1])} {words}{f' {{#{named}}}' if named else ''}\n\n")
