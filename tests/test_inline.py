"""Crawls within this process, of a folder and of a GitHub server that fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from pipelines.errors import IndexProblem, SourceError, SourceInvalid, SourceLimited
from pipelines.index.open import Index
from pipelines.index.records import chunk_metadata
from pipelines.inline import InlineCrawl, Progress, Summary
from pipelines.parse import SUFFIXES
from pipelines.sources import open_source
from pipelines.sources.models import BulkSource
from tests.fakes.embedder import HashEmbedder
from tests.fakes.github import FakeGitHub
from tests.index.samples import make_chunk, make_index, visible
from tests.sources.opening import write

PAGES = {
    "a.md": "# Alpha\n\nThe first page.",
    "b.md": "# Beta\n\nThe second page.",
    "d/c.md": "# Gamma\n\nThird.",
}
News = list[Progress | Summary]


class Crawler:
    """Crawls folders and repositories of a fake server into one index."""

    def __init__(self, index: Index, client: httpx.AsyncClient) -> None:
        self.index = index
        self._client = client

    def open(self, spec: str, github: FakeGitHub | None = None, *, retries: int = 3) -> BulkSource:
        return open_source(
            spec,
            suffixes=SUFFIXES,
            client=self._client,
            retries=retries,
            backoff=0,
            timeout=5,
            api_url=github.url if github else "https://api.github.com",
        )

    def begin(self, source: BulkSource) -> InlineCrawl:
        return InlineCrawl(source, self.index.store, self.index.follower, count=self.index.count)

    async def news(self, spec: str, github: FakeGitHub | None = None, *, retries: int = 3) -> News:
        source = self.open(spec, github, retries=retries)
        try:
            return [item async for item in self.begin(source).run()]
        finally:
            await source.close()

    async def crawl(self, spec: str, github: FakeGitHub | None = None, *, retries: int = 3) -> Summary:
        last = (await self.news(spec, github, retries=retries))[-1]
        assert isinstance(last, Summary)
        return last

    def shown(self) -> dict[str, str]:
        """What a reader sees of each page."""
        texts: dict[str, str] = {}
        for chunk in sorted(visible(self.index.follower.snapshot), key=lambda chunk: chunk.ordinal):
            texts[chunk.path] = f"{texts.get(chunk.path, '')}{chunk.glue}{chunk.text}"
        return texts


@pytest.fixture
async def crawler(tmp_path: Path) -> AsyncIterator[Crawler]:
    async with opened(tmp_path / "data") as crawler:
        yield crawler


@asynccontextmanager
async def opened(data: Path) -> AsyncIterator[Crawler]:
    """A process's view of the index in a folder."""
    async with httpx.AsyncClient(verify=False) as client:
        crawler = Crawler(make_index(data, HashEmbedder()), client)
        yield crawler
        crawler.index.store.close()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    write(tmp_path / "docs", dict(PAGES))
    return tmp_path / "docs"


def counts(summary: Summary) -> tuple[int, int, int, int, int]:
    return summary.files, summary.added, summary.changed, summary.removed, summary.unchanged


async def test_a_first_crawl_stores_every_page_and_tells_how_far_it_is(crawler: Crawler, docs: Path) -> None:
    *progress, summary = await crawler.news(str(docs))
    assert isinstance(summary, Summary)
    assert counts(summary) == (3, 3, 0, 0, 0)
    assert (summary.source, summary.chunks, summary.failed) == (docs.as_posix(), 3, ())
    assert crawler.shown() == {"a.md": "The first page.", "b.md": "The second page.", "d/c.md": "Third."}
    steps = [item for item in progress if isinstance(item, Progress)]
    assert [step.phase for step in steps] == sorted(
        (step.phase for step in steps), key=["listing", "indexing", "removing"].index
    )
    assert [step.done for step in steps] == [0, 0, 1, 2, 3, 3]
    assert (steps[-1].listed, steps[-1].todo, steps[-1].failed) == (3, 3, 0)
    assert crawler.index.computed == 3


