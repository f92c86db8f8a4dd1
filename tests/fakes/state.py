"""The state in memory: every port of `bot.core.state`, held to the same contract as the databases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from bot.core.models import Citation, Turn
from bot.core.state import (
    JOB,
    LEASE,
    ChannelSettings,
    Claimed,
    Escalation,
    Gap,
    MessageKey,
    Outcome,
    Platform,
    State,
    ThreadKey,
    Vote,
)
from tests.fakes.access import AccessShelf, FakeDeliveries, FakeKeyring, FakeStatistics, merge_gaps


@dataclass
class Lease:
    claimed: Claimed
    until: datetime
    ended: datetime | None = None


@dataclass
class Said:
    thread: ThreadKey
    message: str
    position: int
    turn: Turn
    user: str
    at: datetime


@dataclass
class Asked:
    question: str
    reason: str
    at: datetime


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Shelf:
    """What is remembered. States on one shelf are like processes on one database."""

    clock: Callable[[], datetime] = now
    claims: dict[MessageKey, Lease] = field(default_factory=dict)
    turns: list[Said] = field(default_factory=list)
    votes: dict[tuple[MessageKey, str], tuple[Vote, datetime]] = field(default_factory=dict)
    gaps: dict[MessageKey, Asked] = field(default_factory=dict)
    channels: dict[tuple[Platform, str, str], tuple[ChannelSettings, str]] = field(default_factory=dict)
    escalations: dict[MessageKey, tuple[Escalation, datetime]] = field(default_factory=dict)
    access: AccessShelf = field(default_factory=AccessShelf)
    names: itertools.count[int] = field(default_factory=itertools.count)

    def sizes(self) -> dict[str, int]:
        """Rows of each table that is emptied."""
        return {
            "votes": len(self.votes),
            "gaps": len(self.gaps),
            "escalations": len(self.escalations),
            "turns": len(self.turns),
            "claims": len(self.claims),
        }


def make_state(shelf: Shelf | None = None) -> State:
    """A state on this shelf, or on one of its own."""
    shelf = shelf or Shelf()
    return State(
        ledger=FakeLedger(shelf),
        memory=FakeMemory(shelf),
        feedback=FakeFeedback(shelf),
        channels=FakeChannels(shelf),
        escalations=FakeEscalations(shelf),
        privacy=FakePrivacy(shelf),
        keyring=FakeKeyring(shelf.access),
        deliveries=FakeDeliveries(shelf.access),
        statistics=FakeStatistics(shelf),
    )


def clean(text: str) -> str:
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def thread_of(claimed: Claimed) -> ThreadKey:
    key = claimed.key
    return ThreadKey(platform=key.platform, team=key.team, channel=key.channel, thread=claimed.thread)


class FakeLedger:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def claim(
        self,
        key: MessageKey,
        *,
        owner: str,
        thread: str,
        user: str,
        question: str,
        origin: str,
        lease: timedelta = LEASE,
    ) -> Claimed | None:
        if key in self._shelf.claims:
            return None
        claimed = Claimed(
            key=key,
            thread=thread,
            user=user,
            question=clean(question),
            origin=origin,
            owner=owner,
            attempt=1,
            reply="",
            answer="",
            outcome=None,
            claimed_at=self._shelf.clock(),
        )
        self._shelf.claims[key] = Lease(claimed, self._shelf.clock() + lease)
        return claimed

    async def renew(self, key: MessageKey, *, owner: str, lease: timedelta) -> bool:
        held = self._held(key, owner)
        if held:
            held.until = self._shelf.clock() + lease
        return held is not None

    async def renew_all(
        self, keys: Sequence[MessageKey], *, owner: str, lease: timedelta
    ) -> frozenset[MessageKey]:
        return frozenset([key for key in keys if await self.renew(key, owner=owner, lease=lease)])

    async def note_reply(self, key: MessageKey, *, owner: str, reply: str) -> None:
        held = self._held(key, owner)
        if held:
            held.claimed = replace(held.claimed, reply=reply)

    async def keep_answer(
        self, key: MessageKey, *, owner: str, answer: str, citations: tuple[Citation, ...] = ()
    ) -> None:
        held = self._held(key, owner)
        if held:
            held.claimed = replace(held.claimed, answer=clean(answer), citations=citations)

    async def finish(
        self,
        key: MessageKey,
        *,
        owner: str,
        outcome: Outcome,
        answer: str,
        citations: tuple[Citation, ...] = (),
    ) -> bool:
        lease = self._shelf.claims.get(key)
        if lease is None or lease.claimed.owner != owner:
            return False
        if lease.claimed.outcome not in (None, outcome) and outcome != "retracted":
            return False
        lease.claimed = replace(lease.claimed, outcome=outcome, answer=clean(answer), citations=citations)
        lease.ended = self._shelf.clock()
        return True

    async def revoke(self, key: MessageKey, *, outcome: Literal["stopped", "retracted"]) -> Claimed | None:
        lease = self._shelf.claims.get(key)
        if lease is None or lease.claimed.outcome == "retracted":
            return None
        if outcome == "retracted":
            lease.claimed = replace(lease.claimed, outcome=outcome, question="", answer="", citations=())
        elif lease.claimed.outcome is None:
            lease.claimed = replace(lease.claimed, outcome=outcome)
        else:
            return None
        return lease.claimed

    async def take_over(
        self, *, platform: Platform, owner: str, lease: timedelta, limit: int = 20
    ) -> Sequence[Claimed]:
        at = self._shelf.clock()
        late = [item for item in self._shelf.claims.values() if item.until < at]
        late = [
            item for item in late if item.claimed.outcome is None and item.claimed.key.platform == platform
        ]
        late = sorted(late, key=lambda item: item.until)[:limit]
        for item in late:
            item.claimed = replace(item.claimed, owner=owner, attempt=item.claimed.attempt + 1)
            item.until = at + lease
        return sorted((item.claimed for item in late), key=lambda claimed: claimed.claimed_at)

    async def get(self, key: MessageKey) -> Claimed | None:
        lease = self._shelf.claims.get(key)
        return lease.claimed if lease else None

    async def find_reply(self, *, platform: Platform, team: str, channel: str, reply: str) -> Claimed | None:
        for claimed in reversed(self._all()):
            place = (claimed.key.platform, claimed.key.team, claimed.key.channel)
            if reply and place == (platform, team, channel) and claimed.reply == reply:
                return claimed
        return None

    async def reopen(
        self, key: MessageKey, *, owner: str, question: str, lease: timedelta = LEASE
    ) -> Claimed | None:
        item = self._shelf.claims.get(key)
        text = clean(question)
        same = item is not None and item.claimed.question == text and item.claimed.outcome != "failed"
        if item is None or item.claimed.outcome is None or same:
            return None
        item.claimed = replace(
            item.claimed,
            owner=owner,
            question=text,
            answer="",
            citations=(),
            attempt=1,
            outcome=None,
            claimed_at=self._shelf.clock(),
        )
        item.until = self._shelf.clock() + lease
        return item.claimed

    async def owns_thread(self, key: ThreadKey) -> bool:
        return any(
            thread_of(item) == key and item.reply and item.outcome != "retracted" for item in self._all()
        )

    async def asked_by(self, *, platform: Platform, team: str, user: str, limit: int) -> Sequence[Claimed]:
        person = (platform, team, user)
        theirs = [item for item in self._all() if (item.key.platform, item.key.team, item.user) == person]
        theirs = [item for item in theirs if item.outcome != "retracted" and not item.origin.startswith(JOB)]
        return sorted(theirs, key=lambda item: item.claimed_at)[::-1][:limit]

    def _all(self) -> list[Claimed]:
        return [lease.claimed for lease in self._shelf.claims.values()]

    def _held(self, key: MessageKey, owner: str) -> Lease | None:
        lease = self._shelf.claims.get(key)
        mine = lease is not None and lease.claimed.owner == owner and lease.claimed.outcome is None
        return lease if mine else None


class FakeMemory:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def turns(self, key: ThreadKey, *, limit: int) -> tuple[Turn, ...]:
        said = [item.turn for item in self._shelf.turns if item.thread == key]
        return tuple(said[max(len(said) - limit, 0) :])

    async def remember(self, key: ThreadKey, *said: Turn, user: str = "", message: str = "") -> None:
        name = message or f"unnamed {next(self._shelf.names)}"
        before = {
            item.position: item for item in self._shelf.turns if (item.thread, item.message) == (key, name)
        }
        for position, turn in enumerate(said):
            turn = replace(turn, text=clean(turn.text))
            if position in before:
                before[position].turn, before[position].user = turn, user
            else:
                self._shelf.turns.append(Said(key, name, position, turn, user, self._shelf.clock()))
        rest = [item for position, item in before.items() if position >= len(said)]
        self._shelf.turns[:] = [item for item in self._shelf.turns if item not in rest]


class FakeFeedback:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def vote(self, vote: Vote) -> None:
        vote = replace(
            vote, question=clean(vote.question), answer=clean(vote.answer), comment=clean(vote.comment)
        )
        self._shelf.votes[vote.key, vote.user] = (vote, self._shelf.clock())

    async def votes(self, key: MessageKey) -> Sequence[Vote]:
        return [vote for vote, _ in self._shelf.votes.values() if vote.key == key]

    async def note_gap(self, key: MessageKey, *, question: str, reason: str) -> None:
        before = self._shelf.gaps.get(key)
        at = before.at if before else self._shelf.clock()
        self._shelf.gaps[key] = Asked(clean(question), clean(reason), at)

    async def gaps(self, *, platform: Platform | None = None, limit: int = 20) -> Sequence[Gap]:
        return merge_gaps(self._shelf, limit=limit, platform=platform)


class FakeChannels:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def read(self, *, platform: Platform, team: str, channel: str) -> ChannelSettings:
        settings, _ = self._shelf.channels.get((platform, team, channel), (ChannelSettings(), ""))
        return settings

    async def write(
        self, settings: ChannelSettings, *, platform: Platform, team: str, channel: str, user: str
    ) -> None:
        self._shelf.channels[platform, team, channel] = (settings, user)


class FakeEscalations:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def open(self, escalation: Escalation) -> bool:
        if escalation.key in self._shelf.escalations:
            return False
        cleaned = replace(escalation, question=clean(escalation.question))
        self._shelf.escalations[escalation.key] = (cleaned, self._shelf.clock())
        return True

    async def find(self, *, platform: Platform, team: str, channel: str, message: str) -> Escalation | None:
        for item, _ in self._shelf.escalations.values():
            desk = (item.key.platform, item.key.team, item.desk_channel, item.desk_message)
            if desk == (platform, team, channel, message):
                return item
        return None

    async def close(self, key: MessageKey) -> None:
        if key in self._shelf.escalations:
            escalation, at = self._shelf.escalations[key]
            self._shelf.escalations[key] = (replace(escalation, answered=True), at)


class FakePrivacy:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def forget(self, *, platform: Platform, user: str) -> dict[str, int]:
        person = (platform, user)
        claims = {
            key: lease.claimed
            for key, lease in self._shelf.claims.items()
            if (key.platform, lease.claimed.user) == person
        }
        threads = {thread_of(claimed) for claimed in claims.values()}
        removed = self._remove(
            claims=set(claims),
            votes={item for item in self._shelf.votes if (item[0].platform, item[1]) == person},
            escalations={
                key
                for key, (item, _) in self._shelf.escalations.items()
                if (key.platform, item.user) == person
            },
            turns=[
                item
                for item in self._shelf.turns
                if (item.thread.platform, item.user) == person or item.thread in threads
            ],
        )
        removed["channels"] = 0
        for place, (settings, by) in self._shelf.channels.items():
            if (place[0], by) == person:
                self._shelf.channels[place] = (settings, "")
                removed["channels"] += 1
        return removed

    async def expire(self, *, older_than: datetime) -> dict[str, int]:
        shelf = self._shelf
        deliveries = shelf.access.forget_deliveries(older_than)
        return {"deliveries": deliveries} | self._remove(
            claims={key for key, lease in shelf.claims.items() if lease.claimed.claimed_at < older_than},
            votes={key for key, (_, at) in shelf.votes.items() if at < older_than},
            escalations={key for key, (_, at) in shelf.escalations.items() if at < older_than},
            turns=[item for item in shelf.turns if item.at < older_than],
            gaps={key for key, asked in shelf.gaps.items() if asked.at < older_than},
        )

    def _remove(
        self,
        *,
        claims: set[MessageKey],
        votes: set[tuple[MessageKey, str]],
        escalations: set[MessageKey],
        turns: list[Said],
        gaps: set[MessageKey] | None = None,
    ) -> dict[str, int]:
        """Removes these, and what belongs to the claims."""
        shelf = self._shelf
        before = shelf.sizes()
        said = {(thread_of(shelf.claims[key].claimed), key.message) for key in claims}
        shelf.claims = {key: item for key, item in shelf.claims.items() if key not in claims}
        shelf.votes = {
            key: item for key, item in shelf.votes.items() if key not in votes and key[0] not in claims
        }
        shelf.escalations = {
            key: item for key, item in shelf.escalations.items() if key not in escalations | claims
        }
        shelf.gaps = {key: item for key, item in shelf.gaps.items() if key not in (gaps or set()) | claims}
        shelf.turns[:] = [
            item for item in shelf.turns if item not in turns and (item.thread, item.message) not in said
        ]
        return {name: before[name] - left for name, left in shelf.sizes().items()}
