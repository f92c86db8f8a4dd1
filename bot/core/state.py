"""What the bot remembers beyond the index: answers, turns, votes, gaps, channels' settings, escalations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from bot.core.models import Citation, Turn

if TYPE_CHECKING:  # these ports speak of platforms and outcomes, which are defined here
    from bot.core.access import Deliveries, Keyring, Statistics

Platform = Literal["slack", "discord", "web", "terminal"]
Outcome = Literal["answered", "abstained", "failed", "stopped", "retracted"]
AnswerMode = Literal["mentions", "drafts", "all"]
"""Whether a channel's unmentioned questions are answered: not, as drafts for a maintainer, or all."""

JOB = "job:"
"""Begins the origin of a claim that is no question: an escalation, a crawl that is followed."""
FIRST_LEASE = timedelta(seconds=30)  # of a fresh claim, for the first sign of life


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKey:
    """One message of one platform: what is answered exactly once."""

    platform: Platform
    team: str
    channel: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadKey:
    """One conversation of one platform."""

    platform: Platform
    team: str
    channel: str
    thread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message that a bot process has taken up, with everything that is needed to take it up again."""

    key: MessageKey
    thread: str
    user: str
    question: str
    origin: str
    """How it came in, in the front's own words: mention, dm, command…"""
    owner: str
    """The process that has it: a name that is new at every start."""
    attempt: int
    """1 for the first."""
    reply: str
    """The platform's id of the message that carries the answer; empty before there is one."""
    answer: str
    """What has been written so far."""
    outcome: Outcome | None
    """None while it is being answered."""
    claimed_at: datetime
    citations: tuple[Citation, ...] = ()
    """The sources of the finished answer."""


class AnswerLedger(Protocol):
    """Exactly one answer a message, across redelivery, restart and replicas."""

    async def claim(
        self,
        key: MessageKey,
        *,
        owner: str,
        thread: str,
        user: str,
        question: str,
        origin: str,
        lease: timedelta = FIRST_LEASE,
    ) -> Claimed | None:
        """Takes a message up; None where it was taken up before, by whomever. Atomic across processes."""
        ...

    async def renew(self, key: MessageKey, *, owner: str, lease: timedelta) -> bool:
        """Says that the owner is alive and goes on; False where another process has taken over, or the claim
        is over: then nothing more may be sent."""
        ...

    async def renew_all(
        self, keys: Sequence[MessageKey], *, owner: str, lease: timedelta
    ) -> frozenset[MessageKey]:
        """As `renew`, for many at once: those that the owner still has."""
        ...

    async def note_reply(self, key: MessageKey, *, owner: str, reply: str, answer: str = "") -> None:
        """Writes down which message carries the answer, and what stands in it."""
        ...

    async def finish(
        self,
        key: MessageKey,
        *,
        owner: str,
        outcome: Outcome,
        answer: str,
        citations: tuple[Citation, ...] = (),
    ) -> bool:
        """Ends a claim; False where another process has taken over, or it ended otherwise before (`retracted`
        holds nevertheless)."""
        ...

    async def revoke(self, key: MessageKey, *, outcome: Literal["stopped", "retracted"]) -> Claimed | None:
        """Ends a claim whoever has it: its owner's next `renew` says False, and `get` tells it why.

        `stopped` ends one that is being answered, `retracted` any, and removes its question, answer and
        sources. The claim as it is then; None where there was nothing to end.
        """
        ...

    async def take_over(
        self, *, platform: Platform, owner: str, lease: timedelta, limit: int = 20
    ) -> Sequence[Claimed]:
        """Unfinished claims whose lease has run out, now this owner's, attempt counted up; oldest first.
        Each goes to one, however many ask at once."""
        ...

    async def get(self, key: MessageKey) -> Claimed | None: ...

    async def find_reply(self, *, platform: Platform, team: str, channel: str, reply: str) -> Claimed | None:
        """The claim whose answer stands in that message."""
        ...

    async def reopen(
        self, key: MessageKey, *, owner: str, question: str, lease: timedelta = FIRST_LEASE
    ) -> Claimed | None:
        """A finished claim begins anew, in the same reply: its question was edited, or its answer failed.

        None where there is none, it is being answered, or the text is the same and there is an answer.
        """
        ...

    async def owns_thread(self, key: ThreadKey) -> bool:
        """Whether the bot has answered in that thread."""
        ...

    async def asked_by(self, *, platform: Platform, team: str, user: str, limit: int) -> Sequence[Claimed]:
        """A person's newest questions, newest first, without the retracted ones."""
        ...


class Memory(Protocol):
    """Turns of conversations."""

    async def turns(self, key: ThreadKey, *, limit: int) -> tuple[Turn, ...]:
        """The newest turns, oldest first."""
        ...

    async def remember(self, key: ThreadKey, *turns: Turn, user: str = "", message: str = "") -> None:
        """Adds turns, oldest first. `user`: whose they are, so that they can be forgotten.

        With `message` (the one that was asked) they take the place of its earlier ones; no turns remove them.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    key: MessageKey
    user: str
    up: bool
    question: str
    answer: str
    sources: tuple[str, ...]
    """Addresses of the sources that the answer cited; the path of one that has none."""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A question that got no answer."""

    question: str
    times: int
    last_asked: datetime
    reason: str


class FeedbackLog(Protocol):
    async def vote(self, vote: Vote) -> None:
        """One vote a person and answer; a later one replaces it."""
        ...

    async def votes(self, key: MessageKey) -> Sequence[Vote]: ...

    async def note_gap(self, key: MessageKey, *, question: str, reason: str) -> None:
        """A question that got no answer. Counted once a message, by its latest text."""
        ...

    async def gaps(self, *, platform: Platform | None = None, limit: int = 20) -> Sequence[Gap]:
        """Open gaps, most asked first; questions that differ by case and blanks only are one. A gap closes
        when its message's claim ends as answered or retracted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    sources: tuple[str, ...] = ()
    """Answers from these only; empty means all."""
    mode: AnswerMode = "mentions"
    language: str = ""
    """To answer in; empty means the question's."""


class ChannelBook(Protocol):
    async def read(self, *, platform: Platform, team: str, channel: str) -> ChannelSettings: ...

    async def write(
        self, settings: ChannelSettings, *, platform: Platform, team: str, channel: str, user: str
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A question that was handed to people."""

    key: MessageKey
    """The message that was asked."""
    thread: str
    user: str
    question: str
    desk_channel: str
    """Where people were asked."""
    desk_message: str
    answered: bool = False


class EscalationDesk(Protocol):
    async def open(self, escalation: Escalation) -> bool:
        """False where the question was handed over before."""
        ...

    async def find(self, *, platform: Platform, team: str, channel: str, message: str) -> Escalation | None:
        """By the message with which people were asked."""
        ...

    async def close(self, key: MessageKey) -> None: ...


class Privacy(Protocol):
    async def forget(self, *, platform: Platform, user: str) -> dict[str, int]:
        """Removes a person's questions, with the turns, votes and gaps that quote them, his votes, and his
        name from channel settings; how many rows of each table."""
        ...

    async def expire(self, *, older_than: datetime) -> dict[str, int]:
        """Removes what is older, and what belongs to questions that are; channel settings stay."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that is remembered, in one database."""

    ledger: AnswerLedger
    memory: Memory
    feedback: FeedbackLog
    channels: ChannelBook
    escalations: EscalationDesk
    privacy: Privacy
    keyring: Keyring
    deliveries: Deliveries
    statistics: Statistics
