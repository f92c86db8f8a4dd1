"""A workspace's calls a minute, shared by all answers that are being written in it.

Slack's tiers are by method and workspace: starting and ending a stream are Tier 2 (20 and more a minute),
appending is Tier 4 (100 and more). Who finds a budget spent does without: a stream waits with its next piece,
an answer is sent in one message instead of a stream.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.conversation.limits import RateLimit

STARTS = 18
"""Streams begun a minute: a little below the tier, which counts its minutes differently than we do."""
APPENDS = 95


@dataclass(slots=True)
class StreamBudget:
    """The budgets of every workspace that this process serves."""

    clock: Callable[[], float] = time.monotonic
    _starts: RateLimit = field(init=False)
    _appends: RateLimit = field(init=False)
    _closed_until: dict[str, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._starts = RateLimit(STARTS, clock=self.clock)
        self._appends = RateLimit(APPENDS, clock=self.clock)

    def may_start(self, team: str) -> bool:
        """Takes a start, where there is one."""
        return not self._is_closed(f"start {team}") and self._starts.take(team) == 0

    def may_append(self, team: str) -> bool:
        """Takes an append, where there is one."""
        return not self._is_closed(f"append {team}") and self._appends.take(team) == 0

    def close(self, kind: str, team: str, seconds: float) -> None:
        """Slack has said 429: nothing of that kind (`start`, `append`) before so many seconds have passed."""
        self._closed_until[f"{kind} {team}"] = self.clock() + seconds

    def _is_closed(self, name: str) -> bool:
        return self.clock() < self._closed_until.get(name, 0.0)
