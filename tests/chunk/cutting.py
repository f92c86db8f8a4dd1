"""Documents and their chunks, written down short."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.chunk import chunk
from pipelines.index.models import Chunk
from pipelines.parse import parse
from pipelines.parse.models import Block, BlockKind, Document, Heading, Section
from tests.chunk.counting import count


def cut(source: str, path: str = "page.md") -> list[Chunk]:
    return chunk(parse(path, source.encode()), source="docs", path=path, count=count)


def page(*blocks: tuple[BlockKind, str], title: str = "T") -> Document:
    """A document of one section."""
    made = tuple(Block(kind=kind, text=text) for kind, text in blocks)
    return Document(title=title, description="", sections=(Section(headings=(), blocks=made),))


def pieces(*blocks: tuple[BlockKind, str], title: str = "T") -> list[Chunk]:
    return chunk(page(*blocks, title=title), source="docs", path="p", count=count)


def heading(text: str, level: int = 2) -> Heading:
    return Heading(level=level, text=text, anchor=text.lower())


def joined(chunks: Sequence[Chunk]) -> str:
    return "".join(piece.glue + piece.text for piece in chunks)


def words(number: int, first: int = 0) -> str:
    """As many word pieces, each another word."""
    return " ".join(f"w{n}" for n in range(first, first + number))
