"""What is kept beside the claims: turns, votes, gaps, channels' settings, escalations; and forgetting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.core.ledger import MessageKey, Platform, ThreadKey
from bot.core.models import Turn

AnswerMode = Literal["mentions", "drafts", "all"]
"""Whether a channel's unmentioned questions are answered: not, as drafts for a maintainer, or all."""


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
