"""reStructuredText → the document's sections, their blocks written as Markdown.

docutils reads it; `rst_dialect.py` makes it patient with what Sphinx adds, and `rst_blocks.py` writes the
tree that comes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.parse.models import Document
from pipelines.parse.outline import Event, Headline, build_document
from pipelines.parse.plain import paragraphs

LARGEST = 300_000
"""Characters; docutils reads about as many a second. A larger file is read as paragraphs under headings."""
MOST_LINES = 10_000
LONGEST_LINE = 9_000
"""docutils refuses lines over 10,000 characters."""
ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*")
BROKEN = (RecursionError, UnboundLocalError)
"""What docutils is known to raise, on deep nesting and on a figure of nothing but a comment; such a page is
read as paragraphs under headings."""


def parse_rst(path: str, text: str) -> Document:
    lines = text.split("\n")
    if len(text) > LARGEST or len(lines) > MOST_LINES or max(map(len, lines)) > LONGEST_LINE:
        return build_document(path, read_plainly(text))
    from pipelines.parse.rst_blocks import read_nodes
    from pipelines.parse.rst_dialect import read_tree

    try:
        events = list(read_nodes(read_tree(text)))
    except BROKEN:
        events = list(read_plainly(text))
    return build_document(path, events)


def read_plainly(text: str) -> Iterator[Event]:
    """Paragraphs as they are written, and headings by the lines below them."""
    levels: list[str] = []
    for block in paragraphs(text):
        lines = block.text.split("\n")
        if len(lines) > 2 and lines[0] == lines[2] and ADORNMENT.fullmatch(lines[0]):
            lines = lines[1:]
        if len(lines) < 2 or not ADORNMENT.fullmatch(lines[1]) or len(lines[1]) < len(lines[0].strip()):
            yield block
            continue
        mark = lines[1][0]
        if mark not in levels:
            levels.append(mark)
        yield Headline(level=min(levels.index(mark) + 1, 6), text=lines[0].strip()[:400])
        rest = "\n".join(lines[2:])
        yield from paragraphs(rest)
