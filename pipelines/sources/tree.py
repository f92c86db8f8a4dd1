"""Reads the tree of a commit from GitHub, and sorts its files into documents and what is left alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from pydantic import BaseModel, Field

from pipelines.errors import SourceInvalid, SourceMissing, SourceUnavailable
from pipelines.index.models import Skip
from pipelines.sources.blob import too_large
from pipelines.sources.models import Entry
from pipelines.sources.selection import Selection, folder_reason, is_hidden

SHA = r"^[0-9a-f]{40}$"
_LINK = "120000"


class Item(BaseModel, frozen=True):
    """One line of a tree, as GitHub sends it."""

    path: str
    mode: str
    type: str
    sha: str = Field(pattern=SHA)
    size: int = 0


class Tree(BaseModel, frozen=True):
    tree: tuple[Item, ...]
    truncated: bool = False


Ask = Callable[[str, bool], Awaitable[Tree]]
"""Gives the tree of a SHA, with everything below it or without."""


@dataclass(slots=True)
class TreeReader:
    """Reads what lies below one folder: in one call, or level by level where GitHub cuts that short."""

    ask: Ask
    repository: str
    most: int = 5_000
    """Calls that one reading may take."""
    weight: int = 0
    """Bytes of all files that were listed, those outside the folder too."""
    skipped: list[Skip] = field(default_factory=list)
    """Folders whose listing GitHub does not give whole."""
    _calls: int = 0

    async def read(self, root: str, folder: str) -> list[Item]:
        """Everything below `folder`, paths relative to it. Raises SourceError."""
        whole = await self._get(root, recursive=True)
        if not whole.truncated:
            return self._below(whole.tree, folder)
        sha = root
        for name in PurePosixPath(folder).parts:
            level = await self._get(sha, recursive=False)
            sha = self._enter(level.tree, name, folder)
        return await self._walk(sha, folder, known_cut=not folder)

    async def _walk(self, sha: str, folder: str, *, known_cut: bool) -> list[Item]:
        found: list[Item] = []
        waiting = [(sha, "", known_cut)]
        while waiting:
            sha, prefix, cut = waiting.pop()
            tree = await self._get(sha, recursive=not cut)
            if tree.truncated and not cut:
                cut, tree = True, await self._get(sha, recursive=False)
            if tree.truncated:
                path = f"{folder}/{prefix}".strip("/") or "."
                self.skipped.append(Skip(path=path, reason="GitHub lists only a part of this folder"))
            for item in tree.tree:
                below = item.model_copy(update={"path": f"{prefix}{item.path}"})
                found.append(below)
                if cut and item.type == "tree" and not folder_reason(item.path):
                    waiting.append((item.sha, f"{below.path}/", False))
        return found

    async def _get(self, sha: str, *, recursive: bool) -> Tree:
        self._calls += 1
        if self._calls > self.most:
            raise SourceUnavailable(
                f"{self.repository} has too many folders to list. Name one of them, as in owner/repo:docs."
            )
        tree = await self.ask(sha, recursive)
        self.weight += sum(item.size for item in tree.tree)
        return tree

    def _below(self, items: Sequence[Item], folder: str) -> list[Item]:
        if not folder:
            return list(items)
        prefix = f"{folder}/"
        below = [
            item.model_copy(update={"path": item.path.removeprefix(prefix)})
            for item in items
            if item.path.startswith(prefix)
        ]
        if not below:
            self._check(next((item for item in items if item.path == folder), None), folder)
        return below

    def _enter(self, items: Sequence[Item], name: str, folder: str) -> str:
        return self._check(next((item for item in items if item.path == name), None), folder).sha

    def _check(self, item: Item | None, folder: str) -> Item:
        if item is None:
            raise SourceMissing(f"{self.repository} has no folder {folder!r} at this commit.")
        if item.type == "commit":
            raise SourceInvalid(f"{folder!r} is in a submodule of {self.repository}: name that repository.")
        if item.type != "tree":
            raise SourceInvalid(f"{folder!r} in {self.repository} is a file: give the folder that it is in.")
        return item


def sort_out(
    items: Iterable[Item], folder: str, selection: Selection
) -> tuple[tuple[Entry, ...], tuple[Skip, ...]]:
    """Documents, and what is left alone, both sorted by their path below the repository's root.

    `items` have paths below `folder`. A folder that is left alone is named once, whatever is in it.
    """
    prefix = f"{folder}/" if folder else ""
    entries: list[Entry] = []
    reasons: dict[str, str] = {}
    for item in items:
        path, reason = _judge(item, selection)
        if reason:
            reasons[f"{prefix}{path}"] = reason
        elif item.type == "blob" and selection.wants(item.path):
            entries.append(Entry(path=f"{prefix}{path}", blob=item.sha, size=item.size))
    entries.sort(key=lambda entry: entry.path)
    return tuple(entries), tuple(Skip(path=path, reason=reasons[path]) for path in sorted(reasons))


def _judge(item: Item, selection: Selection) -> tuple[str, str]:
    """What is to be reported (the item or a folder above it), and why; no reason when there is none."""
    parts = item.path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return ascii(item.path), "not a path"
    folders = parts if item.type == "tree" else parts[:-1]
    for depth, name in enumerate(folders, start=1):
        if reason := folder_reason(name):
            above = "/".join(folders[:depth])
            return above, "" if selection.excludes(f"{above}/") else reason
    return item.path, _file_reason(item, selection)


def _file_reason(item: Item, selection: Selection) -> str:
    if item.type == "commit":
        excluded = selection.excludes(f"{item.path}/")
        return "" if excluded else "a submodule: its files are in another repository"
    if item.type == "tree" or not selection.wants(item.path):
        return ""
    if is_hidden(item.path.rpartition("/")[2]):
        return "hidden"
    return "a symbolic link" if item.mode == _LINK else too_large(item.size)
