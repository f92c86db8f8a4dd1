from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import SourceInvalid, SourceMissing, SourceUnavailable
from pipelines.sources.blob import blob_sha
from pipelines.sources.models import Entry
from tests.sources.opening import open_folder, paths, reasons, write

MIB = 1_048_576


async def test_lists_documents_sorted_and_skips_the_rest_with_a_reason(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b.md": "# B",
            "a/z.MDX": "",  # suffixes in any case; empty is a document
            "a/b.txt": "x",
            "ein bißchen.md": "x",
            "code.py": "no document, and not worth a word",
            "Makefile": "",
            ".hidden.md": "x",
            ".env": "no document either",
            ".github/a.md": "x",
            ".github/deep/b.md": "x",
            "node_modules/x/README.md": "x",
            "a/__pycache__/x.txt": "x",
            "env/pyvenv.cfg": "",
            "env/lib/a.md": "x",
            "binary.md": b"GIF\0",
            "late.txt": b"x" * 8192 + b"\0",  # the parser's matter
            "border.md": b"x" * MIB,
            "large.md": b"x" * (MIB + 1),
        },
    )
    listing = await open_folder(tmp_path).list()
    assert paths(listing) == ["a/b.txt", "a/z.MDX", "b.md", "border.md", "ein bißchen.md", "late.txt"]
    assert reasons(listing) == {
        ".hidden.md": "hidden",
        ".github": "hidden",
        "node_modules": "installed packages, not documentation",
        "env": "a Python environment, not documentation",
        "binary.md": "binary",
        "large.md": "1,048,577 bytes, more than the limit of 1 MiB",
    }
    assert [skip.path for skip in listing.skipped] == sorted(reasons(listing))
    assert (listing.commit, listing.committed_at) == ("", None)


async def test_an_empty_folder_is_an_empty_listing(tmp_path: Path) -> None:
    listing = await open_folder(tmp_path).list()
    assert (listing.entries, listing.skipped) == ((), ())


async def test_a_folder_that_is_gone_by_then(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    source = open_folder(tmp_path / "docs")
    (tmp_path / "docs").rmdir()
    with pytest.raises(SourceInvalid, match="cannot be read"):
        await source.list()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["a.md", "v0/a.md", "v1/a.md", "v1/b.txt"]),
        ("?include=**/*.md", ["a.md", "v0/a.md", "v1/a.md"]),
        ("?include=/*.md", ["a.md"]),
        ("?include=v0/**&include=v1/*.txt", ["v0/a.md", "v1/b.txt"]),
        ("?exclude=v0/**", ["a.md", "v1/a.md", "v1/b.txt"]),
        ("?exclude=v0/", ["a.md", "v1/a.md", "v1/b.txt"]),
        ("?include=*.md&exclude=v0", ["a.md", "v1/a.md"]),
        ("?exclude=v*/*&exclude=!v1/a.md", ["a.md", "v1/a.md"]),
        ("?include=*.py", []),  # a glob adds no kind of file
    ],
)
async def test_globs_choose_without_a_word(tmp_path: Path, query: str, expected: list[str]) -> None:
    write(
        tmp_path, {"a.md": "", "v0/a.md": "", "v1/a.md": "", "v1/b.txt": "", "v1/c.py": "", "v0/.x/y.md": ""}
    )
    listing = await open_folder(tmp_path, query).list()
    assert paths(listing) == expected
    assert set(reasons(listing)) <= {"v0/.x"}
    if "exclude=v0" in query:
        assert not listing.skipped  # nor are folders named that are excluded anyway


