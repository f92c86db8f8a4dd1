"""Rate limits and faults: when a call is refused although nothing is wrong with it."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Literal
from zlib import crc32

from tests.fakes.discord.calls import Call

Drop = Literal["", "before", "after"]
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token")
USUAL = (
    "POST /channels/{channel_id}/messages",
    "PATCH /channels/{channel_id}/messages/{message_id}",
    "POST /webhooks/{webhook_id}/{webhook_token}",
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
)
"""Routes that let 5 calls through in 5 seconds, for a channel or an interaction."""
FREE = ("/interactions/", "/webhooks/")
"""What the limit for all calls together does not count."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """What happens to the next calls of a route."""

    route: str
    """`POST /channels/*/messages`: a star is one step of the path."""
    status: int = 0
    code: int = 0
    """Discord's code, for a JSON body; 0 for a page that is no JSON."""
    drop: Drop = ""
    """The connection is torn down: before the call takes effect, or after it."""
    slow: float = 0.0
    """Seconds that the answer takes; the effect comes at once."""
    retry_after: float = 0.0
    """Seconds; answered with 429."""
    everywhere: bool = False
    """Whether that 429 says that it holds for all routes."""
    times: int | None = 1
    """Calls that it strikes; None for all."""
    skip: int = 0
    """Calls that it spares first."""

    def hits(self, call: Call) -> bool:
        pattern = re.escape(self.route).replace(r"\*", "[^/]+").replace(r"\ ", " ")
        return re.fullmatch(pattern, f"{call.method} {call.path}") is not None


class Faults:
    """The faults that wait for a call."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def clear(self) -> None:
        self.waiting.clear()

    def take(self, call: Call) -> Fault | None:
        """The fault that strikes this call."""
        for fault in list(self.waiting):
            if not fault.hits(call):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
            return fault
        return None


@dataclass(slots=True)
class Window:
    """Calls of one bucket since its window began."""

    ends: float = 0.0
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the limits say to a call."""

    headers: dict[str, str] = field(default_factory=dict)
    retry_after: float = 0.0
    """Seconds; 0 when the call is let through."""
    everywhere: bool = False


class Limits:
    """Buckets by route and major parameter, and the limit for all calls together."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Discord's own limits, and nothing counted yet."""
        self.rules: dict[str, tuple[int, float]] = dict.fromkeys(USUAL, (5, 5.0))
        """Calls and seconds, by operation."""
        self.per_second: int | None = 50
        """Calls a second of all routes together; None for no limit."""
        self.refused = 0
        """How often a call was answered with 429 by a limit."""
        self._windows: dict[str, Window] = {}
        self._recent: deque[float] = deque()

    def switch_off(self) -> None:
        self.rules.clear()
        self.per_second = None

    def judge(self, call: Call, now: float) -> Verdict:
        """Counts a call."""
        wait = 0.0 if call.path.startswith(FREE) else self._overall(now)
        if wait:
            self.refused += 1
            return Verdict(retry_after=wait, everywhere=True)
        if call.operation not in self.rules:
            return Verdict()
        most, seconds = self.rules[call.operation]
        majors = "/".join(call.params[name] for name in MAJOR if name in call.params)
        window = self._windows.setdefault(f"{call.operation} {majors}", Window())
        if now >= window.ends:
            window.ends, window.count = now + seconds, 0
        left = window.ends - now
        if window.count >= most:
            self.refused += 1
            return Verdict(headers=_headers(call, most, 0, window.ends, left), retry_after=left)
        window.count += 1
        return Verdict(headers=_headers(call, most, most - window.count, window.ends, left))

    def _overall(self, now: float) -> float:
        """Seconds to wait because of all the calls in the last second; 0 for none."""
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if self.per_second is not None and len(self._recent) >= self.per_second:
            return self._recent[0] + 1.0 - now
        self._recent.append(now)
        return 0.0


def _headers(call: Call, most: int, remaining: int, ends: float, left: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(most),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": f"{ends:.3f}",
        "X-RateLimit-Reset-After": f"{left:.3f}",
        "X-RateLimit-Bucket": f"{crc32(call.operation.encode()):08x}",
    }
