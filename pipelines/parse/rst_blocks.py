"""docutils' tree → headings and blocks of Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes

from pipelines.parse.models import Block, BlockKind
from pipelines.parse.notebook import fence
from pipelines.parse.outline import HEADING_CHARACTERS, Closed, Event, Headline, Opened
from pipelines.parse.rst_inline import Inliner

UNSEEN = (
    nodes.comment,
    nodes.target,
    nodes.substitution_definition,
    nodes.pending,
    nodes.raw,
    nodes.title,
    nodes.decoration,
    nodes.meta,
    nodes.label,
)
VERBATIM = (nodes.literal_block, nodes.doctest_block, nodes.math_block)
QUOTED = (nodes.line_block, nodes.block_quote, nodes.footnote, nodes.citation)
LISTS = (
    nodes.bullet_list,
    nodes.enumerated_list,
    nodes.definition_list,
    nodes.field_list,
    nodes.option_list,
)
NAMES = (nodes.term, nodes.classifier, nodes.field_name, nodes.option_group)
ERROR = 3
"""docutils' level from which on a message holds text that stands nowhere else in the tree."""


def read_nodes(document: nodes.document) -> Iterator[Event]:
    yield from Reader(Inliner(document)).read(document, 0)


class Reader:
    def __init__(self, inliner: Inliner) -> None:
        self._inline = inliner

    def read(self, parent: nodes.Element, depth: int) -> Iterator[Event]:
        """The events of an element's children, `depth` sections deep."""
        for node in parent.children:
            if isinstance(node, nodes.section):
                yield from self._section(node, depth + 1)
            elif isinstance(node, nodes.container) and node.get("label"):
                yield Opened(label=str(node["label"]))
                yield from self.read(node, depth)
                yield Closed()
            elif isinstance(node, nodes.field_list) and parent.parent is None and is_settings(node):
                continue
            else:
                yield from self._block(node)

    def _section(self, node: nodes.section, depth: int) -> Iterator[Event]:
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        words = " ".join(self._inline.plain(title).split()) if title else ""
        if len(words) > HEADING_CHARACTERS:
            yield Block(kind="prose", text=words)
        elif words:
            ids = [str(name) for name in node["ids"]]
            yield Headline(level=min(depth, 6), text=words, anchor=ids[0] if ids else "")
        yield from self.read(node, depth)

    def _block(self, node: nodes.Node) -> Iterator[Block]:
        if isinstance(node, UNSEEN) or not isinstance(node, nodes.Element):
            return
        if isinstance(node, nodes.TextElement) and not isinstance(node, VERBATIM):
            yield from write("prose", " ".join(self._inline.markdown(node).split()))
        elif isinstance(node, LISTS):
            yield from write("list", "\n".join(self.lines(node)))
        elif isinstance(node, nodes.table):
            yield from self._table(node)
        elif isinstance(node, QUOTED):
            yield from self._quoted(node)
        elif isinstance(node, (*VERBATIM, nodes.image, nodes.system_message)):
            yield from verbatim(node)
        else:
            yield from self._titled(node)

    def _quoted(self, node: nodes.Element) -> Iterator[Block]:
        if isinstance(node, nodes.line_block):
            yield from write("prose", "\n".join(self._line_block(node)))
        elif isinstance(node, nodes.block_quote):
            yield from write("prose", quote(self._inner(node)))
        else:
            label = next((child.astext() for child in node.children if isinstance(child, nodes.label)), "")
            text = "\n\n".join(block.text for block in self._inner(node))
            yield from write("prose", f"[{label}] {text}" if label else text)

    def _titled(self, node: nodes.Element) -> Iterator[Block]:
        """A figure, a topic, a legend: its title and what is in it."""
        for child in node.children:
            if isinstance(child, nodes.title):
                yield from write("prose", f"**{child.astext()}**")
            else:
                yield from self._block(child)

    def _inner(self, node: nodes.Element) -> list[Block]:
        return [block for child in node.children for block in self._block(child)]

    def _line_block(self, node: nodes.line_block) -> list[str]:
        lines: list[str] = []
        for child in node.children:
            lines += (
                self._line_block(child)
                if isinstance(child, nodes.line_block)
                else [self._inline.markdown(child)]
            )
        return lines

    def lines(self, node: nodes.Element) -> list[str]:
        """The lines of a list of any kind, its items' blocks indented below their markers."""
        found: list[str] = []
        number = int(node.get("start", 1)) if isinstance(node, nodes.enumerated_list) else 0
        for item in node.children:
            marker = f"{number}. " if number else "- "
            number += 1 if number else 0
            if isinstance(item, nodes.Element):
                found += self._item(item, marker)
        return found

    def _item(self, item: nodes.Element, marker: str) -> list[str]:
        head, blocks = self._parts(item)
        if head and blocks and blocks[0].kind == "prose" and "\n" not in blocks[0].text:
            blocks[0] = Block(kind="prose", text=f"**{head}**: {blocks[0].text}")
        elif head:
            blocks.insert(0, Block(kind="prose", text=f"**{head}**"))
        margin = " " * len(marker)
        lines = separate(blocks)
        return [(marker if index == 0 else margin if line else "") + line for index, line in enumerate(lines)]

    def _parts(self, item: nodes.Element) -> tuple[str, list[Block]]:
        """What an item names (a term, a field, an option) and what it says of it."""
        named = [child for child in item.children if isinstance(child, NAMES)]
        options = [option for group in named for option in group.findall(nodes.option)]
        head = ", ".join(
            " ".join(self._inline.markdown(child).split()).replace("**", "") for child in options or named
        )
        blocks: list[Block] = []
        for child in item.children:
            if child in named:
                continue
            inside = isinstance(child, nodes.definition | nodes.field_body | nodes.description)
            blocks += (
                self._inner(child) if inside and isinstance(child, nodes.Element) else self._block(child)
            )
        return head, blocks

    def _table(self, node: nodes.table) -> Iterator[Block]:
        for heading in node.findall(nodes.title):
            yield from write("prose", f"**{heading.astext()}**")
        rows = [
            [self._cell(entry) for entry in row.children if isinstance(entry, nodes.entry)]
            for row in node.findall(nodes.row)
        ]
        width = max((len(row) for row in rows), default=0)
        lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
        if lines:
            lines.insert(1, "|" + " --- |" * width)
        yield from write("table", "\n".join(lines))

    def _cell(self, entry: nodes.entry) -> str:
        texts = [
            f"`{block.text}`".replace("```", "") if block.kind == "code" else block.text
            for block in self._inner(entry)
        ]
        return " ".join(" ".join(texts).split()).replace("|", "\\|")


