"""What maintainers are told and may ask for: crawls, statistics, gaps."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from bot.core.state import Outcome, Platform
from bot.gateway.bodies import FileBody, Sent, SourceName, Told


class ReindexBody(Sent):
    sources: list[SourceName] = Field(default=[], max_length=20)
    """Names that /v1/status lists; empty means all that are configured."""


class SummaryBody(Told):
    """What a finished crawl of one source did."""

    commit: str
    files: int
    added: int
    changed: int
    removed: int
    unchanged: int
    skipped: list[FileBody]
    failed: list[FileBody]
    chunks: int
    embedded_chunks: int
    requests: int
    seconds: float


class SourceCrawlBody(Told):
    """How far the crawl of one source is."""

    source: str
    phase: Literal["listing", "indexing", "removing", "done", "failed"]
    listed: int = 0
    todo: int = 0
    """Files to fetch and store, of the listed ones."""
    done: int = 0
    failed: int = 0
    """Files that failed; the summary names them."""
    note: str = ""
    """A sentence when there is something to say: a rate limit that is waited out, why it failed."""
    summary: SummaryBody | None = None
    """When it is done."""


class CrawlBody(Told):
    """A crawl that was asked for here. Its events carry the same objects: `source` for each source's news,
    `end` with the whole crawl as the last one."""

    id: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    """failed: at least one source could not be crawled."""
    sources: list[str]
    """As asked for; empty means all that are configured."""
    requested_by: str
    asked_at: datetime
    ended_at: datetime | None
    message: str
    """Why it failed as a whole; empty otherwise."""
    progress: list[SourceCrawlBody]


class CrawlsBody(Told):
    """Newest first; the last 50."""

    crawls: list[CrawlBody]


class DayBody(Told):
    day: date
    platform: Platform
    outcome: Outcome | None
    """None: being answered now, or left by a crash."""
    questions: int


class LatencyBody(Told):
    """Seconds from question to end of answer, over the newest answers."""

    answers: int
    p50: float
    p90: float
    p99: float


class VotesBody(Told):
    up: int
    down: int


class StatisticsBody(Told):
    """How the answers of all platforms went."""

    since: datetime
    days: list[DayBody]
    latency: LatencyBody
    votes: VotesBody


class GapBody(Told):
    """A question without an answer."""

    question: str
    times: int
    last_asked: datetime
    reason: str


class GapGroupBody(Told):
    """Questions without an answer that mean the same."""

    question: str
    """The one that was asked most."""
    times: int
    """Of all together."""
    last_asked: datetime
    reason: str
    questions: list[GapBody]
    """All of them, most asked first."""


class GapsBody(Told):
    """Most asked first; questions that differ by case and blanks only are one."""

    gaps: list[GapBody]
    groups: list[GapGroupBody]
    """The same by meaning, largest first, where that is asked for; else empty."""
