"""What the gateway counts and measures, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from bot.core.access import DayCount, VoteCount
from bot.core.models import Abstained, AnswerEvent, Done, Failed, IndexStatus
from bot.core.state import Outcome, Platform

_FAST = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)


class Metrics:
    """A registry of its own. `_total` counts this process; `recent_` is of all that share its state."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each of the first
        self.registry = CollectorRegistry()
        self._questions = self._counter("questions", "Questions, by how they ended.", "platform", "outcome")
        self._votes = self._counter("votes", "Votes on answers.", "vote")
        self._requests = self._counter("http_requests", "Requests.", "method", "route", "status")
        self._crawls = self._counter("crawls", "Crawls that were asked for here.", "outcome")
        self._model_errors = self._counter("model_errors", "Answers that the language model failed.")
        self._retrieval_errors = self._counter("retrieval_errors", "Questions that the index failed.")
        self._answering = self._gauge("answers_running", "Answers that are being written.")
        self._waiting = self._gauge("crawls_waiting", "Crawls that wait for another one to end.")
        self._retrieve = self._histogram("retrieve_seconds", "From question to passages.", _FAST)
        self._first = self._histogram("first_token_seconds", "From question to first text.", _SLOW)
        self._total = self._histogram("answer_seconds", "From question to end of answer.", _SLOW)
        self._chunks = self._gauge("index_chunks", "Chunks that are searched.")
        self._age = self._gauge("index_age_seconds", "Since a source was whole last.", "source")
        self._files = self._gauge("index_files", "Files that are indexed.", "source")
        self._failed = self._gauge("index_failed_files", "Files that could not be indexed.", "source")
        self._recent = self._gauge(
            "recent_questions", "Questions of today and yesterday (UTC).", "platform", "outcome"
        )
        self._recent_votes = self._gauge("recent_votes", "Votes of today and yesterday (UTC).", "vote")
        self._unread = self._counter("scrapes_incomplete", "Scrapes that the index or the records failed.")
        self._gaps = self._gauge("open_gaps", "Questions without an answer, of 30 days, 1,000 at most.")

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While an answer is being written."""
        with self._answering.track_inprogress():
            yield

    def observe(self, event: AnswerEvent, *, found: bool) -> None:
        """`found`: the passages were there, so that what failed was the model."""
        match event:
            case Done(answer=answer) | Abstained(answer=answer):
                self._retrieve.observe(answer.timings.retrieve / 1_000)
                self._first.observe(answer.timings.first_token / 1_000)
                self._total.observe(answer.timings.total / 1_000)
            case Failed():
                (self._model_errors if found else self._retrieval_errors).inc()
            case _:
                pass

    def count_question(self, platform: Platform, outcome: Outcome) -> None:
        self._questions.labels(platform=platform, outcome=outcome).inc()

    def count_vote(self, *, up: bool) -> None:
        self._votes.labels(vote="up" if up else "down").inc()

    def count_request(self, method: str, route: str, status: int) -> None:
        self._requests.labels(method=method, route=route, status=str(status)).inc()

    def count_crawl(self, outcome: str) -> None:
        self._crawls.labels(outcome=outcome).inc()

    def show_index(self, status: IndexStatus) -> None:
        now = datetime.now(UTC)
        self._chunks.set(status.chunks)
        for gauge in (self._age, self._files, self._failed):
            gauge.clear()  # a source that is gone is not shown any more
        for source in status.sources:
            self._files.labels(source=source.source).set(source.files)
            self._failed.labels(source=source.source).set(len(source.failed))
            if source.crawled_at is not None:
                age = (now - source.crawled_at).total_seconds()
                self._age.labels(source=source.source).set(max(0.0, age))

    def show_recent(self, questions: list[DayCount], votes: VoteCount, gaps: int) -> None:
        self._recent.clear()
        for item in questions:
            outcome = item.outcome or "unfinished"
            self._recent.labels(platform=item.platform, outcome=outcome).inc(item.questions)
        self._recent_votes.labels(vote="up").set(votes.up)
        self._recent_votes.labels(vote="down").set(votes.down)
        self._gaps.set(gaps)

    def unread(self) -> None:
        """Index or records could not be read for a scrape: their gauges are old."""
        self._unread.inc()

    def show_waiting(self, crawls: int) -> None:
        self._waiting.set(crawls)

    def render(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"docsbot_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"docsbot_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"docsbot_{name}", text, buckets=buckets, registry=self.registry)
