"""Plain text: paragraphs between blank lines, nothing else is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.parse.models import Block, Document
from pipelines.parse.outline import build_document

BLANK = re.compile(r"\n[^\S\n]*(?=\n)")


def parse_plain(path: str, text: str) -> Document:
    return build_document(path, paragraphs(text))


def paragraphs(text: str) -> Iterator[Block]:
    """Indentation is kept: it may draw a table or a program."""
    for part in BLANK.split(text):
        kept = part.strip("\n").rstrip()
        if kept.strip():
            yield Block(kind="prose", text=kept)
