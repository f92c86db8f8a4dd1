from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from pipelines.errors import SourceDenied, SourceError, SourceLimited, SourceMissing, SourceUnavailable
from pipelines.sources import open_source
from tests.fakes.github import FakeGitHub, Fault
from tests.sources.opening import SUFFIXES, Opener, paths

TOKEN = "github_pat_0123456789"


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub({"a.md": "# A", "b.md": "# B"}) as server:
        yield server


PASSING: list[Fault] = [500, 502, 503, 408, "drop", "cut", "malformed", "html"]


@pytest.mark.parametrize("fault", PASSING)
async def test_what_passes_is_tried_again(github: FakeGitHub, fault: Fault, open_github: Opener) -> None:
    github.fail(fault, times=2, on="/commits/")
    github.fail(fault, times=3, on="/git/trees/")
    source = open_github(github)
    listing = await source.list()
    assert paths(listing) == ["a.md", "b.md"]
    # Broken content shows by its SHA.
    github.fail("wrong" if fault in ("malformed", "html") else fault, times=3, on="/git/blobs/")
    assert await source.fetch(listing.entries[0]) == b"# A"
    assert source.requests == len(github.calls) == 11


@pytest.mark.parametrize("fault", PASSING)
async def test_trying_again_has_an_end(github: FakeGitHub, fault: Fault, open_github: Opener) -> None:
    github.fail(fault, times=10)
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1 (answered|cannot be reached|sent)") as failed:
        await open_github(github, retries=2).list()
    assert len(github.calls) == 3
    assert failed.value.passing


async def test_content_that_is_not_what_was_listed(github: FakeGitHub, open_github: Opener) -> None:
    source = open_github(github, retries=1)
    entry = (await source.list()).entries[0]
    github.fail("wrong", times=2)
    with pytest.raises(SourceUnavailable):
        await source.fetch(entry)


async def test_a_server_that_does_not_answer(github: FakeGitHub, open_github: Opener) -> None:
    github.fail("slow")
    with pytest.raises(SourceUnavailable, match="did not answer in time"):
        await open_github(github, timeout=0.1, retries=0).list()


async def test_no_server() -> None:
    with FakeGitHub({"a.md": ""}) as github:
        url = github.url
    source = open_source("acme/docs", suffixes=SUFFIXES, api_url=url, token=TOKEN, backoff=0)
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        await source.list()
    assert source.requests == 4
    await source.close()


@pytest.mark.parametrize(
    ("spec", "token", "error", "words"),
    [
        (
            "acme/other",
            "",
            SourceMissing,
            "The repository acme/other does not exist, or the repository is private: set GITHUB_P",
        ),
        ("acme/other", TOKEN, SourceMissing, "acme/other does not exist, or the token may not see it"),
        (
            "acme/docs@nope",
            "",
            SourceMissing,
            "The branch, tag or commit 'nope' of acme/docs does not exist.$",
        ),
        ("acme/docs", "not-this-one", SourceDenied, "refused the token in GITHUB_PERSONAL_ACCESS_TOKEN"),
    ],
)
async def test_what_does_not_pass_is_said_at_once(
    github: FakeGitHub, spec: str, token: str, error: type[SourceError], words: str, open_github: Opener
) -> None:
    github.token = TOKEN
    with pytest.raises(error, match=words) as failed:
        await open_github(github, spec, token=token).list()
    assert len(github.calls) == 1
    assert not failed.value.passing
    assert not token or token not in str(failed.value)


async def test_a_private_repository_needs_the_token(open_github: Opener) -> None:
    with FakeGitHub({"a.md": "x"}, private=True, token=TOKEN) as github:
        with pytest.raises(
            SourceMissing, match="the repository is private: set GITHUB_PERSONAL_ACCESS_TOKEN"
        ):
            await open_github(github).list()
        assert paths(await open_github(github, token=TOKEN).list()) == ["a.md"]


async def test_an_empty_repository(open_github: Opener) -> None:
    with FakeGitHub({}) as github:
        with pytest.raises(SourceMissing, match="the repository is empty"):
            await open_github(github).list()
        github.push({"main.py": ""})
        assert (await open_github(github).list()).entries == ()


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


SPENT = {"x-ratelimit-remaining": "0"}
# Stand for moments that are only known when the test runs, which may be minutes after it was collected.
IN_1000_SECONDS, IN_90_SECONDS = "in 1000 seconds", "in 90 seconds"