async def test_nothing_changed_embeds_nothing_and_opens_no_chroma(docs: Path, tmp_path: Path) -> None:
    async with opened(tmp_path / "data") as first:
        await first.crawl(str(docs))
    (tmp_path / "data" / "chroma").rename(tmp_path / "aside")
    async with opened(tmp_path / "data") as second:
        summary = await second.crawl(str(docs))
        assert (counts(summary), summary.chunks) == ((3, 0, 0, 0, 3), 3)
        assert second.index.computed == 0
        assert not (tmp_path / "data" / "chroma").exists()


async def test_changes_additions_removals_and_renames(crawler: Crawler, docs: Path) -> None:
    await crawler.crawl(str(docs))
    write(docs, {"a.md": "# Alpha\n\nRewritten.", "new.md": "# New\n\nAdded."})
    (docs / "b.md").rename(docs / "z.md")
    (docs / "d" / "c.md").unlink()
    summary = await crawler.crawl(str(docs))
    assert counts(summary) == (3, 2, 1, 2, 0)
    assert crawler.shown() == {"a.md": "Rewritten.", "new.md": "Added.", "z.md": "The second page."}
    # The renamed page was embedded before.
    assert crawler.index.computed == 3 + 2
    assert set(crawler.index.store.files(docs.as_posix())) == {"a.md", "new.md", "z.md"}
    chunks = crawler.index.store.collections.chunk_ids({"source": docs.as_posix()})
    assert sorted(chunks) == [chunk.id for chunk in visible(crawler.index.follower.snapshot)]


async def test_a_folder_that_became_empty(crawler: Crawler, docs: Path) -> None:
    await crawler.crawl(str(docs))
    for path in PAGES:
        (docs / path).unlink()
    assert counts(await crawler.crawl(str(docs))) == (0, 0, 0, 3, 0)
    assert crawler.shown() == {}
    with pytest.raises(SourceInvalid):
        await crawler.crawl(f"{docs}/gone")


async def test_sources_stand_beside_each_other(crawler: Crawler, docs: Path, tmp_path: Path) -> None:
    write(tmp_path / "more", dict(PAGES))
    await crawler.crawl(str(docs))
    await crawler.crawl(str(tmp_path / "more"))
    assert crawler.index.follower.snapshot.count == 6
    assert crawler.index.computed == 3  # the same texts
    (tmp_path / "more" / "a.md").unlink()
    await crawler.crawl(str(tmp_path / "more"))
    assert crawler.index.follower.snapshot.count == 5


HALF = json.dumps({"cells": [{"cell_type": "markdown", "source": "# T\n\nx \ud800 y"}], "metadata": {}})
ODD: dict[str, str | bytes] = {
    "latin.md": "größer".encode("latin-1"),
    "binary.md": bytes(range(256)) * 8,
    "half.ipynb": HALF,
    "no.ipynb": "{",
    "empty.md": "",
    "line.md": "word " * 100_000,
    "fences.md": "```\n" * 5_000,
    "deep.md": ">" * 3_000 + " deep",
    "tags.html": "<div>" * 3_000,
    "table.md": "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 5_000,
    "nul.md": "a\x00b",
    "ok.md": "# Fine\n\nText.",
}


async def test_odd_files_are_told_of_and_not_fetched_again(crawler: Crawler) -> None:
    with FakeGitHub(dict(ODD)) as github:
        summary = await crawler.crawl("acme/docs", github)
        assert summary.failed == ()
        reasons = {skip.path: skip.reason for skip in summary.skipped}
        assert "not UTF-8" in reasons["latin.md"]
        assert set(reasons) <= {"latin.md", "binary.md", "no.ipynb", "deep.md"}
        assert summary.files == len(ODD) - len(reasons)
        assert crawler.shown()["ok.md"] == "Text."
        fetched = github.count("/git/blobs/")
        github.push({"other.md": "# Other"})
        again = await crawler.crawl("acme/docs", github)
        assert {skip.path: skip.reason for skip in again.skipped} == reasons
        assert github.count("/git/blobs/") == fetched + 1
        github.push({"latin.md": "größer"})
        assert "latin.md" not in {skip.path for skip in (await crawler.crawl("acme/docs", github)).skipped}
        assert crawler.shown()["latin.md"] == "größer"