async def test_links(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    write(docs, {"a.md": "# A", "guide/b.md": "# B", ".shared/c.md": "# C", ".shared/sub/d.md": "# D"})
    write(tmp_path, {"outside/secret.md": "# S"})
    links = {
        "again.md": "a.md",  # read where it stands
        "absolute.md": str(docs / "a.md"),
        "hidden.md": ".shared/c.md",  # read here, for it is not read there
        "out.md": "../outside/secret.md",
        "out": "../outside",
        "guide/up": "..",  # a loop
        "same": "guide",
        "shared": ".shared",
        "sub": ".shared/sub",
        "nowhere.md": "gone.md",
        "circle.md": "circle.md",
        "notes": "a.md",  # its name is no document's
        ".shared/out.md": "../../outside/secret.md",
    }
    for link, target in links.items():
        (docs / link).symlink_to(target)
    source = open_folder(docs)
    listing = await source.list()
    assert paths(listing) == ["a.md", "guide/b.md", "hidden.md", "shared/sub/d.md"]
    assert reasons(listing) == {
        ".shared": "hidden",
        "absolute.md": "a link to a.md, which is read there",
        "again.md": "a link to a.md, which is read there",
        "circle.md": "a link that leads in a circle or cannot be followed",
        "guide/up": "a link to the folder itself, which is read there",
        "nowhere.md": "a link that leads nowhere",
        "out": "a link that leaves the folder",
        "out.md": "a link that leaves the folder",
        "same": "a link to guide, which is read there",
        "shared/c.md": "a link to hidden.md, which is read there",
        "shared/out.md": "a link that leaves the folder",
        "sub": "a link to shared/sub, which is read there",
    }
    assert [await source.fetch(entry) for entry in listing.entries] == [b"# A", b"# B", b"# C", b"# D"]


async def test_a_folder_reached_by_a_link_is_the_same_source(tmp_path: Path) -> None:
    write(tmp_path, {"docs/a.md": "# A"})
    (tmp_path / "link").symlink_to("docs")
    assert open_folder(tmp_path / "link").id == open_folder(tmp_path / "docs").id
    assert paths(await open_folder(tmp_path / "link").list()) == ["a.md"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "x", "b.md": "x", "c/d.md": "x"})
    (tmp_path / "a.md").chmod(0)
    (tmp_path / "c").chmod(0)
    listing = await open_folder(tmp_path).list()
    (tmp_path / "c").chmod(0o700)
    assert paths(listing) == ["b.md"]
    assert reasons(listing) == {
        "a.md": "cannot be read: Permission denied",
        "c": "the folder cannot be read: Permission denied",
    }


async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    listing = await asyncio.wait_for(open_folder(tmp_path).list(), 5)
    assert (paths(listing), reasons(listing)) == ([], {"pipe.md": "not a regular file"})


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are always text")
async def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    for name in (b"caf\xe9.md", b"caf\xe9"):
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/folder-" + name))).mkdir()
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))).write_text("x")
    write(tmp_path, {os.fsdecode(b"folder-caf\xe9/a.md"): "x"})
    listing = await open_folder(tmp_path).list()
    names = ("caf?.md", "folder-caf?", "folder-caf?.md")
    assert (paths(listing), reasons(listing)) == ([], dict.fromkeys(names, "its name is not UTF-8"))


async def test_fetch_gives_what_was_listed_or_says_why_not(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "# A", "b.md": "# B", "c.md": "# C", "d.md": "# D"})
    source = open_folder(tmp_path)
    a, b, c, d = (await source.list()).entries
    write(tmp_path, {"b.md": "# other"})
    (tmp_path / "c.md").unlink()
    write(tmp_path, {"d.md": b"x" * (MIB + 1)})
    assert await source.fetch(a) == b"# A"
    with pytest.raises(SourceUnavailable, match=r"b\.md changed while it was read"):
        await source.fetch(b)
    with pytest.raises(SourceMissing, match=r"c\.md is no longer in"):
        await source.fetch(c)
    with pytest.raises(SourceUnavailable, match=r"d\.md changed"):
        await source.fetch(d)
    await source.close()


@pytest.mark.parametrize(
    "path", ["../secret.md", "a/../../secret.md", "/etc/passwd", "", ".", "link/secret.md", "a\0b"]
)
async def test_fetch_never_leaves_the_folder(tmp_path: Path, path: str) -> None:
    write(tmp_path, {"docs/a/b.md": "x", "secret.md": "s"})
    (tmp_path / "docs/link").symlink_to("..")
    entry = Entry(path=path, blob=blob_sha(b"s"), size=1)
    with pytest.raises((SourceInvalid, SourceUnavailable), match=r"leads out of|cannot be read|changed"):
        await open_folder(tmp_path / "docs").fetch(entry)


async def test_fetch_all_gives_each_file_up_to_the_first_that_fails(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "# A", "b.md": "# B", "c.md": "# C"})
    source = open_folder(tmp_path)
    entries = (await source.list()).entries
    assert [(entry.path, content) async for entry, content in source.fetch_all(entries)] == [
        ("a.md", b"# A"),
        ("b.md", b"# B"),
        ("c.md", b"# C"),
    ]
    (tmp_path / "b.md").unlink()
    contents = source.fetch_all(entries)
    assert await anext(contents) == (entries[0], b"# A")
    with pytest.raises(SourceMissing):
        await anext(contents)


async def test_listing_leaves_the_loop_free(tmp_path: Path) -> None:
    write(tmp_path, {f"{n}.md": "x" * 1000 for n in range(300)})
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await open_folder(tmp_path).list()
    ticking.cancel()
    assert ticks > 10


@given(st.binary(max_size=300))
def test_blob_is_gits_name(content: bytes) -> None:
    # Known values of git itself beside the property that different content has different names.
    assert blob_sha(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_sha(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert blob_sha(content) != blob_sha(content + b"\n")
