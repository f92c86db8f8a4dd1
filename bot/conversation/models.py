"""What a front hands in, and what it must be able to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.models import Answer, Passage
from bot.core.state import MessageKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message that asks something."""

    key: MessageKey
    thread: str
    """The platform's id of the conversation that it belongs to."""
    user: str
    text: str
    """The question, without the mention."""
    origin: str
    """How it came in: mention, dm, command, shortcut, follow_up, unmentioned."""


class Reply(Protocol):
    """An answer as one platform shows it. Called by one task, in this order; each call bounds its own time.

    searching, found, write…, then one of finish, fail, stop. `retract` may come at any time, and is the last.
    A call raises ReplyGone where the place to answer is gone for good; what may pass, it tries again itself.
    """

    @property
    def id(self) -> str:
        """The platform's id of the message that carries the answer; empty before there is one."""
        ...

    async def searching(self) -> None:
        """Shows that the question was seen. Fast: it must be there within a second. `found` may come before
        this is through."""
        ...

    async def found(self, passages: Sequence[Passage]) -> None:
        """Shows what was found."""
        ...

    async def write(self, text: str) -> None:
        """The next piece of the answer. May be shown at once, later with the next, or only at the end."""
        ...

    async def finish(self, answer: Answer) -> None:
        """The whole answer, or the abstention. What was shown before and is not part of it is replaced."""
        ...

    async def fail(self, message: str, *, partial: str, retryable: bool) -> None:
        """A sentence for the person who asked."""
        ...

    async def stop(self, partial: str) -> None:
        """The person wants no more: what was written stays, marked as stopped."""
        ...

    async def retract(self) -> None:
        """The question was taken back: so is the answer."""
        ...


class ReplyGone(Exception):
    """The place to answer is gone: a channel deleted, the bot removed, an interaction expired."""
