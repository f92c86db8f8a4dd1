"""HTML → the document's sections, their blocks written as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement, PreformattedString

from pipelines.parse.elements import strip_tags
from pipelines.parse.html_blocks import read_code, write_list, write_table
from pipelines.parse.html_tree import Tree
from pipelines.parse.inline_html import BLOCKS, inline, one_line
from pipelines.parse.models import Block, BlockKind, Document
from pipelines.parse.outline import HEADING_CHARACTERS, Event, Headline, build_document
from pipelines.parse.plain import paragraphs

UNSEEN = [
    "title",
    "script",
    "style",
    "nav",
    "header",
    "footer",
    "template",
    "svg",
    "noscript",
    "iframe",
    "button",
]
PERMALINKS = "a.headerlink, a.anchor, a.hash-link, a.heading-anchor, a.header-anchor, a.anchor-link"
LINE_NUMBERS = "td.linenos, td.gutter, .linenodiv, span.lineno, span.linenos"
HEADING = re.compile(r"h[1-6]")
MOST_TAGS = 40_000
"""A page of more tags is read as its bare text: a tree of them takes seconds and hundreds of megabytes."""
DEEPEST = 60
"""Levels of blocks in blocks; what is deeper is one paragraph."""


def parse_html(path: str, text: str) -> Document:
    """The page's main part; without one, its body."""
    if text.count("<") > MOST_TAGS:
        return build_document(path, paragraphs(strip_tags(text, mdx=False)))
    soup = Tree(text, "html.parser")
    title, description = read_head(soup)
    main = find_main(soup)
    if main.find("h1"):
        # The page's own heading: the browser's title has the site's name in it.
        title = ""
    return build_document(path, read_nodes(list(main.children), 0), title=title, description=description)


def find_main(soup: BeautifulSoup) -> Tag:
    """The part that the page is read for, without menus, scripts, line numbers and links of headings to
    themselves."""
    main = soup.find("main") or soup.find(role="main") or soup.find("article") or soup.body or soup
    unseen = [tag for tag in main.find_all(UNSEEN) if tag.name != "header" or not tag.find(HEADING)]
    for tag in [*unseen, *main.select(f"{PERMALINKS}, {LINE_NUMBERS}")]:
        if not tag.decomposed:
            tag.decompose()
    return main


def read_head(soup: BeautifulSoup) -> tuple[str, str]:
    """Title and description of the page's head."""
    described = soup.find("meta", attrs={"name": "description"})
    title = soup.title.get_text() if soup.title else ""
    return one_line(title), one_line(described.get("content")) if described else ""


def read_nodes(nodes: list[PageElement], depth: int) -> Iterator[Event]:
    """Blocks become events, and what stands between them paragraphs."""
    row: list[PageElement] = []
    for node in nodes:
        if isinstance(node, Tag) and (node.name in BLOCKS or node.find(list(BLOCKS))):
            yield from write("prose", inline(row))
            row = []
            yield from read_tag(node, depth)
        elif not isinstance(node, PreformattedString):
            row.append(node)
    yield from write("prose", inline(row))


def write(kind: BlockKind, text: str) -> Iterator[Block]:
    if text.strip():
        yield Block(kind=kind, text=text)


def read_tag(node: Tag, depth: int) -> Iterator[Event]:
    """The events of one block; a block of unknown kind is what is inside it."""
    name = node.name
    code = read_code(node) if name == "pre" else None
    if HEADING.fullmatch(name):
        yield from read_heading(node)
    elif name == "pre":
        yield from [code] if code else []
    elif name in ("ul", "ol"):
        yield from write("list", "\n".join(write_list(node)))
    elif name == "table" and not node.find("pre"):
        yield from write("table", "\n".join(write_table(node)))
    elif name == "dt":
        yield from write("prose", f"**{inline(list(node.children))}**")
    elif depth >= DEEPEST:
        yield from write("prose", inline([NavigableString(node.get_text(" "))]))
    elif name == "blockquote":
        inner = (
            event.text for event in read_nodes(list(node.children), depth + 1) if isinstance(event, Block)
        )
        lines = "\n\n".join(inner).split("\n")
        yield from write("prose", "\n".join(f"> {line}".rstrip() for line in lines) if any(lines) else "")
    else:
        yield from read_nodes(list(node.children), depth + 1)


def read_heading(node: Tag) -> Iterator[Event]:
    text = " ".join(node.get_text().replace("¶", "").split())
    if len(text) > HEADING_CHARACTERS:
        yield Block(kind="prose", text=text)
    elif text:
        yield Headline(level=int(node.name[1]), text=text, anchor=find_id(node))


def find_id(node: Tag) -> str:
    """The heading's own id, that of something in it, or that of the section which it begins (Sphinx)."""
    inside = node.find(id=True)
    around = node.parent if node.parent and node.parent.name in ("section", "div") else None
    first = around.find(HEADING) is node if around else False
    for tag in (node, inside, around if first else None):
        found = one_line(tag.get("id")) if tag else ""
        if found:
            return found
    return ""
