"""Documents written down short, so that tables of cases stay readable."""

from __future__ import annotations

from pipelines.parse import parse
from pipelines.parse.models import Document


def read(text: str, path: str = "page.mdx") -> Document:
    return parse(path, text.encode())


def outline(document: Document) -> list[tuple[str, ...]]:
    """Each section's headings."""
    return [tuple(heading.text for heading in section.headings) for section in document.sections]


def anchors(document: Document) -> list[str]:
    """Each section's own anchor, empty before the first heading."""
    return [section.headings[-1].anchor if section.headings else "" for section in document.sections]


def body(document: Document) -> str:
    """The text of all sections, headings left out."""
    return "\n\n".join(block.text for section in document.sections for block in section.blocks)


def under(document: Document, *headings: str) -> str:
    """The text below these headings."""
    return "\n\n".join(
        block.text
        for section in document.sections
        if tuple(heading.text for heading in section.headings) == headings
        for block in section.blocks
    )


def kinds(document: Document) -> list[str]:
    return [block.kind for section in document.sections for block in section.blocks]
