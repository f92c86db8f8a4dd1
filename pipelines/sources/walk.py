"""Lists the documents of a folder, and says why others are left alone."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.errors import SourceInvalid
from pipelines.index.models import Skip
from pipelines.sources.blob import MAX_BYTES, blob_sha, is_binary, too_large
from pipelines.sources.ignores import Ignores
from pipelines.sources.models import Entry
from pipelines.sources.selection import Selection, folder_reason, is_hidden

_IGNORED = "ignored by .gitignore"
_SILENT = frozenset({".git", "__pycache__"})
"""Folders that every project is full of; to report them would only be noise."""
# A named pipe must not block, and a link must not be followed that was put there since we looked.
_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)


class Unfit(Exception):
    """The file is no document; the message is the reason."""


def read_document(file: Path) -> bytes:
    """The content of a regular text file of at most 1 MiB. Raises Unfit, OSError."""
    with os.fdopen(os.open(file, _FLAGS), "rb") as stream:
        state = os.fstat(stream.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise Unfit("not a regular file")
        if reason := too_large(state.st_size):
            raise Unfit(reason)
        content = stream.read(MAX_BYTES + 1)
    if reason := too_large(len(content)) or ("binary" if is_binary(content) else ""):
        raise Unfit(reason)
    return content


@dataclass(slots=True)
class Walk:
    """One walk through a folder. Links wait until all else is read, so that each file is read once only."""

    root: Path
    """Absolute, resolved."""
    selection: Selection
    rules: Ignores
    """Those from above the folder."""
    entries: list[Entry] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    _folders: list[tuple[Path, str, Ignores]] = field(default_factory=list)
    _links: list[tuple[Path, str]] = field(default_factory=list)
    _seen: dict[Path, str] = field(default_factory=dict)
    """Real files and folders that were read, and under which path."""

    def run(self) -> None:
        """Fills `entries` and `skipped`, sorted by path. Raises SourceInvalid when there is no folder."""
        try:
            os.scandir(self.root).close()
        except OSError as error:
            raise SourceInvalid(f"The folder {self.root} cannot be read: {error.strerror}.") from error
        self._folders.append((self.root, "", self.rules))
        while self._folders or self._links:
            if self._folders:
                self._open(*self._folders.pop())
            else:
                self._links.sort(key=lambda link: link[1], reverse=True)
                self._follow(*self._links.pop())
        self.entries.sort(key=lambda entry: entry.path)
        self.skipped.sort(key=lambda skip: skip.path)

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append(Skip(path=path, reason=reason))

    def _open(self, folder: Path, path: str, rules: Ignores) -> None:
        if self._read_before(folder, path):
            return
        try:
            with os.scandir(folder) as items:
                found = sorted(items, key=lambda item: item.name)
        except OSError as error:
            self._skip(path, f"the folder cannot be read: {error.strerror}")
            return
        inside = rules.enter(folder)
        for item in found:
            self._look(item, f"{path}/{item.name}" if path else item.name, inside)

    def _look(self, item: os.DirEntry[str], path: str, rules: Ignores) -> None:
        file, link, is_folder = Path(item.path), item.is_symlink(), _is_folder(item)
        if is_folder:
            if item.name in _SILENT or self.selection.excludes(f"{path}/"):
                return
            reason = folder_reason(item.name) or _environment(file)
        elif not self.selection.wants(path):
            return
        else:
            reason = "hidden" if is_hidden(item.name) else ""
        if not _is_text(path):
            self._skip(path.encode(errors="replace").decode(), "its name is not UTF-8")
        elif reason or rules.ignores(file, folder=is_folder and not link):
            self._skip(path, reason or _IGNORED)
        elif link:
            self._links.append((file, path))
        elif is_folder:
            self._folders.append((file, path, rules))
        else:
            self._read(file, path)

    def _read(self, file: Path, path: str) -> None:
        if self._read_before(file, path):
            return
        try:
            content = read_document(file)
        except FileNotFoundError:
            return  # gone since the folder was listed
        except Unfit as unfit:
            self._skip(path, str(unfit))
        except OSError as error:
            self._skip(path, f"cannot be read: {error.strerror}")
        else:
            self.entries.append(Entry(path=path, blob=blob_sha(content), size=len(content)))

    def _follow(self, link: Path, path: str) -> None:
        """Reads what a link leads to, if that is in the folder and was not read where it stands."""
        try:
            target = link.resolve(strict=True)
        except FileNotFoundError:
            self._skip(path, "a link that leads nowhere")
        except (OSError, RuntimeError):
            self._skip(path, "a link that leads in a circle or cannot be followed")
        else:
            if not target.is_relative_to(self.root):
                self._skip(path, "a link that leaves the folder")
            elif target.is_dir():
                self._folders.append((target, path, self._rules_above(target)))
            else:
                self._read(target, path)

    def _read_before(self, real: Path, path: str) -> bool:
        """Whether the file or folder was read under another path; every path here has no link in it."""
        if real in self._seen:
            self._skip(path, f"a link to {self._seen[real] or 'the folder itself'}, which is read there")
            return True
        self._seen[real] = path
        return False

    def _rules_above(self, folder: Path) -> Ignores:
        rules = self.rules
        for parent in reversed(folder.parents):
            if parent.is_relative_to(self.root):
                rules = rules.enter(parent)
        return rules


def _is_folder(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_dir()
    except OSError:
        return False  # a link in a circle; reported when its name is a document's


def _environment(folder: Path) -> str:
    try:
        found = (folder / "pyvenv.cfg").is_file()
    except OSError:
        return ""  # the folder may not be looked into; said when it is its turn
    return "a Python environment, not documentation" if found else ""


def _is_text(name: str) -> bool:
    """Whether a file's name can be written as UTF-8; on POSIX it may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
