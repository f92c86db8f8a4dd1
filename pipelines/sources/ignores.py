"""Git's ignore files, read as git reads them while it walks a work tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

FILE = ".gitignore"
_MAX_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Ignores:
    """The ignore files that hold for one folder, the outermost first.

    GitIgnoreSpec answers for a whole path at once. A walk asks level by level and never enters an ignored
    folder, where git's rule is simply that the last pattern that names the file itself decides; only so does
    `*`, `!*/`, `!*.md` (a common way to keep one kind of file) come out as in git.
    """

    levels: tuple[tuple[str, tuple[GitIgnoreSpecPattern, ...]], ...] = ()
    """Each with its folder, as a posix path that ends with a slash."""

    def enter(self, folder: Path) -> Ignores:
        """The rules inside `folder`: its own ignore file, if it has one, counts before those above."""
        patterns = _read(folder / FILE)
        if not patterns:
            return self
        return Ignores((*self.levels, (f"{folder.as_posix().rstrip('/')}/", patterns)))

    def ignores(self, path: Path, *, folder: bool) -> bool:
        """Whether the file or folder itself is ignored, its parents being not."""
        name = path.as_posix()
        for base, patterns in reversed(self.levels):
            for pattern in reversed(patterns):
                if _names(pattern, name.removeprefix(base), folder=folder):
                    return bool(pattern.include)
        return False


def ignores_above(folder: Path, top: Path) -> Ignores:
    """The rules that the work tree at `top` has for `folder`, those in the folder itself not counted.

    None when they ignore the folder: who names a folder wants it read.
    """
    rules = Ignores()
    for parent in reversed(folder.parents):
        if parent.is_relative_to(top):
            if parent != top and rules.ignores(parent, folder=True):
                return Ignores()
            rules = rules.enter(parent)
    return Ignores() if folder != top and rules.ignores(folder, folder=True) else rules


def _names(pattern: GitIgnoreSpecPattern, path: str, *, folder: bool) -> bool:
    """Whether the pattern matches the path itself and not only a folder above it.

    The only group in a pattern's expression is the slash after a folder, so a match without a group is one of
    the path itself, and one whose slash is the last character is one of the path as a folder.
    """
    if pattern.regex is None or pattern.include is None:
        return False
    match = pattern.regex.search(path)
    if match is not None and match.lastindex is None:
        return True
    if not folder:
        return False
    marked = f"{path}/"
    return any(m.lastindex is not None and m.end() == len(marked) for m in pattern.regex.finditer(marked))


def _read(file: Path) -> tuple[GitIgnoreSpecPattern, ...]:
    try:
        if not file.is_file() or file.stat().st_size > _MAX_BYTES:
            return ()
        text = file.read_bytes().decode("utf-8-sig", errors="surrogateescape")
    except OSError:
        return ()
    patterns = []
    for line in text.split("\n"):
        try:
            patterns.append(GitIgnoreSpecPattern(line))
        except (ValueError, re.error):
            continue  # git passes over malformed lines, too
    return tuple(pattern for pattern in patterns if pattern.include is not None)