def timed(value: str) -> str:
    """The header's value as of now."""
    if value == IN_1000_SECONDS:
        return str(int(time.time()) + 1000)
    return format_datetime(in_seconds(90), usegmt=True) if value == IN_90_SECONDS else value


@pytest.mark.parametrize(
    ("headers", "status", "seconds"),
    [
        (SPENT | {"x-ratelimit-reset": IN_1000_SECONDS}, 403, 1000),
        (SPENT | {"x-ratelimit-reset": IN_1000_SECONDS}, 429, 1000),
        ({"retry-after": "30"}, 403, 30),  # the secondary limit
        ({"retry-after": "30"}, 429, 30),
        ({"retry-after": IN_90_SECONDS}, 429, 90),
        (SPENT | {"retry-after": "30", "x-ratelimit-reset": IN_1000_SECONDS}, 403, 30),
        ({}, 429, 60),  # no time is named
        ({}, 403, 60),  # only the text says that it is a limit
        (SPENT, 403, 60),
        (SPENT | {"x-ratelimit-reset": "soon"}, 403, 60),
        (SPENT | {"x-ratelimit-reset": "9" * 30}, 403, 60),
        ({"retry-after": "soon"}, 429, 60),
        (SPENT | {"x-ratelimit-reset": "1000"}, 403, 0),  # long past: a clock that is wrong
        ({"retry-after": "9999999"}, 429, 86400),
    ],
)
async def test_a_spent_limit_says_until_when(
    github: FakeGitHub, headers: dict[str, str], status: int, seconds: float, open_github: Opener
) -> None:
    github.limit({name: timed(value) for name, value in headers.items()}, status=status)
    with pytest.raises(
        SourceLimited, match=r"allows no more requests until .* UTC\. With a token"
    ) as limited:
        await open_github(github).list()
    assert abs((limited.value.retry_at - in_seconds(seconds)).total_seconds()) < 20
    assert len(github.calls) == 1  # asking on only makes it worse
    github.limit(None)
    assert (await open_github(github).list()).entries


async def test_a_refusal_that_is_no_limit(github: FakeGitHub, open_github: Opener) -> None:
    github.fail(403)
    with pytest.raises(SourceDenied, match="refused to show The repository acme/docs"):
        await open_github(github).list()


async def test_the_token_goes_to_no_other_host(github: FakeGitHub, open_github: Opener) -> None:
    with FakeGitHub({"a.md": "# elsewhere"}, name="docs") as other:
        github.redirect_to = other.url
        source = open_github(github, token=TOKEN)
        assert (await source.list()).commit == other.head
        assert all("authorization" in call.headers for call in github.calls)
        assert len(other.calls) == 2
        assert not any("authorization" in call.headers for call in other.calls)


async def test_the_token_is_in_no_text(
    github: FakeGitHub, caplog: pytest.LogCaptureFixture, open_github: Opener
) -> None:
    caplog.set_level(0)
    source = open_github(github, token=TOKEN, retries=0)
    faults: tuple[Fault, ...] = (401, 403, 404, 429, 500, "drop", "cut", "malformed")
    for fault in faults:
        github.fail(fault)
        with pytest.raises(SourceError) as failed:
            await source.list()
        error: BaseException | None = failed.value
        while error is not None:
            assert TOKEN not in f"{error} {error!r}"
            error = error.__cause__ or error.__context__
    assert TOKEN not in f"{source!r} {vars(source)!r}{caplog.text}"


async def test_a_client_that_is_given_stays_open(github: FakeGitHub) -> None:
    async with httpx.AsyncClient() as client:
        source = open_source("acme/docs", suffixes=SUFFIXES, api_url=github.url, client=client)
        await source.list()
        await source.close()
        assert not client.is_closed


@pytest.mark.parametrize("seed", range(5))
async def test_a_third_of_all_calls_may_fail(github: FakeGitHub, seed: int, open_github: Opener) -> None:
    github.push({f"{n}.md": f"# {n}" for n in range(20)})
    github.flaky(0.3, seed=seed)
    source = open_github(github, retries=12)
    listing = await source.list()
    contents = [await source.fetch(entry) for entry in listing.entries]
    assert len(contents) == 22
    assert source.requests == len(github.calls) > 24
