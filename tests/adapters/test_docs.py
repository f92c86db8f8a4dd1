"""The door to the index: retrieval that is never stale for long, and crawls that a front may follow."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest

from bot.adapters.addresses import page_address
from bot.adapters.docs import DocsControl, DocsRetriever, cited_commit
from bot.core.errors import IndexUnusable, RetrievalFailed
from bot.core.models import CrawlEvent, CrawlFailed, CrawlProgress, CrawlSummary, Question, Turn
from pipelines.index.chroma import Place
from pipelines.index.follow import Follower
from pipelines.index.models import FileRecord, SourceRecord
from pipelines.index.open import Index
from pipelines.index.saved import SavedSnapshots
from pipelines.index.search import Searcher
from pipelines.index.snapshot import Snapshot
from pipelines.parse import SUFFIXES
from pipelines.sources import open_source
from tests.fakes.embedder import HashEmbedder
from tests.fakes.github import FakeGitHub
from tests.fixtures.processes import free_port
from tests.index.samples import SOURCE, make_file, make_index
from tests.sources.opening import write

OLD, NEW, OTHER = "a" * 40, "b" * 40, "c" * 40


def record(commit: str, wanted: str, *, under_way: bool = False, address: str = "") -> SourceRecord:
    since = datetime(2024, 1, 1, tzinfo=UTC) if under_way else None
    return SourceRecord(source=SOURCE, address=address, commit=commit, wanted=wanted, since=since)


def file(commit: str) -> FileRecord:
    return FileRecord(source=SOURCE, path="a.md", blob="0" * 40, commit=commit, chunks=())


@pytest.mark.parametrize(
    ("source", "stored", "expected"),
    [
        (record(NEW, NEW), file(NEW), NEW),
        (record(NEW, NEW), file(OLD), NEW),  # unchanged since, so it stands at the newest as well
        (record(OLD, NEW, under_way=True), file(NEW), NEW),  # stored by the crawl that is under way
        (record(OLD, NEW, under_way=True), file(OLD), OLD),  # not yet
        (record(OLD, NEW, under_way=True), file(OTHER), OTHER),  # stored by a crawl that was given up
        (record("", NEW, under_way=True), file(NEW), NEW),  # the first crawl
        (record(OLD, NEW), file(OLD), OLD),  # over, and a file failed: perhaps this one
        (record(OLD, NEW), file(NEW), NEW),
        (record("", ""), file(""), ""),  # a folder outside git
        (None, file(OLD), OLD),
        (record(NEW, NEW), None, ""),
        (None, None, ""),
    ],
)
def test_cited_commit(source: SourceRecord | None, stored: FileRecord | None, expected: str) -> None:
    assert cited_commit(source, stored) == expected


WEB = record(NEW, NEW, address="https://github.com/acme/docs/blob/{commit}/{path}")


@pytest.mark.parametrize(
    ("source", "name", "path", "anchor", "expected"),
    [
        (WEB, SOURCE, "a/b.md", "", f"https://github.com/acme/docs/blob/{NEW}/a/b.md"),
        (WEB, SOURCE, "a.md", "set-up", f"https://github.com/acme/docs/blob/{NEW}/a.md#set-up"),
        (WEB, SOURCE, "a b#c?d%e.md", "", f"https://github.com/acme/docs/blob/{NEW}/a%20b%23c%3Fd%25e.md"),
        (
            WEB,
            SOURCE,
            "ü/日.md",
            "größe",
            f"https://github.com/acme/docs/blob/{NEW}/%C3%BC/%E6%97%A5.md#gr%C3%B6%C3%9Fe",
        ),
        (WEB, SOURCE, "{commit}.md", "", f"https://github.com/acme/docs/blob/{NEW}/%7Bcommit%7D.md"),
        (WEB, SOURCE, "a.md", 'a b"<>', f"https://github.com/acme/docs/blob/{NEW}/a.md#a%20b%22%3C%3E"),
        # Where they are published: no suffix, a folder's own page at the folder; also without a commit.
        (
            record("", "", address="https://docs.x/{page}"),
            "/srv/docs",
            "a/b.mdx",
            "x",
            "https://docs.x/a/b#x",
        ),
        (
            record("", "", address="https://docs.x/v1/{page}"),
            "/srv/docs",
            "a/index.md",
            "",
            "https://docs.x/v1/a",
        ),
        (record("", "", address="https://docs.x/{page}"), "/srv/docs", "README.md", "x", "https://docs.x#x"),
        (
            record(NEW, NEW, address="https://docs.x/{page|docs}"),
            SOURCE,
            "docs/a b.md",
            "",
            "https://docs.x/a%20b",
        ),
        (
            record(NEW, NEW, address="https://docs.x/{page|docs}"),
            SOURCE,
            "docs2/a.md",
            "",
            "https://docs.x/docs2/a",
        ),
        # A folder: a file's own address.
        (record("", ""), "/srv/docs", "a b/ü.md", "x", "file:///srv/docs/a%20b/%C3%BC.md#x"),
        (record(NEW, NEW), "/srv/docs", "a#b.md", "", "file:///srv/docs/a%23b.md"),
        (None, "/srv/docs", "a.md", "", "file:///srv/docs/a.md"),
        (None, "acme/docs", "a.md", "", ""),
    ],
)
def test_page_address(source: SourceRecord | None, name: str, path: str, anchor: str, expected: str) -> None:
    commit = source.commit if source else ""
    assert page_address(source, name, path, commit, anchor) == expected


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Desk:
    """A retriever over an index in a folder, with a clock that stands still."""

    index: Index
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.retriever = DocsRetriever(self.index, clock=self.clock)

    async def ask(self, text: str = "fish", *, sources: tuple[str, ...] = ()) -> list[str]:
        """The texts that are found."""
        found = await self.retriever.retrieve(Question(text=text, sources=sources), tokens=5_000)
        return sorted(passage.text for passage in found.passages)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    index = make_index(tmp_path, HashEmbedder())
    index.store.replace(*make_file("a.md", ["one fish"]))
    return Desk(index)


async def test_the_index_is_looked_at_again_after_two_seconds(desk: Desk) -> None:
    assert await desk.ask() == ["one fish"]
    desk.index.store.replace(*make_file("a.md", ["two fish"]))
    desk.clock.now += 1.9
    assert await desk.ask() == ["one fish"]
    desk.clock.now += 0.2
    assert await desk.ask() == ["two fish"]


async def test_a_crawl_of_this_process_is_seen_at_once(desk: Desk) -> None:
    assert await desk.ask() == ["one fish"]
    desk.index.store.replace(*make_file("a.md", ["two fish"]))
    desk.index.follower.refresh()  # as every crawl does at its end
    assert await desk.ask() == ["two fish"]


async def test_an_index_that_is_still_empty_is_looked_at_each_time(tmp_path: Path) -> None:
    desk = Desk(make_index(tmp_path, HashEmbedder()))
    assert await desk.ask() == []
    desk.index.store.replace(*make_file("a.md", ["one fish"]))
    assert await desk.ask() == ["one fish"]


_ELSEWHERE = """
import sys
from pathlib import Path
from tests.fakes.embedder import HashEmbedder
from tests.index.samples import make_file, make_index
index = make_index(Path(sys.argv[1]), HashEmbedder())
if sys.argv[2] == "rebuild":
    index.rebuild()
