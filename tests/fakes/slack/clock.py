"""The time of the fake workspace: the machine's, plus what a test has wound it forward."""

from __future__ import annotations

import threading
import time


class Clock:
    """Seconds since 1970, and message timestamps, which never repeat."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._last = 0
        self._lock = threading.Lock()

    def now(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Winds the workspace's time forward: streams die, triggers and response addresses expire."""
        self._ahead += seconds

    def ts(self) -> str:
        """A new message timestamp, later than every one before."""
        with self._lock:
            self._last = max(self._last + 1, int(self.now() * 1_000_000))
            return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"
