"""Crawls and the index in words, and a crawl while it goes on."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.amounts import age, count
from bot.core.models import CrawlFailed, CrawlProgress, SkippedFile
from bot.terminal.progress import PlainDisplay, follow, open_display
from bot.terminal.summary import describe_crawl
from tests.fakes.answerer import BROKEN, ScriptedIndex, make_summary
from tests.terminal.pseudo import Glass, PseudoTerminal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (7200, "2 hours ago"),
        (86400 * 400, "400 days ago"),
        # Clocks differ.
        (-5, "just now"),
    ],
)
def test_age(seconds: int, words: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 files"), (1, "1 file"), (1200, "1,200 files")])
def test_count(number: int, words: str) -> None:
    assert count(number, "file") == words


def test_files_are_told_by_reason() -> None:
    skipped = tuple(SkippedFile(path=f"{number}.png", reason="not a document") for number in range(5))
    summary = replace(
        make_summary(), skipped=(*skipped, SkippedFile(path="a\x1b[2J.md", reason="over 1 MiB"))
    )
    lines = describe_crawl(summary).splitlines()
    assert lines[2:] == [
        "  Left alone: 6 files",
        "    not a document: 0.png, 1.png, 2.png and 2 more",
        "    over 1 MiB: a.md",
    ]
    assert "Left alone" not in describe_crawl(summary, listing=False)


def test_a_failed_source_is_one_line() -> None:
    failed = CrawlFailed(source="a/b", message="The token is refused.\nMake another.")
    assert describe_crawl(failed) == "a/b was not indexed: The token is refused. Make another."


def progress(done: int, note: str = "") -> CrawlProgress:
    return CrawlProgress(source="a/b\x1b[2J", phase="indexing", listed=10, todo=10, done=done, note=note)


async def test_follow_gives_the_ends_in_order() -> None:
    shown: list[CrawlProgress] = []
    index = ScriptedIndex(events=(progress(1), make_summary("a"), progress(2), BROKEN))
    ends = await follow(index.reindex(), shown.append)
    assert [end.source for end in ends] == ["a", BROKEN.source]
    assert [event.done for event in shown] == [1, 2]


def test_plain_progress_is_a_line_now_and_then() -> None:
    stream = io.StringIO()
    display = PlainDisplay(stream, seconds=3600)
    for done in range(1000):
        display(progress(done))
    assert stream.getvalue() == ""
    eager = PlainDisplay(stream, seconds=0)
    eager(progress(3))
    assert stream.getvalue() == "a/b: 3 of 10 files\n"


def test_a_bar_is_drawn_on_a_terminal_and_erased(tmp_path: Path) -> None:
    with PseudoTerminal(["-m", "tests.fakes.answerer", "index"], folder=tmp_path) as terminal:
        assert terminal.wait() == 0
    assert "acme/widgets listing" in terminal.output
    glass = Glass(24)
    glass.feed(terminal.output)
    assert glass.text().startswith("acme/widgets at 1a2b3c4: 2 files")


def test_a_note_is_no_markup() -> None:
    with open_display(io.StringIO(), {}, fancy=True) as show:
        show(progress(10, note="[/red] [link=x]waiting"))
        show(replace(progress(1), source="[/c]/d"))
