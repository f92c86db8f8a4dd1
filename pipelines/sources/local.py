"""A folder of this machine as a source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path, PurePosixPath

from pipelines.errors import SourceInvalid, SourceMissing, SourceUnavailable
from pipelines.sources.blob import blob_sha
from pipelines.sources.ignores import Ignores, ignores_above
from pipelines.sources.models import Entry, Listing
from pipelines.sources.selection import Selection
from pipelines.sources.walk import Unfit, Walk, read_document
from pipelines.sources.worktree import find_worktree, read_head, read_time


class LocalSource:
    """The documents of one folder, as they are on disk now. Reads in a thread; never outside the folder."""

    def __init__(self, folder: Path, *, selection: Selection, site: str = "") -> None:
        """`folder` is absolute and resolved; `site` is where its pages are published."""
        self._folder = folder
        self._selection = selection
        self._site = site

    @property
    def id(self) -> str:
        return self._folder.as_posix()

    @property
    def address(self) -> str:
        return f"{self._site}/{{page}}" if self._site else ""

    @property
    def requests(self) -> int:
        return 0

    @property
    def conditional(self) -> str:
        return ""

    async def list(self) -> Listing:
        """Lists what is on disk. Raises SourceInvalid when the folder is gone or may not be read."""
        return await asyncio.to_thread(self._list)

    async def fetch(self, entry: Entry) -> bytes:
        """The file as it was listed.

        Raises SourceMissing when it is gone, SourceUnavailable when it has changed since (list again),
        SourceInvalid for a path that leads out of the folder.
        """
        return await asyncio.to_thread(self._fetch, entry)

    async def fetch_all(self, entries: Sequence[Entry]) -> AsyncGenerator[tuple[Entry, bytes], None]:
        for entry in entries:
            yield entry, await self.fetch(entry)

    async def close(self) -> None:
        pass

    def _list(self) -> Listing:
        tree = find_worktree(self._folder)
        rules = Ignores() if tree is None else ignores_above(self._folder, tree.top)
        walk = Walk(root=self._folder, selection=self._selection, rules=rules)
        commit = "" if tree is None else read_head(tree)
        walk.run()
        return Listing(
            commit=commit,
            committed_at=None if tree is None else read_time(tree, commit),
            entries=tuple(walk.entries),
            skipped=tuple(walk.skipped),
        )

    def _fetch(self, entry: Entry) -> bytes:
        try:
            content = read_document(self._locate(entry.path))
        except Unfit as unfit:
            raise _changed(entry) from unfit
        except (FileNotFoundError, NotADirectoryError) as error:
            raise SourceMissing(f"{entry.path} is no longer in {self.id}.") from error
        except (OSError, RuntimeError) as error:
            raise SourceUnavailable(f"{entry.path} in {self.id} cannot be read: {_words(error)}.") from error
        if blob_sha(content) != entry.blob:
            raise _changed(entry)
        return content

    def _locate(self, path: str) -> Path:
        """The real place of a listed path. Raises SourceInvalid when it is outside, OSError, RuntimeError."""
        parts = PurePosixPath(path).parts
        wrong = not parts or ".." in parts or "\0" in path or Path(path).is_absolute() or Path(path).drive
        real = self._folder if wrong else self._folder.joinpath(*parts).resolve(strict=True)
        if wrong or not real.is_relative_to(self._folder):
            raise SourceInvalid(f"The path {path!r} leads out of {self.id}, nothing was read.")
        return real


def _changed(entry: Entry) -> SourceUnavailable:
    return SourceUnavailable(f"{entry.path} changed while it was read. Index again to take it up.")


def _words(error: OSError | RuntimeError) -> str:
    return (error.strerror or "") if isinstance(error, OSError) else "a link leads in a circle"
