"""What the enclosing git work tree knows of a folder: its top, its commit, the commit's time.

The commit is read from git's files, so that it needs no git and runs nothing that a repository configures.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_SHA = re.compile(r"[0-9a-f]{40}")
_MAX_HOPS = 5
_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTree:
    top: Path
    git: Path
    """The git directory; of a linked work tree, its own one."""


def find_worktree(folder: Path) -> WorkTree | None:
    """The innermost work tree that holds the folder (an absolute path)."""
    for parent in (folder, *folder.parents):
        mark = parent / ".git"
        if _first_line(mark / "HEAD"):
            return WorkTree(top=parent, git=mark)
        line = _first_line(mark)
        if line.startswith("gitdir:"):
            return WorkTree(top=parent, git=parent / line.removeprefix("gitdir:").strip())
    return None


def read_head(tree: WorkTree) -> str:
    """The commit that is checked out, 40 hex digits; empty before the first commit."""
    common = tree.git / (_first_line(tree.git / "commondir") or ".")
    value = _first_line(tree.git / "HEAD")
    for _ in range(_MAX_HOPS):
        if not value.startswith("ref:"):
            break
        name = value.removeprefix("ref:").strip()
        if ".." in name or name.startswith("/"):
            return ""
        value = _first_line(tree.git / name) or _first_line(common / name) or _packed(common, name)
    return value if _SHA.fullmatch(value) else ""


def read_time(tree: WorkTree, commit: str) -> datetime | None:
    """When the commit was made, aware; None without git or without an answer."""
    git = shutil.which("git")
    if git is None or not commit:
        return None
    # A hook or an alias that started us may have pointed git elsewhere.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    options = ["-C", str(tree.top), "-c", "log.showSignature=false"]
    try:
        done = subprocess.run(  # noqa: S603
            [git, *options, "log", "-1", "--format=%cI", commit, "--"],
            env={**environment, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
        )
        return datetime.fromisoformat(done.stdout.decode("ascii").strip())
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _packed(common: Path, name: str) -> str:
    try:
        text = (common / "packed-refs").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return next((line.split(" ", 1)[0] for line in text.splitlines() if line.endswith(f" {name}")), "")


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            return lines.readline(4096).strip()
    except OSError:
        return ""