for number in range(8):
    texts = [f"{sys.argv[2]} {number} {piece}" for piece in range(25)]
    index.store.replace(*make_file(f"{number}.md", texts))
"""


async def test_what_another_process_writes_is_seen(desk: Desk, tmp_path: Path) -> None:
    assert await desk.ask() == ["one fish"]
    for word in ("first", "rebuild"):
        subprocess.run([sys.executable, "-c", _ELSEWHERE, str(tmp_path), word], check=True, timeout=60)
        desk.clock.now += 2.1
        await desk.ask()
        assert desk.index.follower.current()
        assert desk.index.follower.snapshot.count == 200 + (word != "rebuild")
        assert any(word in text for text in await desk.ask(word))


def saved(index: Index) -> SavedSnapshots:
    """What a new process finds."""
    return SavedSnapshots(next((index.data / "snapshots").iterdir()), model="hashes/1")


class StuckFollower(Follower):
    """Its reading takes until it is let go."""

    go = threading.Event()

    def refresh(self, note: Callable[[str], None] = lambda _: None) -> Snapshot:
        self.go.wait(30)
        return super().refresh(note)


async def test_a_question_does_not_wait_for_a_long_read(desk: Desk) -> None:
    desk.index.follower.refresh()
    stuck = StuckFollower(desk.index.store, saved(desk.index))
    slow = Desk(replace(desk.index, follower=stuck, searcher=Searcher(stuck, HashEmbedder())))
    desk.index.store.replace(*make_file("a.md", ["two fish"]))
    assert await slow.ask() == ["one fish"]
    assert await slow.ask() == ["one fish"]  # the same read is still under way
    stuck.go.set()
    slow.clock.now += 2.1
    assert await slow.ask() == ["two fish"]


def away(folder: Path) -> Index:
    place = Place(folder=folder, host="127.0.0.1", port=free_port(), patience=0.1)
    return make_index(folder, HashEmbedder(), place=place)


async def test_an_index_that_cannot_be_read_is_told_each_time(tmp_path: Path) -> None:
    desk = Desk(away(tmp_path))
    for _ in range(2):
        with pytest.raises(RetrievalFailed, match="CHROMA_HOST") as caught:
            await desk.ask()
        assert "CHROMA_HOST" not in caught.value.text  # the member is told something else


async def test_what_is_known_answers_while_the_index_is_away(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    assert await desk.ask() == ["one fish"]
    index = away(desk.index.data / "away")
    follower = Follower(index.store, saved(desk.index))
    unreachable = Desk(replace(index, follower=follower, searcher=Searcher(follower, HashEmbedder())))
    caplog.set_level(logging.WARNING)
    assert await unreachable.ask() == ["one fish"]
    async with asyncio.timeout(10):
        while "could not be read anew" not in caplog.text:
            await asyncio.sleep(0.02)


async def test_an_embedding_server_that_is_away(tmp_path: Path, desk: Desk) -> None:
    embedder = HashEmbedder()
    index = make_index(tmp_path, embedder)
    assert await Desk(index).ask() == ["one fish"]
    embedder.away = True
    with pytest.raises(RetrievalFailed, match="away"):
        await Desk(index).ask()


async def test_passages_say_where_they_come_from_and_can_be_held_to_sources(desk: Desk) -> None:
    desk.index.store.replace(*make_file("b.md", ["red fish"], source="other"))
    assert await desk.ask() == ["one fish", "red fish"]
    assert await desk.ask(sources=("other",)) == ["red fish"]
    held = DocsRetriever(desk.index, sources=[SOURCE])
    (passage,) = (await held.retrieve(Question(text="fish"), tokens=100)).passages
    assert (passage.source, passage.path, passage.title) == (SOURCE, "a.md", "Title of a.md")
    assert (passage.headings, passage.commit) == (("Section 0",), "c1")
    mine = await held.retrieve(Question(text="fish", sources=("other",)), tokens=100)
    assert [found.source for found in mine.passages] == ["other"]


async def test_a_follow_up_question_is_understood_by_the_turn_before(desk: Desk) -> None:
    for path, text in (("r.md", "retries of workers"), ("l.md", "limits of rates")):
        desk.index.store.replace(*make_file(path, [text]))
    thread = (Turn(role="user", text="limits of rates?"), Turn(role="assistant", text="retries of workers"))
    question = Question(text="and how?", thread=thread)
    found = await desk.retriever.retrieve(question, tokens=100)
    assert found.passages[0].text == "limits of rates"


class Crawls:
    """A control over an index, with repositories of a fake server."""

    def __init__(self, index: Index, github: FakeGitHub, client: httpx.AsyncClient) -> None:
        self.index, self.github = index, github
        opening = partial(
            open_source, suffixes=SUFFIXES, api_url=github.url, client=client, retries=0, backoff=0
        )
        self.control = DocsControl(
            index=index, open_source=opening, configured=("acme/docs",), language_model="extractive"
        )

    async def run(self, *sources: str, rebuild: bool = False) -> list[CrawlEvent]:
        return [event async for event in self.control.reindex(sources, rebuild=rebuild)]

    async def summary(self, *sources: str, rebuild: bool = False) -> CrawlSummary:
        last = (await self.run(*sources, rebuild=rebuild))[-1]
        assert isinstance(last, CrawlSummary)
        return last


@pytest.fixture
async def crawls(tmp_path: Path) -> AsyncIterator[Crawls]:
    async with httpx.AsyncClient(verify=False) as client:
        with FakeGitHub({"a.md": "# A\n\nOne fish.", "b c.md": "# B\n\nTwo fish."}) as github:
            yield Crawls(make_index(tmp_path / "data", HashEmbedder()), github, client)


async def test_a_crawl_is_told_of_from_its_begin_to_its_summary(crawls: Crawls) -> None:
    *progress, summary = await crawls.run()
    assert all(isinstance(event, CrawlProgress) for event in progress)
    assert isinstance(summary, CrawlSummary)
    assert (summary.commit, summary.files, summary.added, summary.embedded_chunks) == (
        crawls.github.head,
        2,
        2,
        2,
    )
    assert (summary.requests, summary.chunks) == (crawls.github.count(""), 2)
    status = await crawls.control.status()
    assert [(source.source, source.commit, source.files) for source in status.sources] == [
        (summary.source, summary.commit, 2)
    ]
    assert (status.chunks, status.embedding_model, status.language_model) == (2, "hashes/1", "extractive")
    found = await DocsRetriever(crawls.index).retrieve(Question(text="two fish"), tokens=100)
    assert found.passages[0].commit == crawls.github.head
    assert found.passages[0].url.endswith(f"/acme/docs/blob/{crawls.github.head}/b%20c.md")


async def test_an_unchanged_repository_costs_one_request(crawls: Crawls) -> None:
    await crawls.run()
    before = crawls.github.count("")
    summary = await crawls.summary()
    assert (summary.unchanged, summary.files, summary.embedded_chunks, summary.requests) == (2, 2, 0, 1)
    assert crawls.github.count("") == before + 1
    crawls.github.push({"a.md": "# A\n\nChanged."})
    assert (await crawls.summary()).changed == 1


async def test_after_a_failure_the_files_are_looked_at_again(crawls: Crawls) -> None:
    crawls.github.fail(500, times=6, on="/git/blobs/")
    assert len((await crawls.summary()).failed) == 2
    summary = await crawls.summary()
    assert (summary.added, summary.failed) == (2, ())
    assert (await crawls.summary()).requests == 1


async def test_chunks_that_are_lost_are_stored_again_though_the_repository_is_unchanged(
    crawls: Crawls,
) -> None:
    source = (await crawls.summary()).source
    lost = crawls.index.store.files(source)["a.md"].chunks
    crawls.index.store.collections.delete_chunks(lost)
    fresh = make_index(crawls.index.data / "fresh", HashEmbedder(), place=crawls.index.place)
    crawls.control = replace(crawls.control, index=fresh)
    assert (await crawls.summary()).added == 1
    assert fresh.follower.snapshot.count == 2


async def test_a_source_that_fails_does_not_stop_the_next(crawls: Crawls, tmp_path: Path) -> None:
    write(tmp_path / "docs", {"x.md": "# X"})
    events = await crawls.run("acme/gone", "no source?", f"{tmp_path}/docs", "acme/docs")
    ends = [event for event in events if not isinstance(event, CrawlProgress)]
    assert [type(end) for end in ends] == [CrawlFailed, CrawlFailed, CrawlSummary, CrawlSummary]
    failed = ends[0]
    assert isinstance(failed, CrawlFailed)
    assert failed.source == "acme/gone"
    assert "does not exist" in failed.message


async def test_a_rebuild_makes_all_anew_from_the_cache(crawls: Crawls) -> None:
    await crawls.run()
    summary = await crawls.summary(rebuild=True)
    assert (summary.added, summary.files, summary.embedded_chunks) == (2, 2, 0)


async def test_one_crawl_at_a_time(crawls: Crawls) -> None:
    other = make_index(crawls.index.data, HashEmbedder())
    with other.writing(), pytest.raises(IndexUnusable, match="Another docsbot is writing"):
        await crawls.run()
    events = crawls.control.reindex()
    async with aclosing(events):
        await anext(events)
        with pytest.raises(IndexUnusable, match="Another docsbot"):
            await crawls.run()
    assert (await crawls.summary()).files == 2  # a crawl that is left lets go


async def test_an_index_that_is_away_is_unusable(tmp_path: Path, crawls: Crawls) -> None:
    control = replace(crawls.control, index=away(tmp_path / "away"))
    with pytest.raises(IndexUnusable, match="CHROMA_HOST"):
        await control.status()
    with pytest.raises(IndexUnusable, match="CHROMA_HOST"):
        async for _ in control.reindex():
            pass
