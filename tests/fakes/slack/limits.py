"""Rate limits and faults: when a call is refused although nothing is wrong with it."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

from tests.fakes.slack.signatures import PER_MINUTE, TIERS

Drop = Literal["", "before", "after"]


@dataclass(slots=True, kw_only=True)
class Fault:
    """What happens to the next calls of a method."""

    error: str = ""
    """A code, answered with status 200, as Slack does."""
    status: int = 0
    """An HTTP status, answered with a page that is no JSON."""
    drop: Drop = ""
    """The connection is torn down: before the call takes effect, or after it."""
    slow: float = 0.0
    """Seconds that the answer takes; the effect comes at once."""
    retry_after: int = 0
    """Seconds; answered with 429."""
    times: int | None = 1
    """Calls that it strikes; None for all."""
    skip: int = 0
    """Calls that it spares first."""


class Faults:
    """The faults that wait for a call, by method; `*` is any method."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Fault]] = defaultdict(list)

    def add(self, method: str, fault: Fault) -> None:
        self._waiting[method].append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, method: str) -> Fault | None:
        """The fault that strikes this call."""
        for name in (method, "*"):
            for fault in list(self._waiting[name]):
                if fault.skip:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting[name].remove(fault)
                return fault
        return None


class Limits:
    """Calls per sliding window, off until a test switches them on."""

    def __init__(self) -> None:
        self._rules: dict[str, tuple[int, float]] = {}
        self._seen: dict[str, deque[float]] = defaultdict(deque)
        self.refused = 0
        """How often a call was answered with 429 by a limit."""

    def switch_on(self) -> None:
        """Slack's own: each method's tier, a minute; chat.postMessage one a second and channel."""
        for method, tier in TIERS.items():
            self.set(method, calls=PER_MINUTE[tier], seconds=60.0)
        self.set("chat.postMessage", calls=1, seconds=1.0)

    def set(self, method: str, *, calls: int, seconds: float) -> None:
        self._rules[method] = (calls, seconds)

    def switch_off(self) -> None:
        self._rules.clear()

    def wait(self, method: str, channel: str, now: float) -> int:
        """Whole seconds after which a refused call may be tried again; 0 when it is let through."""
        if method not in self._rules:
            return 0
        calls, seconds = self._rules[method]
        seen = self._seen[f"{method} {channel}" if method == "chat.postMessage" else method]
        while seen and seen[0] <= now - seconds:
            seen.popleft()
        if len(seen) < calls:
            seen.append(now)
            return 0
        self.refused += 1
        return max(1, math.ceil(seen[0] + seconds - now))
