"""Keys, deliveries and statistics in memory, held to the same contract as the databases."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from bot.core.access import DayCount, Key, Latency, Scope, VoteCount
from bot.core.state import JOB, Gap, Platform

if TYPE_CHECKING:
    from tests.fakes.state import Asked, Shelf


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class AccessShelf:
    clock: Callable[[], datetime] = now
    keys: dict[str, Key] = field(default_factory=dict)
    """By plaintext: this is no database."""
    deliveries: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def forget_deliveries(self, older_than: datetime) -> int:
        old = [item for item, seen in self.deliveries.items() if seen < older_than]
        for item in old:
            del self.deliveries[item]
        return len(old)


class FakeKeyring:
    def __init__(self, shelf: AccessShelf) -> None:
        self._shelf = shelf

    async def make(self, name: str, scopes: Sequence[Scope]) -> str | None:
        if any(key.name == name for key in self._shelf.keys.values()):
            return None
        plaintext = f"dk_{secrets.token_urlsafe(32)}"
        unique = tuple(dict.fromkeys(scopes))
        self._shelf.keys[plaintext] = Key(name=name, scopes=unique, made_at=self._shelf.clock(), used_at=None)
        return plaintext

    async def find(self, plaintext: str) -> Key | None:
        return self._shelf.keys.get(plaintext)

    async def note_use(self, name: str) -> None:
        for plaintext, key in self._shelf.keys.items():
            moment = self._shelf.clock()
            if key.name == name and (key.used_at is None or key.used_at < moment - timedelta(minutes=1)):
                self._shelf.keys[plaintext] = replace(key, used_at=moment)

    async def list(self) -> Sequence[Key]:
        return list(self._shelf.keys.values())

    async def revoke(self, name: str) -> bool:
        found = [plaintext for plaintext, key in self._shelf.keys.items() if key.name == name]
        for plaintext in found:
            del self._shelf.keys[plaintext]
        return bool(found)


class FakeDeliveries:
    def __init__(self, shelf: AccessShelf) -> None:
        self._shelf = shelf

    async def take(self, origin: str, delivery: str) -> bool:
        if (origin, delivery) in self._shelf.deliveries:
            return False
        self._shelf.deliveries[origin, delivery] = self._shelf.clock()
        return True


class FakeStatistics:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def questions(self, *, since: datetime) -> Sequence[DayCount]:
        counts = Counter(
            (item.claimed_at.astimezone(UTC).date(), item.key.platform, item.outcome)
            for item in (lease.claimed for lease in self._shelf.claims.values())
            if item.claimed_at >= since and not item.origin.startswith(JOB)
        )
        return [
            DayCount(day=day, platform=platform, outcome=outcome, questions=number)
            for (day, platform, outcome), number in sorted(counts.items(), key=lambda item: str(item[0]))
        ]

    async def latency(self, *, since: datetime) -> Latency:
        spent = sorted(
            (lease.ended - lease.claimed.claimed_at).total_seconds()
            for lease in self._shelf.claims.values()
            if lease.claimed.outcome in ("answered", "abstained")
            and lease.ended is not None
            and lease.claimed.claimed_at >= since
            and not lease.claimed.origin.startswith(JOB)
        )

        def quantile(share: float) -> float:
            return spent[ceil(share * len(spent)) - 1] if spent else 0.0

        return Latency(answers=len(spent), p50=quantile(0.5), p90=quantile(0.9), p99=quantile(0.99))

    async def votes(self, *, since: datetime) -> VoteCount:
        recent = [vote.up for vote, at in self._shelf.votes.values() if at >= since]
        return VoteCount(up=sum(recent), down=len(recent) - sum(recent))

    async def gaps(self, *, since: datetime, limit: int) -> Sequence[Gap]:
        return merge_gaps(self._shelf, limit=limit, since=since)


def merge_gaps(
    shelf: Shelf, *, limit: int, platform: Platform | None = None, since: datetime | None = None
) -> list[Gap]:
    """Open gaps, questions that differ by case and blanks only as one, most asked first."""
    groups: dict[str, list[Asked]] = {}
    for key, asked in shelf.gaps.items():
        lease = shelf.claims.get(key)
        closed = lease is not None and lease.claimed.outcome in ("answered", "retracted")
        recent = since is None or asked.at >= since
        if recent and not closed and platform in (None, key.platform):
            groups.setdefault(" ".join(asked.question.casefold().split()), []).append(asked)
    gaps = [
        Gap(
            question=group[-1].question,
            times=len(group),
            last_asked=max(asked.at for asked in group),
            reason=group[-1].reason,
        )
        for group in groups.values()
    ]
    return sorted(gaps, key=lambda gap: (gap.times, gap.last_asked), reverse=True)[:limit]
