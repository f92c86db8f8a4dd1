"""Inline HTML → inline Markdown."""

from __future__ import annotations

from bs4 import Tag
from bs4.element import NavigableString, PageElement, PreformattedString

MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*"}
CODE = frozenset({"code", "tt", "kbd", "samp"})
BLOCKS = frozenset(
    [
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "dd",
            "details",
            "div",
            "dl",
            "dt",
            "fieldset",
        ),
        *(
            "figcaption",
            "figure",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "html",
            "li",
            "main",
            "ol",
            "p",
        ),
        *("pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    ]
)
DEEPEST = 40
"""Levels of marks in marks; what is deeper is plain text."""


def inline(nodes: list[PageElement], depth: int = 0) -> str:
    """Markdown of a row of inline nodes, on one line."""
    return " ".join("".join(write(node, depth) for node in nodes).split())


def write(node: PageElement, depth: int) -> str:
    """One node; the white space at its ends is kept, it parts words."""
    if isinstance(node, NavigableString):
        return "" if isinstance(node, PreformattedString) else str(node)
    if not isinstance(node, Tag):
        return ""
    if node.name == "br":
        return " "
    if node.name == "img":
        return one_line(node.get("alt"))
    if depth > DEEPEST:
        return node.get_text(" ")
    if node.name in CODE:
        return code(node.get_text())
    inside = "".join(write(child, depth + 1) for child in node.children)
    if node.name == "a":
        return link(node, inside)
    if node.name in MARKS:
        return surround(inside, MARKS[node.name])
    return f" {inside} " if node.name in BLOCKS else inside


def link(node: Tag, inside: str) -> str:
    address = one_line(node.get("href"))
    words = inside.strip()
    if not words or not address or " " in address or address.startswith(("javascript:", "data:")):
        return inside
    return inside.replace(words, f"[{words}]({address})", 1)


def surround(inside: str, mark: str) -> str:
    words = inside.strip()
    return inside.replace(words, f"{mark}{words}{mark}", 1) if words else inside


def code(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        return ""
    return f"`{words}`" if "`" not in words else f"`` {words} ``"


def one_line(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
