"""A document → the pieces that are embedded and found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import blake2b

from pipelines.chunk.packing import Piece, pack
from pipelines.chunk.sizes import EMBEDDED, LIMIT, TARGET, Sizer
from pipelines.chunk.splitting import split_section
from pipelines.index.models import Chunk
from pipelines.parse.models import Block, Document, Section

__all__ = ["EMBEDDED", "LIMIT", "TARGET", "VERSION", "chunk"]

VERSION = "1"
"""Another version may cut the same document otherwise: what an older one made is stale."""


def chunk(document: Document, *, source: str, path: str, count: Callable[[str], int]) -> list[Chunk]:
    """The pieces of a document, in order; none crosses a heading.

    `count` gives the number of word pieces of a text under the embedding model, without its special tokens.
    A piece with its lead and tail has at most LIMIT of them, what is embedded at most EMBEDDED.
    """
    size = Sizer(count)
    title = size.shorten(document.title)
    chunks: list[Chunk] = []
    seen: Counter[str] = Counter()
    for number, section in enumerate(document.sections):
        headings = size.shorten_all(title, tuple(heading.text for heading in section.headings))
        for piece in cut(document, number, size.within(title, headings)):
            content = json.dumps([source, path, headings, piece.lead, piece.text, piece.tail])
            seen[content] += 1
            chunks.append(
                Chunk(
                    id=blake2b(f"{content}{seen[content]}".encode(), digest_size=16).hexdigest(),
                    source=source,
                    path=path,
                    title=title,
                    headings=headings,
                    anchor=find_anchor(section),
                    section=number,
                    ordinal=len(chunks),
                    glue=piece.glue,
                    text=piece.text,
                    lead=piece.lead,
                    tail=piece.tail,
                    tokens=piece.size + piece.frame,
                    description=document.description,
                )
            )
    return chunks


def cut(document: Document, number: int, size: Sizer) -> Iterator[Piece]:
    """The pieces of one section. One without text gives its heading as text, unless sections below it carry
    the heading in their breadcrumb."""
    section = document.sections[number]
    if section.blocks:
        yield from pack(split_section(section.blocks, size), size)
    elif not has_children(document, number):
        text = section.headings[-1].text if section.headings else document.title
        if text:
            yield from pack(split_section([Block(kind="prose", text=text)], size), size)


def has_children(document: Document, number: int) -> bool:
    """Whether the next section stands below this one, or takes up its headings again."""
    if number + 1 >= len(document.sections):
        return False
    own = document.sections[number].headings
    below = document.sections[number + 1].headings
    return below[: len(own)] == own


def find_anchor(section: Section) -> str:
    return section.headings[-1].anchor if section.headings else ""
