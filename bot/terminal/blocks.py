"""Cuts a Markdown text that still grows into what will not change any more and what may."""

from __future__ import annotations

from markdown_it import MarkdownIt


def parser() -> MarkdownIt:
    """CommonMark with tables; HTML is text like any other, so that `Vec<T>` is read as it was written."""
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def cut(text: str, markdown: MarkdownIt) -> int:
    """Where the last block begins: what stands before is finished.

    A heading counts as a part of the block that it stands over.
    """
    starts = [
        (token.map[0], token.type == "heading_open")
        for token in markdown.parse(text)
        if token.level == 0 and token.map is not None
    ]
    while len(starts) > 1 and starts[-2][1]:
        del starts[-1]
    if not starts:
        return 0
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: starts[-1][0]])
