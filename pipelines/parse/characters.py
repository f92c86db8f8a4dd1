"""Text that every encoder takes.

JSON, YAML and reStructuredText can spell half a character (`\\ud800`, a lone surrogate) and NUL; no file may
hold their bytes, and nothing behind the parser could store them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipelines.parse.models import Document, Section


def whole_characters(document: Document) -> Document:
    """The document with `?` in the place of half characters, and without NUL."""
    if all(_whole(text) == text for text in _texts(document)):
        return document
    return replace(
        document,
        title=_whole(document.title),
        description=_whole(document.description),
        sections=tuple(map(_section, document.sections)),
    )


def _texts(document: Document) -> Iterator[str]:
    yield from (document.title, document.description)
    for section in document.sections:
        for heading in section.headings:
            yield from (heading.text, heading.anchor)
        for block in section.blocks:
            yield from (block.text, block.language)


def _section(section: Section) -> Section:
    headings = (
        replace(heading, text=_whole(heading.text), anchor=_whole(heading.anchor))
        for heading in section.headings
    )
    blocks = (
        replace(block, text=_whole(block.text).strip("\n"), language=_whole(block.language))
        for block in section.blocks
    )
    return Section(headings=tuple(headings), blocks=tuple(block for block in blocks if block.text.strip()))


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "")
