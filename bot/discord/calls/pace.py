"""How fast Discord is called."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

PER_SECOND = 40.0
"""Calls a second; Discord takes 50 of a bot's, those of its other processes included."""
AT_ONCE = 8
"""Calls that need not wait after a pause; with them, the first second has fewer than 50, too."""

PRESSED = 0.5
"""Seconds that calls wait for their turn."""


class Pace:
    """Spreads calls: where all come at once, most would be refused, tried again, and refused again."""

    def __init__(
        self,
        per_second: float = PER_SECOND,
        at_once: int = AT_ONCE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._step = 1 / per_second
        self._slack = (at_once - 1) * self._step
        self._clock = clock
        self._sleep = sleep
        self._next = float("-inf")

    @property
    def pressed(self) -> bool:
        """Whether so many calls wait that those are better left out that do not matter in the end."""
        return self._next - self._clock() > PRESSED

    async def take(self) -> None:
        """Waits for this call's turn; they come in the order in which they are asked for."""
        now = self._clock()
        turn = max(self._next, now - self._slack)
        self._next = turn + self._step
        if turn > now:
            await self._sleep(turn - now)
