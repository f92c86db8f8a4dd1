"""Lists, tables and preformatted text of HTML → Markdown."""

from __future__ import annotations

import re

from bs4 import Tag
from bs4.element import PageElement

from pipelines.parse.inline_html import BLOCKS, inline
from pipelines.parse.models import Block
from pipelines.parse.notebook import fence

LANGUAGE = re.compile(r"(?:language|lang|highlight|highlight-source|brush:?)-?\s*([\w+#]+)")
NO_LANGUAGE = frozenset({"default", "none", "text", "source"})
DEEPEST = 12
"""Levels of lists in lists; what is deeper is written on one line."""


def read_code(node: Tag) -> Block | None:
    """A `<pre>`; its language from a class of it, of the code in it or of what is around it."""
    code = node.get_text().strip("\n").rstrip()
    return fence(code, language_of(node)) if code.strip() else None


def language_of(node: Tag) -> str:
    inside = node.find("code")
    around = [node, inside, node.parent, node.parent.parent if node.parent else None]
    for tag in around:
        classes = (
            " ".join(str(name) for name in tag.get_attribute_list("class") if name)
            if isinstance(tag, Tag)
            else ""
        )
        found = LANGUAGE.search(classes)
        if found and found[1] not in NO_LANGUAGE:
            return found[1]
    return ""


def write_list(node: Tag, depth: int = 0) -> list[str]:
    """The lines of a list, its items' blocks and inner lists indented below their markers."""
    lines: list[str] = []
    start = node.get("start")
    number = int(start) if isinstance(start, str) and start.isdecimal() and len(start) < 9 else 1
    for item in node.find_all("li", recursive=False):
        marker = f"{number}. " if node.name == "ol" else "- "
        number += 1
        body = write_item(item, depth)
        margin = " " * len(marker)
        lines.extend(
            (marker if index == 0 else margin if line else "") + line for index, line in enumerate(body)
        )
    return lines


def write_item(item: Tag, depth: int) -> list[str]:
    if depth > DEEPEST:
        return [inline([item])]
    lines: list[str] = []
    row: list[PageElement] = []
    for child in unwrap(item, depth):
        block = isinstance(child, Tag) and child.name in BLOCKS
        if not block:
            row.append(child)
            continue
        lines += write_row(row)
        row = []
        if isinstance(child, Tag):
            lines += write_block(child, depth, first=not lines)
    lines += write_row(row)
    return lines or [""]


def write_row(row: list[PageElement]) -> list[str]:
    text = inline(row)
    return [text] if text else []


def unwrap(item: Tag, depth: int) -> list[PageElement]:
    """The children, of a wrapping element its own: `<li><div>…</div></li>`."""
    children = list(item.children)
    for _ in range(DEEPEST - min(depth, DEEPEST)):
        seen = [child for child in children if isinstance(child, Tag) or str(child).strip()]
        if len(seen) != 1 or not isinstance(seen[0], Tag) or seen[0].name not in ("div", "section"):
            break
        children = list(seen[0].children)
    return children


def write_block(child: Tag, depth: int, *, first: bool) -> list[str]:
    if child.name in ("ul", "ol"):
        return write_list(child, depth + 1)
    if child.name == "pre" or (child.name == "div" and child.find("pre")):
        code = read_code(child)
        return ([] if first else [""]) + code.text.split("\n") if code else []
    text = inline([child])
    return ([] if first else [""]) + [text] if text else []


def rows_of(table: Tag) -> list[Tag]:
    """Of this table and of none inside it."""
    parts = [table, *table.find_all(["thead", "tbody", "tfoot"], recursive=False)]
    return [row for part in parts for row in part.find_all("tr", recursive=False)]


def write_table(node: Tag) -> list[str]:
    """Rows of cells; the first is the head. Cells that span columns stand in the first of them."""
    rows = [
        [
            inline(list(cell.children)).replace("|", "\\|")
            for cell in row.find_all(["td", "th"], recursive=False)
        ]
        for row in rows_of(node)
    ]
    rows = [row for row in rows if any(row)]
    width = max((len(row) for row in rows), default=0)
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
    if lines:
        lines.insert(1, "|" + " --- |" * width)
    return lines
