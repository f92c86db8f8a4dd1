"""The time of the fake guild: the machine's, plus what a test has wound it forward; and ids made of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

EPOCH_MS = 1_420_070_400_000


class Clock:
    """Seconds since 1970, and snowflakes, which never repeat and sort by time."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._last = 0

    def now(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Winds the guild's time forward: interaction tokens expire, rate limits pass."""
        self._ahead += seconds

    def snowflake(self) -> str:
        """A new id, greater than every one before."""
        self._last = max(self._last + 1, (int(self.now() * 1000) - EPOCH_MS) << 22)
        return str(self._last)


def stamp(seconds: float) -> str:
    """A time as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def born(snowflake: str) -> float:
    """Seconds since 1970 at which an id was made."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000
