"""Which files of a source are documents: by suffix, by the user's globs, by their folder's name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from pathspec import GitIgnoreSpec

from pipelines.errors import SourceInvalid

_INSTALLED = frozenset({"node_modules", "bower_components", "site-packages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The choice of files. Paths are relative to the source's folder, with forward slashes."""

    suffixes: frozenset[str]
    """Lower case, with the dot."""
    include: GitIgnoreSpec | None
    exclude: GitIgnoreSpec | None
    fingerprint: str
    """16 hex digits that change when the choice does."""

    def wants(self, path: str) -> bool:
        """Whether the file has a document's suffix and is not ruled out by a glob."""
        if PurePosixPath(path).suffix.lower() not in self.suffixes or self.excludes(path):
            return False
        return self.include is None or self.include.match_file(path)

    def excludes(self, path: str) -> bool:
        """Whether an exclude glob names the file, or the folder when `path` ends with a slash."""
        return self.exclude is not None and self.exclude.match_file(path)


def make_selection(
    suffixes: Iterable[str], include: Iterable[str] = (), exclude: Iterable[str] = ()
) -> Selection:
    """Compiles gitignore-style globs. Raises SourceInvalid, naming the glob, for one that means nothing."""
    known, wanted, unwanted = sorted(suffixes), tuple(include), tuple(exclude)
    return Selection(
        suffixes=frozenset(known),
        include=_compile(wanted) if wanted else None,
        exclude=_compile(unwanted) if unwanted else None,
        fingerprint=hashlib.sha256(repr((known, wanted, unwanted)).encode()).hexdigest()[:16],
    )


def folder_reason(name: str) -> str:
    """Why a folder of this name is left alone; empty when it isn't."""
    if is_hidden(name):
        return "hidden"
    return "installed packages, not documentation" if name in _INSTALLED else ""


def is_hidden(name: str) -> bool:
    return name.startswith(".")


def _compile(globs: tuple[str, ...]) -> GitIgnoreSpec:
    for glob in globs:
        if not glob.strip() or glob.startswith("#"):
            raise SourceInvalid(f"The glob {glob!r} names no file. An example: include=**/*.md")
        try:
            GitIgnoreSpec.from_lines([glob], backend="simple")
        except (ValueError, re.error) as error:
            raise SourceInvalid(f"The glob {glob!r} is malformed. An example: exclude=v0/**") from error
    return GitIgnoreSpec.from_lines(globs, backend="simple")