async def test_a_file_that_fails_is_told_and_tried_again(crawler: Crawler) -> None:
    with FakeGitHub(dict(PAGES)) as github:
        blob = next(
            entry.blob
            for entry in (await crawler.open("acme/docs", github).list()).entries
            if entry.path == "b.md"
        )
        github.fail(500, times=3, on=blob)  # among others, alone, and once more at the end
        summary = await crawler.crawl("acme/docs", github, retries=0)
        assert [skip.path for skip in summary.failed] == ["b.md"]
        assert "500" in summary.failed[0].reason
        assert counts(summary) == (2, 2, 0, 0, 0)
        record = crawler.index.follower.snapshot.sources[summary.source]
        # The cursor is the commit that is stored whole, and none is.
        assert (record.commit, record.wanted, record.since) == ("", github.head, None)
        assert record.failed == summary.failed
        summary = await crawler.crawl("acme/docs", github, retries=0)
        assert (counts(summary), summary.failed) == ((3, 1, 0, 0, 2), ())
        record = crawler.index.follower.snapshot.sources[summary.source]
        assert (record.commit, record.failed) == (github.head, ())
        assert record.crawled_at is not None


async def test_a_failure_that_passes_is_none(crawler: Crawler) -> None:
    with FakeGitHub(dict(PAGES)) as github:
        github.fail("drop", times=2, on="/git/blobs/")
        assert (await crawler.crawl("acme/docs", github, retries=0)).failed == ()


@pytest.mark.parametrize("files", [20, 60])  # blob by blob; by one tarball first
async def test_a_server_that_fails_three_times_in_ten(crawler: Crawler, files: int) -> None:
    pages = {f"p{n}.md": f"# Page {n}\n\nText {n}." for n in range(files)}
    with FakeGitHub(dict(pages)) as github:
        github.flaky(0.3, seed=files)
        for _ in range(8):
            try:
                summary = await crawler.crawl("acme/docs", github)
            except SourceError:
                continue  # the listing itself
            if not summary.failed:
                break
        assert crawler.shown() == {f"p{n}.md": f"Text {n}." for n in range(files)}
        assert crawler.index.follower.snapshot.sources[summary.source].commit == github.head


async def test_a_short_rate_limit_is_waited_out(crawler: Crawler) -> None:
    with FakeGitHub(dict(PAGES)) as github:
        github.limit({"retry-after": "1"})
        notes: list[str] = []
        async with aclosing(crawler.begin(crawler.open("acme/docs", github)).run()) as news:
            async for item in news:
                if isinstance(item, Progress) and item.note:
                    notes.append(item.note)
                    github.limit(None)
        assert notes[0].startswith("The rate limit is spent: waiting until ")
        assert len(crawler.shown()) == 3


async def test_a_rate_limit_in_the_middle_is_waited_out(crawler: Crawler) -> None:
    with FakeGitHub(dict(PAGES)) as github:
        waited = False
        async with aclosing(crawler.begin(crawler.open("acme/docs", github)).run()) as news:
            async for item in news:
                if isinstance(item, Progress) and item.note:
                    waited = True
                if isinstance(item, Progress) and item.phase == "indexing" and not item.done:
                    github.limit(None if waited else {"retry-after": "1"})
        assert waited
        assert len(crawler.shown()) == 3


async def test_a_long_rate_limit_ends_the_crawl_with_what_to_do(crawler: Crawler) -> None:
    with FakeGitHub(dict(PAGES)) as github:
        reset = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
        github.limit({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)})
        with pytest.raises(SourceLimited, match="GITHUB_PERSONAL_ACCESS_TOKEN"):
            await crawler.crawl("acme/docs", github)
        github.limit(None)
        assert counts(await crawler.crawl("acme/docs", github)) == (3, 3, 0, 0, 0)


async def stop_after(crawl: InlineCrawl, enough: Callable[[Progress], bool]) -> None:
    async with aclosing(crawl.run()) as news:
        async for item in news:
            if isinstance(item, Progress) and enough(item):
                return
    raise AssertionError("it came to its end")


