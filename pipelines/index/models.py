"""What the index holds: chunks, the files they come from, the sources those come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of one section, the unit that is embedded and found.

    The pieces of a section, joined as `glue + text` in order, give the section back to the letter.
    """

    id: str
    """32 hex digits, made of source, path and content: the same text in the same file has the same id."""
    source: str
    path: str
    """Path below the source's root, with forward slashes."""
    title: str
    """The page's title."""
    headings: tuple[str, ...]
    """The breadcrumb below the title, outermost first; empty before the first heading."""
    anchor: str
    """Fragment that opens the section in a browser, without `#`; empty for the top of the page."""
    section: int
    """Number of the section within its file, from 0."""
    ordinal: int
    """Number of the piece within its file, from 0."""
    glue: str
    """What stood between the piece before it and this one: a blank line, a newline, a space; empty at the
    section's start."""
    text: str
    """The piece as written, Markdown."""
    lead: str = ""
    """What the piece needs in front to stand alone: a split table's head, a split fence's opening line."""
    tail: str = ""
    """What it needs behind: a split fence's closing line."""
    tokens: int = 0
    """Word pieces of the piece with its lead and tail."""
    description: str = ""
    """The page's own summary of itself (front matter), empty when it has none."""

    @property
    def standing(self) -> str:
        """The piece made able to stand alone: fences closed, a table with its head."""
        return f"{self.lead}{self.text}{self.tail}"

    @property
    def context(self) -> str:
        """Title and headings as one line, as they are embedded in front of the text."""
        return " > ".join(part for part in (self.title, *self.headings) if part)

    @property
    def embedded(self) -> str:
        """The text whose vector stands for this piece."""
        return f"{self.context}\n{self.standing}" if self.context else self.standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A file that was left alone or could not be indexed, and the reason in words for a person."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """What is stored of one file. Its chunks are visible exactly when they are named here."""

    source: str
    path: str
    blob: str
    """Git's blob SHA-1 of the content, 40 hex digits."""
    commit: str
    """The commit at which this content was read; empty for a folder outside git."""
    chunks: tuple[str, ...]
    """Ids of its chunks, in order."""
    parser: str = ""
    """Version of the parser and chunker that made them; another version means that the file is stale."""
    refused: str = ""
    """Why this content cannot be indexed, in words for a person; it has no chunks then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """What is wanted and what is stored of one source."""

    source: str
    address: str
    """Template of a page's web address, empty when it has none: with `{commit}` and `{path}`, or with
    `{page}`, the path as a site has it; `{page|docs}` counts it from that folder."""
    wanted: str = ""
    """The commit that the last crawl set out to store."""
    commit: str = ""
    """The commit that is stored whole: the cursor."""
    committed_at: datetime | None = None
    crawled_at: datetime | None = None
    """When a crawl last ended with the index equal to the source."""
    since: datetime | None = None
    """When the crawl that is not over yet began; None when none is under way."""
    files: int = 0
    chunks: int = 0
    failed: tuple[Skip, ...] = field(default=())
    etag: str = ""
    """What the source gave for the listing that is stored whole, to be asked with whether it has changed."""
