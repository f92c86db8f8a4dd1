"""Text that every encoder takes.

JSON and YAML can spell half a character (`\\ud800`, a lone surrogate) and NUL; no file may hold the bytes.
"""

from __future__ import annotations

from dataclasses import replace

from pipelines.parse.models import Document, Section


def whole_characters(document: Document) -> Document:
    """The document with `?` in the place of half characters, and without NUL."""
    return replace(
        document,
        title=_whole(document.title),
        description=_whole(document.description),
        sections=tuple(map(_section, document.sections)),
    )


def _section(section: Section) -> Section:
    return Section(
        headings=tuple(
            replace(heading, text=_whole(heading.text), anchor=_whole(heading.anchor))
            for heading in section.headings
        ),
        blocks=tuple(
            replace(block, text=_whole(block.text), language=_whole(block.language))
            for block in section.blocks
        ),
    )


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "")
