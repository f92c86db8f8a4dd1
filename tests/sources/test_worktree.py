from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.sources.worktree import WorkTree, find_worktree, read_head, read_time
from tests.sources.opening import open_folder, write

SHA = "0123456789abcdef0123456789abcdef01234567"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.mark.parametrize(
    ("files", "head"),
    [
        ({".git/HEAD": f"{SHA}\n"}, SHA),  # detached
        ({".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": f"{SHA}\n"}, SHA),
        ({".git/HEAD": "ref: refs/heads/a/b\n", ".git/refs/heads/a/b": SHA}, SHA),
        (
            {".git/HEAD": "ref: refs/heads/main\n", ".git/packed-refs": f"# pack\n{SHA} refs/heads/main\n"},
            SHA,
        ),
        # The loose ref is the newer one.
        (
            {
                ".git/HEAD": "ref: refs/heads/main\n",
                ".git/refs/heads/main": SHA,
                ".git/packed-refs": f"{'f' * 40} refs/heads/main\n",
            },
            SHA,
        ),
        (
            {
                ".git/HEAD": "ref: refs/heads/x\n",
                ".git/refs/heads/x": "ref: refs/heads/y",
                ".git/refs/heads/y": SHA,
            },
            SHA,
        ),
        # A linked work tree has its own HEAD, and the refs of the repository that it belongs to.
        (
            {
                ".git": "gitdir: ../repo/.git/worktrees/w\n",
                "../repo/.git/worktrees/w/HEAD": "ref: refs/heads/w\n",
                "../repo/.git/worktrees/w/commondir": "../..\n",
                "../repo/.git/refs/heads/w": SHA,
            },
            SHA,
        ),
        ({".git/HEAD": "ref: refs/heads/main\n"}, ""),  # before the first commit
        ({".git/HEAD": "ref: refs/heads/x\n", ".git/refs/heads/x": "ref: refs/heads/x"}, ""),  # in a circle
        ({".git/HEAD": "ref: ../../secret\n", "../secret": SHA}, ""),
        ({".git/HEAD": "nonsense\n"}, ""),
        ({".git/HEAD": b"\xff\xfe"}, ""),
        ({".git": "gitdir: nowhere\n"}, ""),
    ],
)
async def test_the_commit_is_read_from_gits_own_files(
    tmp_path: Path, files: dict[str, str | bytes], head: str
) -> None:
    write(tmp_path / "tree", {"docs/a.md": "x", **files})
    listing = await open_folder(tmp_path / "tree/docs").list()
    assert listing.commit == head
    assert listing.committed_at is None  # no such object


def test_outside_git_there_is_no_work_tree(tmp_path: Path) -> None:
    write(tmp_path, {".git/nothing": ""})
    tree = find_worktree(tmp_path)
    assert tree is None or tree.top != tmp_path


@needs_git
async def test_the_time_is_gits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> str:
        call = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
        return subprocess.run(call, check=True, capture_output=True, text=True).stdout.strip()

    write(tmp_path, {"docs/a.md": "# A"})
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-05-06T07:08:09+02:00")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    # As in a hook that starts us: git is told of another repository.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    listing = await open_folder(tmp_path / "docs").list()
    monkeypatch.delenv("GIT_DIR")
    assert listing.commit == git("rev-parse", "HEAD")
    assert listing.committed_at == datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC)
    assert listing.entries[0].blob == git("rev-parse", "HEAD:docs/a.md")
    git("gc", "-q")
    assert (await open_folder(tmp_path / "docs").list()).commit == listing.commit
    linked = tmp_path / "linked"
    git("worktree", "add", "-q", str(linked))
    again = await open_folder(linked / "docs").list()
    assert (again.commit, again.committed_at) == (listing.commit, listing.committed_at)


def test_without_git_there_is_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = WorkTree(top=tmp_path, git=tmp_path / ".git")
    write(tmp_path, {".git/HEAD": SHA})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (read_head(tree), read_time(tree, SHA)) == (SHA, None)
