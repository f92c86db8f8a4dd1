"""Markdown and MDX → the document's sections.

markdown-it finds the blocks; their text is cut from the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipelines.parse.frontmatter import split_front_matter
from pipelines.parse.labels import CLOSE, OPEN
from pipelines.parse.markup import clean
from pipelines.parse.mkdocs import flatten
from pipelines.parse.models import Block, BlockKind, Document
from pipelines.parse.outline import HEADING_CHARACTERS, Closed, Event, Headline, Opened, build_document
from pipelines.parse.plain import paragraphs

MOST_LINES = 60_000
"""A file of more lines is a list of data and no page; it is read as plain text, which costs no tokens."""

OWN_ID = re.compile(r"[ \t]*\{:?[ \t]*#([\w.:-]+)[^{}\n]*\}[ \t]*#*[ \t]*$")
LANGUAGE = re.compile(r"\s*(?:\{\s*\.)?([^\s{},:=]+)(?![^\s{},:])")
"""```` ```js {1}````, or MkDocs' ```` ``` { .js .copy }````."""
BLANK_LINES = re.compile(r"\n{3,}")
KINDS: dict[str, BlockKind] = {
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
}


@cache
def reader(*, mdx: bool) -> MarkdownIt:
    """Blocks only: inline markup stays as it is written. MDX has no indented code."""
    markdown = MarkdownIt("commonmark").enable("table")
    return markdown.disable(["inline", "text_join", "html_block", "reference", *(["code"] if mdx else [])])


@cache
def inline_reader() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("strikethrough")


@cache
def definition_reader() -> MarkdownIt:
    """Leaves nothing of a paragraph that defines addresses of links."""
    return MarkdownIt("commonmark").disable(["inline"])


def parse_markdown(path: str, text: str, *, mdx: bool = False) -> Document:
    front, body = split_front_matter(text)
    return build_document(path, read_events(body, mdx=mdx), title=front.title, description=front.description)


def read_events(text: str, *, mdx: bool = False) -> Iterator[Event]:
    """The headings, tabs and blocks of Markdown without front matter, in order."""
    if text.count("\n") > MOST_LINES:
        yield from paragraphs(text)
        return
    source, mdx = clean(text if mdx else flatten(text), mdx=mdx)
    lines = source.split("\n")
    tokens = reader(mdx=mdx).parse(source)
    for index, token in enumerate(tokens):
        if token.map is None or token.nesting < 0:
            continue
        if token.type == "heading_open":
            content = tokens[index + 1].content
            yield from read_heading(content, level=int(token.tag[1]), quiet=token.level > 0)
        elif token.level == 0:
            yield from without_marks(read_block(token, lines))


def without_marks(events: Iterator[Event]) -> Iterator[Event]:
    """Where dropped tags leave a fence that never closes, it swallows the marks of tabs behind it."""
    for event in events:
        if isinstance(event, Block) and (OPEN in event.text or CLOSE in event.text):
            text = event.text.replace(OPEN, "").replace(CLOSE, "").strip("\n")
            if text.strip():
                yield replace(event, text=text)
        else:
            yield event


def read_heading(content: str, *, level: int, quiet: bool) -> Iterator[Event]:
    anchor = ""
    own = OWN_ID.search(content[-200:])
    if own:
        anchor, content = own[1], content[: len(content) - len(own.group())]
    if len(content) > HEADING_CHARACTERS:
        if not quiet:
            yield Block(kind="prose", text=content.strip())
        return
    text = plain(content)
    if text:
        yield Headline(level=level, text=text, anchor=anchor, quiet=quiet)


def plain(markdown: str) -> str:
    """The words of inline Markdown, markup removed; those for pictures only where there are no others."""
    tokens = [token for block in inline_reader().parseInline(markdown) for token in block.children or []]
    words = "".join(
        " " if token.type.endswith("break") else token.content for token in tokens if token.type != "image"
    )
    words = words if words.strip() else " ".join(token.content for token in tokens)
    return " ".join(words.split())


def read_block(token: Token, lines: list[str]) -> Iterator[Event]:
    first, last = token.map or [0, 0]
    source = lines[first:last]
    while source and not source[-1].strip():
        source.pop()
    if not source or token.type in ("hr", "inline"):
        return
    if token.type == "fence":
        yield read_fence(token, source)
    elif token.type == "code_block":
        fence = "```" if "```" not in token.content else "~~~~~~"
        yield Block(kind="code", text=f"{fence}\n{token.content.rstrip()}\n{fence}")
    elif token.type == "paragraph_open":
        yield from read_paragraph(source)
    elif token.type == "table_open":
        yield Block(kind="table", text="\n".join(line.strip() for line in source))
    else:
        yield Block(kind=KINDS.get(token.type, "prose"), text=dedent(source))


def read_fence(token: Token, source: list[str]) -> Block:
    """The fence as written, at the left margin; one that never closes is closed."""
    indent = len(source[0]) - len(source[0].lstrip())
    text = [line[min(indent, len(line) - len(line.lstrip())) :] for line in source]
    if len(text) < 2 or text[-1].strip(" \t") != token.markup[0] * max(
        len(text[-1].strip()), len(token.markup)
    ):
        text.append(token.markup)
    named = LANGUAGE.match(token.info)
    return Block(kind="code", text="\n".join(text), language=named[1] if named else "")


def read_paragraph(source: list[str]) -> Iterator[Event]:
    first = source[0].strip()
    if first.startswith(OPEN):
        yield Opened(label=plain(first[len(OPEN) :][:HEADING_CHARACTERS]))
    elif first.startswith(CLOSE):
        yield Closed()
    else:
        text = "\n".join(line.strip() for line in source if line.strip())
        if text and not is_definition(text):
            yield Block(kind="prose", text=text)


def is_definition(text: str) -> bool:
    """`[label]: address` lines, of which no reader sees a word. Footnotes are seen."""
    if not text.startswith("[") or "[^" in text or len(text) > 20_000:
        return False
    return not definition_reader().parse(text)


def dedent(source: list[str]) -> str:
    """The lines without the indentation that they share."""
    indents = [len(line) - len(line.lstrip()) for line in source if line.strip()]
    shared = min(indents, default=0)
    text = "\n".join(line[shared:].rstrip() for line in source)
    # Where tags were dropped, blank lines are left in heaps; in a fence they mean something.
    return text if "```" in text or "~~~" in text else BLANK_LINES.sub("\n\n", text)
