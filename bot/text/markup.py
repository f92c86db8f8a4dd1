"""Markdown read once for every front: its plain text, the names of sources, tables as aligned text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.core.characters import clean_line, shorten
from bot.core.markdown import escape
from bot.core.models import Citation
from bot.text.links import read_target
from bot.text.rules import clean_marked

_NAME = 120
"""Characters of a source's name."""
_COLUMN = 40
"""Cells are padded up to this width: one long cell must not make every row of its table as long."""
_DELIMITER = re.compile(r" {0,3}\|?(?:[ \t]*:?-+:?[ \t]*\|)*[ \t]*:?-+:?[ \t]*\|?[ \t]*")
_PIPE = re.compile(r"(?<!\\)\|")


def read_markdown(markdown: str) -> SyntaxTreeNode:
    """The tree of a text without control characters; HTML in it is text like any other."""
    return SyntaxTreeNode(_parser().parse(clean_marked(markdown)))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def plain(markdown: str) -> str:
    """What a reader sees of a text, on one line."""
    return clean_line(plain_node(read_markdown(markdown)))


def plain_node(node: SyntaxTreeNode) -> str:
    """The text of a node, its blocks apart from each other."""
    if node.type in ("softbreak", "hardbreak"):
        return " "
    if not node.children:
        return "" if node.type in ("root", "hr", "inline") else node.content
    between = "" if node.type in ("inline", "link", "image", "strong", "em", "s") else "\n"
    return between.join(plain_node(child) for child in node.children)


def plain_cell(node: SyntaxTreeNode) -> str:
    """As `plain_node`, links with their addresses: in a table shown as code nothing can be clicked."""
    links = [
        target
        for link in node.walk()
        if link.type == "link" and (target := read_target(str(link.attrGet("href") or "")))
    ]
    text = clean_line(plain_node(node))
    missing = [target for target in links if target not in text]
    return " ".join([text, *(f"({target})" for target in missing)])


def name_source(citation: Citation) -> str:
    """`Title › Heading › Heading`, or the path; plain text on one line."""
    parts = [clean_line(part) for part in (citation.title, *citation.heading.split(" > "))]
    shown = " › ".join(part for part in dict.fromkeys(parts) if part)
    return shorten(shown or clean_line(citation.path) or "Source", _NAME)


def describe_source(citation: Citation, ages: Mapping[str, str]) -> str:
    """As Markdown: `[Title › Heading](address) `1a2b3c4`, 3 days old`. Not safe for a platform yet.

    `ages`: by commit, how old it is, in words. A local folder's address is no link for anybody else.
    """
    name, target = escape(name_source(citation)), read_target(citation.url)
    path, age = clean_line(citation.path).replace("`", ""), ages.get(citation.commit, "")
    shown = f"[{name}]({target})" if target else f"{name} (`{path}`)" if path else name
    commit = f" `{clean_line(citation.commit)[:7]}`" if citation.commit else ""
    return f"{shown}{commit}{f', {age}' if age else ''}"


def is_delimiter(line: str) -> bool:
    """Whether a line is the one below a table's header."""
    return "-" in line and _DELIMITER.fullmatch(line) is not None


def split_row(line: str) -> list[str]:
    """The cells of a table's row, as Markdown."""
    bare = line.strip().removeprefix("|")
    bare = bare[:-1] if bare.endswith("|") and not bare.endswith("\\|") else bare
    return [cell.strip().replace("\\|", "|") for cell in _PIPE.split(bare)]


def align(rows: Sequence[Sequence[str]]) -> str:
    """Rows of plain cells, the header first, as lines with their columns below each other."""
    if not rows:
        return ""
    columns = len(rows[0])
    cells = [[*row[:columns], *[""] * (columns - len(row))] for row in rows]
    widths = [min(_COLUMN, max(_width(row[column]) for row in cells)) for column in range(columns)]
    rule = ["-" * width for width in widths]
    return "\n".join(_align_row(row, widths) for row in (cells[0], rule, *cells[1:]))


def _align_row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns of a fixed-width font."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
