"""What the message that follows a crawl says, and how often it may change."""

from __future__ import annotations

import pytest

from bot.conversation.crawl_card import BETWEEN, CrawlCard
from bot.core.models import CrawlEvent, CrawlFailed, CrawlProgress, CrawlSummary, SkippedFile


def progress(done: int, *, note: str = "") -> CrawlProgress:
    return CrawlProgress(source="acme/docs", phase="indexing", listed=50, todo=40, done=done, note=note)


def summary(*, added: int = 2, failed: int = 0) -> CrawlSummary:
    return CrawlSummary(
        source="acme/docs",
        commit="1a2b3c4d5e",
        files=50,
        added=added,
        changed=0,
        removed=0,
        unchanged=48,
        skipped=(),
        failed=tuple(SkippedFile(path=f"{n}.md", reason="gone") for n in range(failed)),
        chunks=300,
        embedded_chunks=12,
        requests=3,
        seconds=4.2,
    )


@pytest.mark.parametrize(
    ("event", "said", "running", "failed"),
    [
        (progress(12), "**acme/docs**: 12 of 40 files", True, False),
        (progress(12, note="A rate limit."), "A rate limit.", True, False),
        (summary(), "at `1a2b3c4`: 2 added, 0 changed, 0 removed; 50 files, 4.2 s", False, False),
        (summary(added=0), "nothing had changed", False, False),
        # Five failures are named, the rest is counted.
        (summary(failed=7), "• and 2 more failed", False, True),
        (CrawlFailed(source="acme/docs", message="No such repository."), "No such repository.", False, True),
    ],
)
def test_what_it_says(event: CrawlEvent, said: str, running: bool, failed: bool) -> None:
    card = CrawlCard()
    assert card.take(event)
    assert said in card.text()
    assert (card.running, card.failed) == (running, failed)


def test_progress_is_shown_now_and_then_and_the_end_at_once() -> None:
    now = 0.0
    card = CrawlCard(clock=lambda: now)
    assert [card.take(progress(1)), card.take(progress(2))] == [True, False]
    now += BETWEEN
    assert [card.take(progress(3)), card.take(summary())] == [True, True]
