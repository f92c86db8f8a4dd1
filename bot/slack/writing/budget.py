"""A workspace's calls, shared by all answers that are being written in it.

Slack's limits are by method and workspace, or channel: starting and ending a stream are Tier 2 (20 and more a
minute), appending is Tier 4 (100 and more), moving a session Tier 3 (50 and more); a channel takes about one
message a second. Who finds a budget spent does without: a stream waits with its next piece, an answer is sent
in one message instead of a stream. A message waits for its turn.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from bot.conversation.limits import RateLimit

STARTS = 18
"""Streams begun a minute: a little below the tier, which counts its minutes differently than we do."""
APPENDS = 95
SESSIONS = 24
"""Sessions begun a minute: each is moved twice."""
APART = 1.0
"""Seconds between the end of one message's call and the next one in that channel."""
_KEPT = 1_000  # channels whose last message is remembered


@dataclass(slots=True)
class Budget:
    """The budgets of every workspace that this process serves."""

    clock: Callable[[], float] = time.monotonic
    _starts: RateLimit = field(init=False)
    _appends: RateLimit = field(init=False)
    _sessions: RateLimit = field(init=False)
    _closed_until: dict[str, float] = field(init=False, default_factory=dict)
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(init=False, default_factory=WeakValueDictionary)
    _next: dict[str, float] = field(init=False, default_factory=dict)
    """When each channel may take a message again."""

    def __post_init__(self) -> None:
        self._starts = RateLimit(STARTS, clock=self.clock)
        self._appends = RateLimit(APPENDS, clock=self.clock)
        self._sessions = RateLimit(SESSIONS, clock=self.clock)

    def may_start(self, team: str) -> bool:
        """Takes a start, where there is one."""
        return self.is_open("start", team) and self._starts.take(team) == 0

    def may_append(self, team: str) -> bool:
        """Takes an append, where there is one."""
        return self.is_open("append", team) and self._appends.take(team) == 0

    def may_begin_session(self, team: str) -> bool:
        """Takes a session, where there is one; its end is paid with it."""
        return self._sessions.take(team) == 0

    @asynccontextmanager
    async def turn(self, channel: str) -> AsyncIterator[None]:
        """The turn to post in a channel, waited for. Who is made to wait by Slack makes the others wait."""
        async with self._turns.setdefault(channel, asyncio.Lock()):
            await asyncio.sleep(max(0.0, self._next.pop(channel, 0.0) - self.clock()))
            try:
                yield
            finally:
                if len(self._next) >= _KEPT:
                    self._next = {name: at for name, at in self._next.items() if at > self.clock()}
                self._next[channel] = self.clock() + APART

    def close(self, kind: str, name: str, seconds: float) -> None:
        """Slack has said 429: nothing of that kind there before so many seconds have passed.

        Kinds are `start` and `append`, of a workspace, and `show`, of a channel.
        """
        self._closed_until[f"{kind} {name}"] = self.clock() + seconds

    def is_open(self, kind: str, name: str) -> bool:
        return self.clock() >= self._closed_until.get(f"{kind} {name}", 0.0)
