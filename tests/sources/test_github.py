from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pipelines.errors import SourceInvalid, SourceMissing, SourceUnavailable
from pipelines.sources.blob import blob_sha
from pipelines.sources.models import Entry, NotModified
from pipelines.sources.tree import Item, Tree, TreeReader
from tests.fakes.github import Content, FakeGitHub, Link, Submodule
from tests.sources.opening import Opener, paths, reasons

MIB = 1_048_576
FILES = {"README.md": "# Acme", "docs/a.md": "# A", "docs/api/b.rst": "B", "src/main.py": "x"}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub(FILES) as server:
        yield server


async def test_lists_at_one_commit_in_two_calls(github: FakeGitHub, open_github: Opener) -> None:
    source = open_github(github, "Acme/docs")
    assert source.requests == 0
    listing = await source.list()
    assert listing.commit == github.head
    assert listing.committed_at == datetime(2024, 1, 1, tzinfo=UTC)
    assert listing.entries == tuple(
        Entry(path=path, blob=blob_sha(text.encode()), size=len(text))
        for path, text in FILES.items()
        if not path.endswith(".py")
    )
    assert (source.requests, len(github.calls)) == (2, 2)
    assert [await source.fetch(entry) for entry in listing.entries] == [b"# Acme", b"# A", b"B"]
    assert (source.requests, github.count("/git/blobs/")) == (5, 3)
    assert source.address == "https://github.com/Acme/docs/blob/{commit}/{path}"
    await source.close()


async def test_every_call_says_who_asks_and_what_for(github: FakeGitHub, open_github: Opener) -> None:
    github.token = "secret"
    source = open_github(github, token=" secret\n")  # pasted with what stood around it
    listing = await source.list()
    await source.fetch(listing.entries[0])
    for call in github.calls:
        assert call.headers["user-agent"] == "docsbot"
        assert call.headers["x-github-api-version"] == "2022-11-28"
        assert call.headers["authorization"] == "Bearer secret"
    assert [call.headers["accept"] for call in github.calls] == [
        "application/vnd.github+json",
        "application/vnd.github+json",
        "application/vnd.github.raw+json",
    ]


async def test_what_is_pushed_later_is_in_the_next_listing_only(
    github: FakeGitHub, open_github: Opener
) -> None:
    source = open_github(github)
    first = await source.list()
    github.push({"docs/a.md": "# New", "docs/c.md": "# C", "README.md": None})
    assert await source.fetch(first.entries[1]) == b"# A"  # frozen
    second = await source.list()
    assert paths(second) == ["docs/a.md", "docs/api/b.rst", "docs/c.md"]
    assert second.commit == github.head != first.commit


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("acme/docs", ["README.md", "docs/a.md", "docs/api/b.rst"]),
        ("acme/docs:docs", ["docs/a.md", "docs/api/b.rst"]),  # paths are the repository's
        ("acme/docs:docs/api", ["docs/api/b.rst"]),
        ("acme/docs:src", []),
        ("acme/docs@main:docs", ["docs/a.md", "docs/api/b.rst"]),
        ("acme/docs?include=docs/**", ["docs/a.md", "docs/api/b.rst"]),
        # Globs are relative to the source's folder, as they are for a folder on disk.
        ("acme/docs:docs?exclude=api/**", ["docs/a.md"]),
        ("acme/docs:docs?include=/*.md", ["docs/a.md"]),
        ("https://github.com/acme/docs/tree/main/docs?exclude=a.md", ["docs/api/b.rst"]),
    ],
)
async def test_folders_and_globs(
    github: FakeGitHub, spec: str, expected: list[str], open_github: Opener
) -> None:
    listing = await open_github(github, spec).list()
    assert (paths(listing), listing.skipped) == (expected, ())


@pytest.mark.parametrize(
    ("ref", "text"),
    [("main", b"main"), ("v1", b"v1"), ("feature/x", b"feature"), ("rel#1%2", b"odd"), ("HEAD", b"main")],
)
async def test_a_ref_may_be_anything_that_git_allows(ref: str, text: bytes, open_github: Opener) -> None:
    with FakeGitHub({"a.md": "v1"}) as github:
        github.tag("v1")
        github.push({"a.md": "main"})
        github.push({"a.md": "feature"}, branch="feature/x")
        github.push({"a.md": "odd"}, branch="rel#1%2")
        source = open_github(github, f"acme/docs@{ref}")
        assert await source.fetch((await source.list()).entries[0]) == text
        pinned = open_github(github, f"acme/docs@{github.head}")
        assert (await pinned.list()).commit == github.head


