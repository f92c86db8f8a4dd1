"""Many files in few calls: the tarball, and what happens when it is of no use."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator

import pytest

from pipelines.errors import SourceLimited, SourceUnavailable
from pipelines.sources.blob import MAX_BYTES, blob_sha
from pipelines.sources.models import BulkSource, Entry
from pipelines.sources.tarball import read_members
from tests.fakes.github import FakeGitHub, Fault, Link
from tests.sources.opening import Opener

FILES = {f"docs/{n:02}/é {n}.md": f"# Page {n}\n" for n in range(40)}
LONG = "docs/" + "long/" * 40 + "name.md"  # beyond what plain tar can name
TOKEN = "github_pat_0123456789"


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub(
        {**FILES, LONG: "# Long\n", "docs/link.md": Link("00/a.md"), "big.bin": b"\0" * 100}
    ) as server:
        yield server


async def fetch_all(source: BulkSource) -> dict[str, str]:
    entries = (await source.list()).entries
    return {entry.path: content.decode() async for entry, content in source.fetch_all(entries)}


WHOLE = {**FILES, LONG: "# Long\n"}


async def test_many_files_take_one_tarball(github: FakeGitHub, open_github: Opener) -> None:
    source = open_github(github)
    assert await fetch_all(source) == WHOLE
    assert (github.count("/tarball/"), github.count("/legacy.tar.gz/"), github.count("/git/blobs/")) == (
        1,
        1,
        0,
    )
    assert source.requests == len(github.calls) == 4


async def test_few_files_are_asked_for_one_by_one(github: FakeGitHub, open_github: Opener) -> None:
    source = open_github(github, "acme/docs?include=0?")
    assert len(await fetch_all(source)) == 10
    assert (github.count("/tarball/"), github.count("/git/blobs/")) == (0, 10)


async def test_without_a_listing_there_is_no_tarball(github: FakeGitHub, open_github: Opener) -> None:
    entries = (await open_github(github).list()).entries
    contents = [content async for _, content in open_github(github).fetch_all(entries)]
    assert len(contents) == 41
    assert github.count("/tarball/") == 0


async def test_a_private_tarball_is_had_without_showing_the_token(open_github: Opener) -> None:
    with FakeGitHub(FILES, private=True, token=TOKEN) as github:
        assert await fetch_all(open_github(github, token=TOKEN)) == FILES
        [call] = [call for call in github.calls if call.port == github.codeload_port]
        assert "authorization" not in call.headers


async def test_what_the_tarball_leaves_out_is_asked_for(github: FakeGitHub, open_github: Opener) -> None:
    github.export_ignore = frozenset(list(FILES)[:3])
    assert await fetch_all(open_github(github)) == WHOLE
    assert github.count("/git/blobs/") == 3


async def test_a_tarball_of_another_content_is_not_believed(github: FakeGitHub, open_github: Opener) -> None:
    source = open_github(github)
    entries = (await source.list()).entries
    # As `export-subst` does: what is packed is not what is stored.
    sha = blob_sha(FILES[entries[0].path].encode())
    right, github.tarball_only[sha] = github.repository.blobs[sha], b"# Page of version 1\n"
    contents = {entry.path: content async for entry, content in source.fetch_all(entries)}
    assert contents[entries[0].path] == right
    assert github.count("/git/blobs/") == 1


@pytest.mark.parametrize("fault", [404, 403, 500, "html", "cut", "drop"])
async def test_without_a_tarball_it_works_the_long_way(
    github: FakeGitHub, fault: Fault, open_github: Opener
) -> None:
    github.fail(fault, times=100, on="legacy.tar.gz")
    assert await fetch_all(open_github(github)) == WHOLE
    assert github.count("/git/blobs/") == 41


@pytest.mark.parametrize("fault", [500, "cut", "drop"])
async def test_a_tarball_that_fails_once_is_asked_for_again(
    github: FakeGitHub, fault: Fault, open_github: Opener
) -> None:
    github.fail(fault, on="legacy.tar.gz")
    assert await fetch_all(open_github(github)) == WHOLE
    assert github.count("/git/blobs/") == 0


async def test_a_server_without_tarballs(github: FakeGitHub, open_github: Opener) -> None:
    github.tarballs = False
    assert await fetch_all(open_github(github)) == WHOLE


async def test_a_spent_limit_ends_it(github: FakeGitHub, open_github: Opener) -> None:
    source = open_github(github)
    entries = (await source.list()).entries
    github.limit({"retry-after": "9"}, status=429)
    with pytest.raises(SourceLimited):
        await anext(source.fetch_all(entries))
    assert len(github.calls) == 3


async def test_what_could_be_had_comes_before_the_error(github: FakeGitHub, open_github: Opener) -> None:
    source = open_github(github, retries=0)
    entries = (await source.list()).entries[:6]
    github.fail(500, on=entries[2].blob)
    seen = []
    with pytest.raises(SourceUnavailable):  # noqa: PT012
        async for entry, _ in source.fetch_all(entries):
            seen.append(entry)
    assert seen == [entry for entry in entries if entry != entries[2]]


async def test_stopping_half_way_leaves_nothing_open(github: FakeGitHub, open_github: Opener) -> None:
    source = open_github(github)
    entries = (await source.list()).entries
    async for _ in source.fetch_all(entries):
        break
    assert await source.fetch(entries[-1])


async def test_a_repository_too_large_for_a_tarball(github: FakeGitHub, open_github: Opener) -> None:
    github.claim_size = 600 * MAX_BYTES
    source = open_github(github, "acme/docs:docs")
    assert await fetch_all(source) == WHOLE
    assert github.count("/tarball/") == 0


def entry(path: str, content: bytes) -> Entry:
    return Entry(path=path, blob=blob_sha(content), size=len(content))


def pack(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def test_members_that_are_no_files_or_too_large_are_passed_over() -> None:
    link = tarfile.TarInfo("top/link.md")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    big = b"x" * (MAX_BYTES + 1)
    packed = pack(
        [
            (tarfile.TarInfo("top/../../up.md"), b"up"),
            (link, b""),
            (tarfile.TarInfo("top/big.md"), big),
            (tarfile.TarInfo("a.md"), b"a"),  # without the first folder
            (tarfile.TarInfo("top/a.md"), b"a"),
            (tarfile.TarInfo("top/a.md"), b"a"),  # twice
        ]
    )
    wanted = [entry("link.md", b""), entry("big.md", big), entry("a.md", b"a"), entry("up.md", b"up")]
    assert list(read_members(io.BytesIO(packed), wanted)) == [(wanted[2], b"a")]


def test_what_lies_behind_the_limit_is_left_out() -> None:
    names = ("a.md", "b.bin", "c.md")
    packed = pack([(tarfile.TarInfo(f"top/{name}"), b"x" * 3000) for name in names])
    wanted = [entry("a.md", b"x" * 3000), entry("c.md", b"x" * 3000)]
    assert list(read_members(io.BytesIO(packed), wanted, limit=9000)) == [(wanted[0], b"x" * 3000)]
    assert len(list(read_members(io.BytesIO(packed), wanted))) == 2


@pytest.mark.parametrize("damage", [b"", b"no tarball", pack([])[:5]])
def test_a_damaged_tarball_ends(damage: bytes) -> None:
    assert list(read_members(io.BytesIO(damage), [entry("a.md", b"a")])) == []


def test_a_tarball_that_breaks_off_gives_what_came_before() -> None:
    noise = bytes(range(256)) * 400
    packed = pack(
        [
            (tarfile.TarInfo("t/a.md"), b"a"),
            (tarfile.TarInfo("t/b.md"), noise),
            (tarfile.TarInfo("t/c.md"), b"c"),
        ]
    )
    wanted = [entry("a.md", b"a"), entry("b.md", noise), entry("c.md", b"c")]
    found = list(read_members(io.BytesIO(packed[: len(packed) // 2]), wanted))
    assert [each.path for each, _ in found] in ([], ["a.md"])