async def test_a_crawl_that_is_stopped_goes_on_where_it_was(crawler: Crawler, docs: Path) -> None:
    pages = {f"p{n}.md": f"# Page {n}\n\nText {n}." for n in range(20)}
    write(docs, dict(pages))
    await stop_after(crawler.begin(crawler.open(str(docs))), lambda news: news.done >= 4)
    record = crawler.index.store.source(docs.as_posix())
    assert record is not None
    assert (record.since is None, record.crawled_at) == (False, None)
    kept = len(crawler.index.store.files(docs.as_posix()))
    assert 4 <= kept < 23
    # Nothing is written behind the next crawl's back: what a sweep finds now is of no write under way.
    assert crawler.index.store.sweep(docs.as_posix()) == 0
    summary = await crawler.crawl(str(docs))
    assert counts(summary) == (23, 23 - kept, 0, 0, kept)
    assert crawler.index.computed == 23
    assert len(crawler.shown()) == 23


async def test_a_crawl_that_is_stopped_again_and_again_ends_whole(crawler: Crawler, docs: Path) -> None:
    for turn in range(8):
        write(docs, {f"p{n}.md": f"# Page {n}\n\nTurn {turn}." for n in range(6)})
        task = asyncio.create_task(crawler.crawl(str(docs)))
        await asyncio.sleep(0.01 * turn)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await crawler.crawl(str(docs))
    assert {path: text for path, text in crawler.shown().items() if path.startswith("p")} == {
        f"p{n}.md": "Turn 7." for n in range(6)
    }
    chunks = crawler.index.store.collections.chunk_ids({"source": docs.as_posix()})
    assert sorted(chunks) == [chunk.id for chunk in visible(crawler.index.follower.snapshot)]


async def test_what_a_crash_left_is_swept_by_the_next_crawl(crawler: Crawler, docs: Path) -> None:
    store, source = crawler.index.store, docs.as_posix()

    def leave(text: str) -> None:
        """Chunks whose record was never written."""
        chunk = make_chunk(text, path="a.md", source=source)
        store.collections.add_chunks([chunk.id], [chunk.embedded], [chunk_metadata(chunk)])

    leave("of a rebuild that was cut short, which leaves no record of the source")
    await crawler.crawl(str(docs))
    assert len(store.collections.chunk_ids({"source": source})) == 3
    leave("of a crawl that did not end")
    record = store.source(source)
    assert record is not None
    store.put_source(replace(record, since=datetime.now(UTC)))
    assert counts(await crawler.crawl(str(docs))) == (3, 0, 0, 0, 3)
    assert len(store.collections.chunk_ids({"source": source})) == 3


async def test_the_cursor_moves_when_all_is_stored(crawler: Crawler) -> None:
    with FakeGitHub(dict(PAGES)) as github:
        first = (await crawler.crawl("acme/docs", github)).commit
        second = github.push({path: f"{text} Again." for path, text in PAGES.items()})
        seen, source = [], crawler.open("acme/docs", github)
        async with aclosing(crawler.begin(source).run()) as news:
            async for item in news:
                record = crawler.index.store.source(source.id)
                assert record is not None
                seen.append(
                    (item.phase if isinstance(item, Progress) else "end", record.commit, record.wanted)
                )
        assert ("indexing", first, second) in seen
        assert seen[-1] == ("end", second, second)
        assert all(commit == first for phase, commit, _ in seen if phase in ("listing", "indexing"))


async def test_an_embedding_server_that_fails_ends_the_crawl_and_the_next_goes_on(
    tmp_path: Path, docs: Path
) -> None:
    embedder = HashEmbedder()
    index = make_index(tmp_path / "data", embedder)
    async with httpx.AsyncClient(verify=False) as client:
        crawler = Crawler(index, client)
        embedder.away = True
        with pytest.raises(Exception, match="away"):
            await crawler.crawl(str(docs))
        embedder.away = False
        assert counts(await crawler.crawl(str(docs))) == (3, 3, 0, 0, 0)


async def test_an_index_that_cannot_be_written_ends_the_crawl(tmp_path: Path, docs: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "chroma").write_text("a file")
    async with opened(tmp_path / "data") as crawler:
        with pytest.raises(IndexProblem, match="cannot be written"):
            await crawler.crawl(str(docs))
