"""How much one person and one workspace may ask: token buckets."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_KEPT = 10_000  # buckets that are remembered; one that was full again need not be


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """`per_minute` questions a minute for each name, and as many at once; 0 means no limit."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, name: str) -> float:
        """Takes one; 0 where it was there, else the seconds until there is one."""
        if self._per_minute <= 0:
            return 0.0
        now = self._clock()
        bucket = self._buckets.pop(name, None) or _Bucket(float(self._per_minute), now)
        rate = self._per_minute / 60
        bucket.tokens = min(float(self._per_minute), bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        self._buckets[name] = bucket
        while len(self._buckets) > _KEPT:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / rate
        bucket.tokens -= 1
        return 0.0
