"""How often a message that grows may change."""

from __future__ import annotations

import time
from collections.abc import Callable


class Cadence:
    """Seconds between two changes. What comes in between goes with the next: the newest text wins."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._last = float("-inf")

    @property
    def due(self) -> bool:
        return self._clock() - self._last >= self._seconds

    def mark(self) -> None:
        """It changes now."""
        self._last = self._clock()
