"""Where a list may be cut: between its items, and inside a large item between its blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipelines.chunk.cutting import TOGETHER
from pipelines.chunk.sizes import Sizer
from pipelines.parse.models import BlockKind

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

KINDS: dict[str, BlockKind] = {"fence": "code", "table": "table"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """An item, or a block of one; `glue + text` of all, joined, is the list."""

    glue: str
    text: str
    kind: BlockKind = "list"


@cache
def reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    disabled = ["inline", "text_join", "html_block", "reference", "code"]
    return MarkdownIt("commonmark").enable("table").disable(disabled)


def split_items(text: str, starts: list[int], size: Sizer) -> Iterator[Segment]:
    """The list's items, each cut into its blocks when it is larger than the limit; `starts` holds the
    position at which each line begins."""
    from markdown_it.tree import SyntaxTreeNode

    root = SyntaxTreeNode(reader().parse(text))
    pending = ""
    for start, end, node in spans(root.children, 0, len(text), starts):
        for first, last, kind in descend(node, start, end, text, starts, size):
            raw = text[first:last]
            body = raw.rstrip()
            if not body:
                pending += raw
                continue
            yield Segment(glue=pending, text=body, kind=kind)
            pending = raw[len(body) :]


def descend(
    node: SyntaxTreeNode, start: int, end: int, text: str, starts: list[int], size: Sizer
) -> Iterator[tuple[int, int, BlockKind]]:
    """Leaves of the tree, none larger than need be: from, to, kind."""
    short = end - start <= TOGETHER or size(text[start:end].rstrip()) <= size.limit
    inner = [child for child in node.children if child.map] if node.type.endswith(("_list", "_item")) else []
    if (short and node.type == "list_item") or not inner:
        yield start, end, KINDS.get(node.type, "list")
        return
    for first, last, child in spans(inner, start, end, starts):
        yield from descend(child, first, last, text, starts, size)


def spans(
    nodes: list[SyntaxTreeNode], start: int, end: int, starts: list[int]
) -> Iterator[tuple[int, int, SyntaxTreeNode]]:
    """Each node with the stretch of text from its beginning to the next one's."""
    known = [node for node in nodes if node.map]
    bounds = [start, *(starts[node.map[0]] for node in known[1:] if node.map), end]
    for index, node in enumerate(known):
        yield bounds[index], bounds[index + 1], node
