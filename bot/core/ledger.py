"""Who answers which message: claimed before work, renewed meanwhile, finished once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.core.models import Citation

Platform = Literal["slack", "discord", "web", "terminal"]
Outcome = Literal["answered", "abstained", "failed", "stopped", "retracted"]

JOB = "job:"
"""Begins the origin of a claim that is no question: an escalation, a crawl that is followed."""
LEASE = timedelta(seconds=12)
"""How long a claim stands without a sign of life; a crashed answer is taken up after it."""


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
    """The whole answer, or where it was ended before, what was written; empty until then."""
    outcome: Outcome | None
    """None while it is being answered."""
    claimed_at: datetime
    citations: tuple[Citation, ...] = ()
    """The sources of the whole answer."""


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
        lease: timedelta = LEASE,
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

    async def note_reply(self, key: MessageKey, *, owner: str, reply: str) -> None:
        """Writes down which message carries the answer."""
        ...

    async def keep_answer(
        self, key: MessageKey, *, owner: str, answer: str, citations: tuple[Citation, ...] = ()
    ) -> None:
        """Writes down a whole answer before it is shown: who takes the claim up need not ask again."""
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
        self, key: MessageKey, *, owner: str, question: str, lease: timedelta = LEASE
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
