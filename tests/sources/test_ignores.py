"""Ignore files: what git itself says about them is the measure."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sources.opening import open_folder, paths, reasons, write

FILES = (
    "a.md",
    "b.txt",
    "keep.md",
    "foo/a.md",
    "foo/b.txt",
    "foo/keep.md",
    "foo/foo/a.md",
    "x/foo/keep.md",
    "x/y/z.md",
)
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def seen_by_git(folder: Path) -> list[str]:
    """The documents that git would add."""
    found = git(folder, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    return sorted(path for path in found if path and not path.endswith(".gitignore"))


@needs_git
@pytest.mark.parametrize(
    "ignores",
    [
        {".gitignore": "foo/\n"},
        {".gitignore": "foo\n!foo/keep.md\n"},  # a file in an ignored folder cannot come back
        {".gitignore": "foo/*\n!foo/keep.md\n"},
        {".gitignore": "foo/**\n!foo/keep.md\n"},
        {".gitignore": "/foo\n"},
        {".gitignore": "*\n!*/\n!*.md\n"},  # only one kind of file
        {".gitignore": "/*\n!/x\n"},
        {".gitignore": "**/keep.md\n"},
        {".gitignore": "x/**/z.md\n"},
        {".gitignore": "x/**/\n"},
        {".gitignore": "*.md\n", "foo/.gitignore": "!a.md\n"},  # the nearer file decides
        {".gitignore": "!a.md\n", "foo/.gitignore": "a.md\n"},
        {"foo/.gitignore": "/a.md\nfoo/\n"},
        {".gitignore": "# a.md\n\\#a\n  \n!\n/\n\\\n[z-a]\n[a.md\nb.txt  \n"},  # comments, nonsense, blanks
        {".gitignore": "b.txt\r\nfoo/\r\n"},
        {".gitignore": "\ufeffb.txt\n"},
        {".gitignore": "?.md\n[ab].txt\n"},
        {".gitignore": "caf\udce9\nb.txt\n"},
    ],
)
async def test_as_git_does(tmp_path: Path, ignores: dict[str, str]) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, dict.fromkeys(FILES, "x"))
    write(tmp_path, {path: text.encode(errors="surrogateescape") for path, text in ignores.items()})
    listing = await open_folder(tmp_path).list()
    assert paths(listing) == seen_by_git(tmp_path)
    assert set(reasons(listing).values()) <= {"ignored by .gitignore"}


# Not `a/**/`, which pathspec reads as `a/`, and nobody writes.
LINES = st.lists(
    st.from_regex(
        r"!?/?(\*\*/)?(foo|x|y|\*|[ak]\*|\*\.md|b\.txt|keep\.md)(/(foo|\*|\*\*|y|keep\.md))?/?",
        fullmatch=True,
    ).filter(lambda line: not line.endswith("/**/")),
    max_size=4,
)


@needs_git
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(top=LINES, inner=LINES)
async def test_any_rules_as_git_reads_them(tmp_path: Path, top: list[str], inner: list[str]) -> None:
    if not (tmp_path / ".git").exists():
        git(tmp_path, "init", "-q")
        write(tmp_path, dict.fromkeys(FILES, "x"))
    write(tmp_path, {".gitignore": "\n".join(top), "foo/.gitignore": "\n".join(inner)})
    assert paths(await open_folder(tmp_path).list()) == seen_by_git(tmp_path)


async def test_rules_hold_without_git_too(tmp_path: Path) -> None:
    write(
        tmp_path, {".gitignore": "draft*\n", "draft.md": "", "drafts/a.md": "", "drafts/b.md": "", "a.md": ""}
    )
    listing = await open_folder(tmp_path).list()
    assert paths(listing) == ["a.md"]
    # A folder is named once, not each file in it.
    assert reasons(listing) == {"draft.md": "ignored by .gitignore", "drafts": "ignored by .gitignore"}


async def test_rules_from_above_hold_up_to_the_work_tree_and_no_further(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "outer.md\n"})
    top = tmp_path / "repo"
    write(top, {".git/HEAD": "ref: refs/heads/main\n", ".gitignore": "top.md\n/docs/anchored.md\n"})
    write(top / "docs", {".gitignore": "docs.md\n", "api/.gitignore": "!top.md\n"})
    names = ("outer.md", "top.md", "docs.md", "anchored.md", "api/top.md", "api/docs.md", "api/anchored.md")
    write(top / "docs", dict.fromkeys(names, ""))
    assert paths(await open_folder(top / "docs").list()) == ["api/anchored.md", "api/top.md", "outer.md"]
    assert paths(await open_folder(top / "docs/api").list()) == ["anchored.md", "top.md"]


@pytest.mark.parametrize("folder", ["build/docs", "build"])
async def test_who_names_an_ignored_folder_wants_it_read(tmp_path: Path, folder: str) -> None:
    write(tmp_path, {".git/HEAD": "ref: refs/heads/main\n", ".gitignore": "build/\n*.txt\n"})
    write(tmp_path / folder, {"a.md": "", "b.txt": ""})
    assert paths(await open_folder(tmp_path / folder).list()) == ["a.md", "b.txt"]


async def test_a_linked_folder_keeps_the_rules_of_where_it_is(tmp_path: Path) -> None:
    write(tmp_path, {".parts/.gitignore": "draft.md\n", ".parts/api/draft.md": "", ".parts/api/a.md": ""})
    (tmp_path / "api").symlink_to(".parts/api")
    assert paths(await open_folder(tmp_path).list()) == ["api/a.md"]
