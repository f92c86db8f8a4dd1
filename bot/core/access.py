"""What the gateway remembers: who may call it, what it was told already, and how the answers went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from bot.core.ledger import Outcome, Platform
from bot.core.memory import Gap

Scope = Literal["ask", "maintain"]
"""ask: questions, search, feedback. maintain: crawls, statistics, metrics, the gaps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of the gateway, without its secret, which nobody knows but its holder."""

    name: str
    scopes: tuple[Scope, ...]
    made_at: datetime
    used_at: datetime | None
    """To the minute; None before the first use."""


class Keyring(Protocol):
    """Keys, of which only the SHA-256 is kept."""

    async def make(self, name: str, scopes: Sequence[Scope]) -> str | None:
        """A new key, to be shown once; None where the name is taken."""
        ...

    async def find(self, plaintext: str) -> Key | None:
        """The key that this is; None for any other text."""
        ...

    async def note_use(self, name: str) -> None:
        """Writes down that the key was used now."""
        ...

    async def list(self) -> Sequence[Key]:
        """All keys, oldest first."""
        ...

    async def revoke(self, name: str) -> bool:
        """Removes a key, at once and for all processes; False where there is none of that name."""
        ...


class Deliveries(Protocol):
    """What was delivered to a webhook, so that nothing is acted upon twice."""

    async def take(self, origin: str, delivery: str) -> bool:
        """True the first time that `origin` delivers this, and False ever after, to all processes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """Questions of one day (UTC), platform and outcome."""

    day: date
    platform: Platform
    outcome: Outcome | None
    """None: being answered now, or left by a crash."""
    questions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds from the claim of a question to the end of its answer; zeros where there was none."""

    answers: int
    """That were measured: the newest ones, at most 5,000."""
    p50: float
    p90: float
    p99: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteCount:
    up: int
    down: int


class Statistics(Protocol):
    """How the answers of all fronts and processes went. Questions only: no escalation, no crawl."""

    async def questions(self, *, since: datetime) -> Sequence[DayCount]:
        """Questions a day, oldest day first; retracted ones count, without their text."""
        ...

    async def latency(self, *, since: datetime) -> Latency:
        """Of answers and abstentions."""
        ...

    async def votes(self, *, since: datetime) -> VoteCount: ...

    async def gaps(self, *, since: datetime, limit: int) -> Sequence[Gap]:
        """Open gaps that were asked since, most asked first, as `FeedbackLog.gaps` merges them."""
        ...
