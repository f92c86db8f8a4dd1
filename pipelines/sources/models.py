"""What every kind of source offers: a listing frozen at one commit, and the bytes of its files."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipelines.index.models import Skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a listing."""

    path: str
    """With forward slashes: below the folder for a local source, below the repository's root for GitHub."""
    blob: str
    """Git's blob SHA-1 of the content, 40 hex digits, for every kind of source."""
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files of a source, frozen at one commit, sorted by path."""

    commit: str
    """40 hex digits; empty for a folder outside git."""
    committed_at: datetime | None
    entries: tuple[Entry, ...]
    skipped: tuple[Skip, ...]


class Source(Protocol):
    """A place that documentation comes from."""

    @property
    def id(self) -> str:
        """Its name in the index, the same however the user wrote it: `owner/repo@ref:path` or a folder's
        absolute path."""
        ...

    @property
    def address(self) -> str:
        """Template of a page's web address, empty when it has none: with `{commit}` and `{path}`, or with
        `{page}`, the path as a site has it; `{page|docs}` counts it from that folder."""
        ...

    @property
    def requests(self) -> int:
        """Network calls made so far, retries included."""
        ...

    async def list(self) -> Listing:
        """Freezes the commit and lists. Raises SourceError."""
        ...

    async def fetch(self, entry: Entry) -> bytes:
        """The content of one listed file. Raises SourceError."""
        ...

    async def close(self) -> None: ...


class NotModified(Exception):
    """Nothing changed since the state that `open_source(etag=…)` was given: no error, and no listing."""


class BulkSource(Source, Protocol):
    """A source that can say "unchanged" cheaply, and that gives many files in few calls."""

    @property
    def conditional(self) -> str:
        """What a later `open_source(etag=…)` wants, known after `list`; empty where there is no such thing.

        Keep it only once everything listed is stored: it stands for "I have all of this". `list` then raises
        NotModified as long as neither the commit nor the choice of files (globs, suffixes) has changed.
        """
        ...

    def fetch_all(self, entries: Sequence[Entry]) -> AsyncGenerator[tuple[Entry, bytes], None]:
        """The contents of listed files, in any order, each as `fetch` gives it.

        Raises SourceError at the first file that cannot be had; what was given before that stands, and what
        is missing can be asked for one by one.
        """
        ...