@pytest.mark.parametrize(
    ("spec", "expected", "asked"),
    [
        ("https://github.com/acme/docs/tree/feature/x/docs", ["docs/f.md"], 2),
        ("https://github.com/acme/docs/tree/feature/x", ["README.md", "docs/f.md"], 2),
        ("https://github.com/acme/docs/tree/a/b/c/docs", ["docs/c.md"], 3),
        ("https://github.com/acme/docs/tree/main/docs", ["docs/a.md", "docs/api/b.rst"], 1),
        ("acme/docs@feature:x/docs", ["docs/f.md"], 2),  # as its id is written
    ],
)
async def test_a_ref_with_slashes_in_a_web_address(
    github: FakeGitHub, spec: str, expected: list[str], asked: int, open_github: Opener
) -> None:
    github.push({"README.md": "", "docs/f.md": ""}, branch="feature/x")
    github.push({"docs/c.md": ""}, branch="a/b/c")
    source = open_github(github, spec)
    before = source.id
    assert paths(await source.list()) == expected
    assert github.count("/commits/") == asked
    assert source.id == before


async def test_looking_for_a_ref_has_an_end(github: FakeGitHub, open_github: Opener) -> None:
    with pytest.raises(SourceMissing, match="The branch, tag or commit 'no' of acme/docs does not exist"):
        await open_github(github, f"acme/docs@no:{'/'.join('abcdefghijkl')}").list()
    assert len(github.calls) <= 6


async def test_what_is_left_alone_has_a_reason(open_github: Opener) -> None:
    files: dict[str, Content] = {
        "docs/a.md": "x",
        "docs/border.md": b"x" * MIB,
        "docs/large.md": b"x" * (MIB + 1),
        "docs/link.md": Link("a.md"),
        "docs/link.py": Link("a.md"),
        "docs/other": Submodule(),
        "docs/.hidden.md": "x",
        "docs/.github/deep/x.md": "x",
        "docs/.github/y.md": "x",
        "docs/node_modules/x/README.md": "x",
        "docs/caf\u00e9 #1.md": "x",
        ".github/not-below.md": "x",
        "large.md": b"x" * (MIB + 1),
    }
    with FakeGitHub(files) as github:
        source = open_github(github, "acme/docs:docs")
        listing = await source.list()
        assert paths(listing) == ["docs/a.md", "docs/border.md", "docs/caf\u00e9 #1.md"]
        assert reasons(listing) == {
            "docs/.github": "hidden",
            "docs/.hidden.md": "hidden",
            "docs/large.md": "1,048,577 bytes, more than the limit of 1 MiB",
            "docs/link.md": "a symbolic link",
            "docs/node_modules": "installed packages, not documentation",
            "docs/other": "a submodule: its files are in another repository",
        }
        quiet = await open_github(
            github, "acme/docs:docs?exclude=.*&exclude=l*&exclude=other&exclude=node*"
        ).list()
        assert quiet.skipped == ()


async def test_a_hidden_folder_that_is_named_is_read(github: FakeGitHub, open_github: Opener) -> None:
    github.push({".github/help/a.md": "x"})
    assert paths(await open_github(github, "acme/docs:.github").list()) == [".github/help/a.md"]


@pytest.mark.parametrize(
    ("truncate_at", "calls"),
    [
        (None, 1),
        (100, 3),  # the root, cut; the root alone; docs whole
        (60, 7),  # docs is cut as well: docs alone; its three folders whole
        (10, 16),  # and these, too
        (0, 22),  # level by level
    ],
)
async def test_a_tree_that_is_cut_short_is_walked(
    truncate_at: int | None, calls: int, open_github: Opener
) -> None:
    files: dict[str, Content] = {
        f"docs/{a}/{b}/{n}.md": f"{a}{b}{n}" for a in "abc" for b in "xy" for n in range(9)
    }
    files |= {f"other/{n}/x.md": "x" for n in range(20)} | {"docs/.git-hub/z.md": "", "docs/top.md": "t"}
    with FakeGitHub(files) as github:
        github.truncate_at = truncate_at
        expected = sorted(path for path in files if "/." not in path)
        below = await open_github(github, "acme/docs:docs").list()
        assert paths(below) == [path for path in expected if path.startswith("docs/")]
        # Neither the folders beside it nor the hidden one in it are asked for.
        assert github.count("/git/trees/") == calls
        assert paths(await open_github(github).list()) == expected


