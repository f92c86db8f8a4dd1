"""Markdown, MDX and the HTML inside them → Markdown of what a reader sees.

One pass over the source in the order of the page. Code is copied as it is; tags, comments, imports and
exports are dropped and the text inside tags stays. The label of a tab becomes a line that begins with OPEN,
the tab's end a line CLOSE: `markdown.py` makes headings of them.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from pipelines.parse.components import BLOCK, HIDDEN, INLINE, SCOPES, is_markup, visible
from pipelines.parse.esm import skip_statement
from pipelines.parse.fences import CodeSpans, fence_end
from pipelines.parse.tags import Tag, read_labels, read_string, read_tag, skip_braces

OPEN, CLOSE = "\ufdd0", "\ufdd1"
"""Code points that are no characters; decoding drops them from every file."""

SPECIAL = re.compile(r"[\\`<{\n]")
INDENT = re.compile(r"[ \t]*")
ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
ADMONITION = re.compile(
    r"[ \t]*:{3,}[ \t]*(?P<kind>[\w-]*)[ \t]*(?:\[(?P<label>[^\]\n]*)\])?(?P<title>[^\n]*)"
)
HEADING_ID = re.compile(r"/\*\s*#([\w-]+)\s*\*/")
DEEPEST = 6
"""Tabs in tabs beyond this open no heading: the breadcrumb would be longer than the text."""


@dataclass(slots=True)
class Frame:
    """An open component that has labels for its children, or that stands for a heading itself."""

    name: str
    labels: list[str] = field(default_factory=list)
    next: int = 0
    scope: bool = False


class Cleaner:
    """One pass over one text."""

    def __init__(self, text: str, *, mdx: bool) -> None:
        self.text = text
        self.mdx = mdx
        self.position = 0
        self.out: list[str] = []
        self.spans = CodeSpans(text)
        self.frames: list[Frame] = []
        self.depth = 0
        self.details = 0
        self.items: list[int] = []
        self.blank = True
        self.raw = False
        self.esm = False
        self.patience = len(text) + 20_000
        self.missing: set[str] = set()

    def run(self) -> str:
        size = len(self.text)
        while self.position < size:
            self._line_start()
            self._line()
        while self.depth:
            self._pop_to(next(i for i in reversed(range(len(self.frames))) if self.frames[i].scope))
        return "".join(self.out)

    # Lines

    def _line_start(self) -> None:
        """What only the beginning of a line can be; leaves `position` where the line's text goes on."""
        text = self.text
        while self.blank and text.startswith(("import", "export"), self.position):
            after = skip_statement(text, self.position)
            if after < 0:
                break
            self.esm = True
            self.position = after
        start = self.position
        after = fence_end(text, start)
        if after >= 0:
            self.out.append(text[start:after])
            self.position = after
            self.blank = self.raw = False
            return
        indent = INDENT.match(text, start)
        first = indent.end() if indent else start
        if first >= len(text) or text[first] == "\n":
            self.blank, self.raw = True, False
            self.position = first
            return
        self._follow_lists(start, first)
        if self.mdx or not self._indented_code(start, first):
            self._html_line(first)
            self._admonition()
        self.blank = False

    def _follow_lists(self, start: int, first: int) -> None:
        """Keeps the columns at which the text of the open list items begins."""
        column = first - start
        while self.items and column < self.items[-1]:
            self.items.pop()
        item = ITEM.match(self.text, start)
        if item:
            self.items.append(item.end() - start)

    def _indented_code(self, start: int, first: int) -> bool:
        indent = self.text[start:first].expandtabs(4)
        if self.items or self.raw or not self.blank or len(indent) < 4:
            return False
        end = self._line_end(start)
        self.out.append(self.text[start:end])
        self.position = end
        return True

    def _html_line(self, first: int) -> None:
        """In Markdown, the lines of an HTML block lose their indentation, which would make them code."""
        if self.mdx or self.items:
            return
        if not self.raw and self.text[first] == "<":
            tag = read_tag(self.text, first)
            self.raw = bool(tag and (tag.name.lower() in BLOCK or is_markup(tag, mdx=False, details=True)))
        if self.raw:
            self.position = first

    def _admonition(self) -> None:
        """`:::note Title` → its title, or its kind, as a line of its own; `:::` → a blank line."""
        if not self.text.startswith(":::", self.position + len(self._indent_here())):
            return
        found = ADMONITION.match(self.text, self.position)
        if not found:
            return
        title = found["label"] or re.sub(r"\{[^}]*\}", "", found["title"]).strip()
        kind = found["kind"]
        words = title or ("" if kind in ("code-group", "tabs", "steps") else kind.capitalize())
        self.out.append(f"\n\n{self._indent_here()}**{words}**\n\n" if words else "\n\n")
        self.position = found.end()

    def _indent_here(self) -> str:
        found = INDENT.match(self.text, self.position)
        return found.group() if found else ""

    def _line_end(self, position: int) -> int:
        end = self.text.find("\n", position)
        return len(self.text) if end < 0 else end

    def _line(self) -> None:
        """Copies up to and with the line's end; what spans lines ends on a later one."""
        while True:
            found = SPECIAL.search(self.text, self.position)
            if not found:
                self.out.append(self.text[self.position :])
                self.position = len(self.text)
                return
            self.out.append(self.text[self.position : found.start()])
            self.position = found.start()
            mark = found.group()
            if mark == "\n":
                self.out.append("\n")
                self.position += 1
                return
            self._special(mark)

    def _special(self, mark: str) -> None:
        start = self.position
        if mark == "`":
            end, _ = self.spans.end(start)
            self._copy(end)
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

    # Expressions

    def _expression(self) -> None:
        start = self.position
        end = -1
        if self.mdx and self.patience > 0:
            end = skip_braces(self.text, start)
            if end < 0:
                self.patience -= len(self.text) - start
        if end < 0:
            self._copy(start + 1)
            return
        source = self.text[start + 1 : end - 1].strip()
        literal = read_string(source)
        named = HEADING_ID.fullmatch(source)
        if named:
            self.out.append(f"{{#{named[1]}}}")
        elif literal is not None:
            self.out.append(literal)
        elif source.startswith(("'", '"', "#")) or re.fullmatch(r"[\w$.]+", source):
            # Not code, or a value whose name is all that is known of it: `{version}`.
            self.out.append(self.text[start:end])
        self.position = end

    # Tags

    def _tag(self) -> None:
        start = self.position
        tag = read_tag(self.text, start) if self.patience > 0 else None
        if tag is None:
            self.patience -= 100
            self._copy(start + 1)
        elif not is_markup(tag, mdx=self.mdx, details=self.details > 0):
            self._copy(tag.end)
        else:
            self.position = tag.end
            if tag.closing:
                self._close(tag)
            else:
                self._open(tag)

    def _open(self, tag: Tag) -> None:
        name = tag.name
        low = name if name[:1].isupper() else name.lower()
        if tag.closed or low in ("br", "img", "hr", "input", "wbr"):
            self._void(tag, low)
        elif low in HIDDEN:
            end = self._find(f"</{name}>", tag.end)
            self.position = end if end >= 0 else tag.end
        elif low in ("pre", "code") or re.fullmatch(r"h[1-6]", low):
            self._whole(tag, low)
        elif name in SCOPES:
            self._open_scope(tag)
        else:
            self.details += low == "details"
            labels = tag.attributes.get("items")
            if labels and labels.code:
                self.frames.append(Frame(name, read_labels(labels.text)))
            self._say(visible(tag), low)

    def _void(self, tag: Tag, low: str) -> None:
        if low == "br":
            self.out.append(" ")
        elif low == "hr":
            self.out.append("\n\n")
        elif tag.name in SCOPES:
            self._say(self._label(tag), low)
        else:
            self._say(visible(tag), low)

    def _close(self, tag: Tag) -> None:
        low = tag.name.lower()
        if low == "details":
            self.details = max(self.details - 1, 0)
        for index in range(len(self.frames) - 1, max(len(self.frames) - 20, -1), -1):
            if self.frames[index].name == tag.name:
                self._pop_to(index)
                return
        if low == "summary":
            self.out.append("\n\n")
        elif low in BLOCK:
            self.out.append(" ")

    def _pop_to(self, index: int) -> None:
        for frame in reversed(self.frames[index:]):
            if frame.scope:
                self.depth -= 1
                self.out.append(f"\n\n{CLOSE}\n\n")
                self.items.clear()
        del self.frames[index:]

    def _say(self, words: str, low: str) -> None:
        """Writes a tag's own words; where a block ends without any, keeps the words beside it apart."""
        before = self.out[-1] if self.out else ""
        if words:
            glued = before and not before[-1].isspace() and before[-1] not in "([*_\"'"
            after = self.text[self.position : self.position + 1]
            self.out.append((" " if glued else "") + words + (" " if after and not after.isspace() else ""))
        elif low in BLOCK and low not in INLINE and before and not before[-1].isspace():
            self.out.append(" ")

    # Labels

    def _label(self, tag: Tag) -> str:
        """The label of a tab: its own, else the one that the component around it has for its place."""
        around = next((frame for frame in reversed(self.frames[-20:]) if frame.labels), None)
        listed = ""
        if around and self.frames[-1] is around:
            listed = around.labels[around.next] if around.next < len(around.labels) else ""
            around.next += 1
        own = tag.said(*SCOPES[tag.name])
        # `value` is a key, no words, where the component around has labels.
        return listed if listed and not tag.said("title", "label") else own

    def _open_scope(self, tag: Tag) -> None:
        label = self._label(tag)
        scope = bool(label) and not self.items and self.depth < DEEPEST
        if scope:
            self.depth += 1
            self.out.append(f"\n\n{OPEN}{label}\n\n")
        elif label:
            self.out.append(f"**{label}**\n\n")
        self.frames.append(Frame(tag.name, scope=scope))

    # Elements that are taken with what is inside them

    def _whole(self, tag: Tag, low: str) -> None:
        end = self._find(f"</{tag.name}>", tag.end)
        if end < 0 or (low != "pre" and "\n\n" in self.text[tag.end : end]):
            return
        inside = self.text[tag.end : end - len(tag.name) - 3]
        self.position = end
        if low == "pre":
            code = strip_tags(inside, mdx=self.mdx).strip("\n")
            fence = "```" if "```" not in code else "~~~~~~"
            self.out.append(f"\n\n{fence}\n{code}\n{fence}\n\n")
        elif low == "code":
            code = " ".join(strip_tags(inside, mdx=self.mdx).split())
            fence = "`" if "`" not in code else "``"
            self.out.append(f"{fence}{code}{fence}" if fence == "`" else f"`` {code} ``")
        else:
            words = " ".join(Cleaner(inside, mdx=self.mdx).run().split()) if len(inside) < 4000 else inside
            named = tag.said("id")
            self.out.append(f"\n\n{'#' * int(low[1])} {words}{f' {{#{named}}}' if named else ''}\n\n")


def strip_tags(inside: str, *, mdx: bool) -> str:
    """The text of an element: tags dropped, entities read, a string in braces taken for what it says."""
    literal = read_string(inside.strip()[1:-1]) if mdx and inside.strip().startswith("{") else None
    if literal is not None:
        return literal
    parts: list[str] = []
    position = 0
    while (found := inside.find("<", position)) >= 0:
        tag = read_tag(inside, found)
        seen = tag is None or not is_markup(tag, mdx=mdx, details=False)
        end = found + 1 if tag is None else tag.end
        parts.append(inside[position:found])
        if seen:
            parts.append(inside[found:end])
        elif tag and tag.name == "br":
            parts.append("\n")
        position = end
    parts.append(inside[position:])
    return html.unescape("".join(parts))


def clean(text: str, *, mdx: bool) -> str:
    """The Markdown that a reader sees. A `.md` file that imports components is MDX, as for Docusaurus."""
    cleaner = Cleaner(text, mdx=mdx)
    cleaned = cleaner.run()
    return cleaned if mdx or not cleaner.esm else Cleaner(text, mdx=True).run()
