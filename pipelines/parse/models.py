"""A document as its reader sees it: sections under headings, each a row of blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["prose", "list", "code", "table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    level: int
    """1 to 6."""
    text: str
    """Plain text, markup removed."""
    anchor: str
    """The fragment that opens it, as GitHub and the usual documentation generators make it; one of a kind in
    its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph, a list, a code fence with its fence lines, or a table with its head."""

    kind: BlockKind
    text: str
    """Markdown, without blank lines around it."""
    language: str = ""
    """Of a code block, as written after the fence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    headings: tuple[Heading, ...]
    """From the outermost to the section's own; empty before the first heading."""
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    title: str
    """From front matter, else the first heading of level 1, else made from the file's name."""
    description: str
    sections: tuple[Section, ...]