@pytest.mark.parametrize(
    ("spec", "at_most", "folder"),
    [("acme/docs", 1, "."), ("acme/docs", 3, "docs"), ("acme/docs:docs", 3, "docs")],
)
async def test_a_folder_that_is_never_listed_whole(
    github: FakeGitHub, spec: str, at_most: int, folder: str, open_github: Opener
) -> None:
    github.truncate_at, github.truncate_all = at_most, True
    github.push({f"docs/{n}.md": "x" for n in range(5)})
    listing = await open_github(github, spec).list()
    assert reasons(listing)[folder] == "GitHub lists only a part of this folder"


async def test_a_tree_without_end_is_given_up() -> None:
    async def ask(sha: str, recursive: bool) -> Tree:
        item = Item(path="deeper", mode="040000", type="tree", sha=sha)
        return Tree(tree=(item,), truncated=recursive)

    with pytest.raises(SourceUnavailable, match="too many folders to list"):
        await TreeReader(ask=ask, repository="acme/docs", most=50).read("0" * 40, "")


async def test_a_path_that_is_none_is_not_believed(open_github: Opener) -> None:
    with FakeGitHub({"docs/../../up.md": "x", "docs/a.md": "x"}) as github:
        listing = await open_github(github, "acme/docs:docs").list()
        assert paths(listing) == ["docs/a.md"]
        assert set(reasons(listing).values()) == {"not a path"}


@pytest.mark.parametrize("truncate_at", [None, 1])
@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("nowhere", SourceMissing, "no folder 'nowhere'"),
        ("docs/nowhere", SourceMissing, "no folder 'docs/nowhere'"),
        ("README.md", SourceInvalid, "'README.md' in acme/docs is a file"),
        ("docs/a.md/x", SourceInvalid, "is a file"),
        ("module", SourceInvalid, "submodule"),
    ],
)
async def test_a_folder_that_is_none(
    github: FakeGitHub,
    truncate_at: int | None,
    path: str,
    error: type[Exception],
    words: str,
    open_github: Opener,
) -> None:
    github.push({"module": Submodule()})
    github.truncate_at = truncate_at
    if path == "docs/a.md/x" and truncate_at is None:
        error, words = SourceMissing, "no folder"  # a whole listing does not say what is in between
    with pytest.raises(error, match=words):
        await open_github(github, f"acme/docs:{path}").list()


async def test_unchanged_costs_one_conditional_call(github: FakeGitHub, open_github: Opener) -> None:
    first = open_github(github)
    assert first.conditional == ""
    await first.list()
    again = open_github(github, etag=first.conditional)
    with pytest.raises(NotModified):
        await again.list()
    assert again.requests == 1
    github.push({"new.md": ""})
    assert "new.md" in paths(await again.list())
    assert again.conditional != first.conditional


@pytest.mark.parametrize("spec", ["acme/docs?exclude=x", "acme/docs?include=*.md"])
async def test_another_choice_of_files_is_a_change(
    github: FakeGitHub, spec: str, open_github: Opener
) -> None:
    first = open_github(github)
    await first.list()
    await open_github(github, spec, etag=first.conditional).list()  # does not raise NotModified


async def test_a_listing_that_failed_is_not_remembered(github: FakeGitHub, open_github: Opener) -> None:
    source = open_github(github)
    github.fail(404, on="/git/trees/")
    with pytest.raises(SourceMissing):
        await source.list()
    assert source.conditional == ""


async def test_a_renamed_repository_is_followed(github: FakeGitHub, open_github: Opener) -> None:
    github.rename("handbook")
    source = open_github(github)
    listing = await source.list()
    assert await source.fetch(listing.entries[0]) == b"# Acme"
    assert source.id == "acme/docs@HEAD"
    assert source.requests == len(github.calls) == 6  # a redirect is a call, too


async def test_blobs_as_json_are_understood(github: FakeGitHub, open_github: Opener) -> None:
    github.raw_blobs = False
    github.push({"bytes.md": bytes(range(256)) * 20})
    source = open_github(github)
    entries = (await source.list()).entries
    assert await source.fetch(entries[1]) == bytes(range(256)) * 20


async def test_fetch_wants_a_blob(github: FakeGitHub, open_github: Opener) -> None:
    with pytest.raises(SourceInvalid, match="no blob"):
        await open_github(github).fetch(Entry(path="a.md", blob="../../user", size=1))
    with pytest.raises(SourceMissing, match=r"The file a\.md of acme/docs does not exist"):
        await open_github(github).fetch(Entry(path="a.md", blob="0" * 40, size=1))
