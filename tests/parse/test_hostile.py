"""Files that were made to hurt: much of one thing must neither crash the reader nor hold it for long."""

from __future__ import annotations

import time

import pytest

from pipelines.chunk import LIMIT, chunk
from pipelines.errors import DocumentError
from pipelines.parse import parse
from tests.chunk.counting import count

SIZE = 200_000
MIB = 1_048_576
PATIENCE = 60.0
"""Seconds; far less than any of these takes where the work grows with the square of the size."""


def fill(part: str, size: int = SIZE) -> str:
    return part * (size // len(part.encode()))


MARKDOWN = {
    "brackets": fill("["),
    "quotations": fill(">"),
    "quoted lines": fill("> " * 500 + "a\n"),
    "lists in lists": fill("- "),
    "items": fill("- some item\n"),
    "one word": fill("a", MIB),
    "one line": fill("word ", MIB),
    "Chinese": fill("漢字"),
    "emoji": fill("😀"),
    "emphasis": fill("*a **b "),
    "backticks": "".join("`" * (n % 300) + " " for n in range(6000)),
    "tables": "|a|b|\n|-|-|\n" + "|some|cell|\n" * 5000,
    "columns": "|" + "a|" * 100_000 + "\n|" + "-|" * 100_000 + "\n" + "|x|y|\n" * 1000,
    "open fence": "```\n" + fill("a line of code\n"),
    "fences": fill("```\n"),
    "headings": fill("# a heading here\n\n"),
    "one heading": "# " + fill("["),
    "definitions": fill("[a]: b\n\n"),
    "spaces": fill(" ") + "a",
}
MARKUP = {
    "signs": fill("<"),
    "open tags": fill("<a "),
    "open values": fill('<a b="'),
    "open braces in tags": fill("<a b={"),
    "braces": fill("{"),
    "templates": fill("{`"),
    "comments": fill("<!--"),
    "tabs in tabs": fill('<Tabs items={["a"]}><Tab>\n'),
    "tags in tags": fill("<Note>\n"),
    "imports": fill("import {\n"),
    "exports": fill("export const a = {\n\n"),
    "code elements": fill("<code>"),
    "headings": fill("<h1>"),
    "notes": fill(":::note\n"),
    "MkDocs": fill('    !!! note "a"\n'),
    "front matter": "---\n" + "[" * 60_000 + "\n---\n",
}
OTHERS = {
    "page.rst": {
        "headings": fill("a\n=\n\n", 60_000),
        "nested": "\n".join(" " * n + "a" for n in range(600)),
        "directives": fill(".. a::\n", 60_000),
        "roles": fill(":a:`b` ", 250_000),
        "stars": fill("*", 9_000),
        "table": fill("+-+\n|a|\n", 80_000),
    },
    "page.html": {
        "elements": fill("<p>a</p>"),
        "elements in elements": fill("<div>", 200_000) + "a",
        "lists in lists": fill("<ul><li>a", 200_000),
        "cells": "<table>" + fill("<tr><td>a<td>b", 300_000),
        "spans": fill("<span>", 200_000) + "a",
    },
    "page.ipynb": {
        "brackets": fill("["),
        "cell": '{"cells": [{"cell_type": "markdown", "source": "' + fill("[ ") + '"}]}',
    },
    "page.txt": {"one word": fill("a"), "blank lines": fill("\n"), "short lines": fill("a\n\n")},
}
CASES = [
    *(("page.md", name, content) for name, content in {**MARKDOWN, **MARKUP}.items()),
    *(("page.mdx", name, content) for name, content in MARKUP.items()),
    *((path, name, content) for path, files in OTHERS.items() for name, content in files.items()),
]


@pytest.mark.parametrize(
    ("path", "content"), [case[::2] for case in CASES], ids=[f"{c[0]}: {c[1]}" for c in CASES]
)
def test_survives(path: str, content: str) -> None:
    begun = time.monotonic()
    try:
        document = parse(path, content.encode())
    except DocumentError:
        assert path == "page.ipynb"
        return
    chunks = chunk(document, source="s", path=path, count=count)
    assert time.monotonic() - begun < PATIENCE
    assert all(count(piece.standing) <= LIMIT for piece in chunks)
