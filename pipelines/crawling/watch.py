"""When a crawl that waits has waited long enough: what is missing then is carried again, or given up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pipelines.crawling.desk import Desk
from pipelines.index.ledger import Limit

Verdict = Literal["wait", "look", "carry", "give up"]
"""`look`: a file may have been stored by another crawl, which this one's own tally does not tell."""


class Watch:
    """Over the silence of one crawl, on this machine's own clock."""

    def __init__(self, desk: Desk) -> None:
        self._clock = desk.clock
        self._pace = desk.pace
        self._quiet = desk.clock()
        self._pause = desk.pace.beat / 8
        self._look = 3 * desk.pace.beat
        self._silences = 0
        self._limit: Limit | None = None
        self._over = 0.0

    def pause(self) -> float:
        """Seconds until the next look: a short crawl is over soon, a long one is not to be hurried."""
        self._pause = min(self._pause * 2, self._pace.beat)
        return self._pause

    def judge(self, *, progress: bool, limit: Limit | None) -> Verdict:
        """What to do after one more look; `limit` is the rate limit that is known to be spent."""
        now = self._clock()
        if progress:
            self._calm(now)
        if limit is not None and limit != self._limit:
            self._limit = limit
            left = (limit.until - datetime.now(UTC)).total_seconds()
            self._over = now + max(left, 0) + self._pace.beat
        if limit is not None and self._over:
            self._calm(now)
            if now < self._over:
                return "wait"
            self._over = 0.0
            return "carry"
        if now - self._quiet > self._pace.silence * 2**self._silences:
            self._silences += 1
            silences = self._silences
            self._calm(now)
            self._silences = silences
            return "carry" if silences < self._pace.attempts else "give up"
        if now - self._quiet > self._look:
            self._look *= 2
            return "look"
        return "wait"

    def _calm(self, now: float) -> None:
        self._quiet, self._silences, self._look = now, 0, 3 * self._pace.beat