def separate(blocks: list[Block]) -> list[str]:
    """The lines of one item's blocks, blank lines between them but before an inner list."""
    lines: list[str] = []
    for index, block in enumerate(blocks):
        if index and block.kind != "list":
            lines.append("")
        lines += block.text.split("\n")
    return lines or [""]


def quote(blocks: list[Block]) -> str:
    lines = "\n\n".join(block.text for block in blocks).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines) if blocks else ""


def verbatim(node: nodes.Element) -> Iterator[Block]:
    """Code, formulas, the words for a picture, and what docutils could not read."""
    if isinstance(node, nodes.image):
        yield from write("prose", str(node.get("alt") or ""))
    elif isinstance(node, nodes.math_block):
        yield fence(node.astext(), "math")
    elif not isinstance(node, nodes.system_message):
        yield code(node)
    elif int(node.get("level", 0)) >= ERROR:
        yield from (code(child) for child in node.children if isinstance(child, nodes.literal_block))


def code(node: nodes.Element) -> Block:
    """A literal block; prompts of Python's shell say its language."""
    classes: list[str] = node.get("classes", [])
    names = [name for name in classes if name not in ("code", "highlight")]
    language = str(node.get("language") or (names[0] if names else ""))
    if not language and isinstance(node, nodes.doctest_block):
        language = "pycon"
    return fence(node.astext().strip("\n").rstrip(), language)


def write(kind: BlockKind, text: str) -> Iterator[Block]:
    if text.strip():
        yield Block(kind=kind, text=text.strip("\n").rstrip())


def is_settings(node: nodes.field_list) -> bool:
    """`:orphan:`, `:tocdepth: 2` at the head of a page, for Sphinx and not for its reader."""
    return all(len(field.astext().split()) <= 2 for field in node.children)
