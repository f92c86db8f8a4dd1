"""A question that the documentation does not answer goes to people, and what they answer comes back."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.conversation.jobs import Jobs, subject_of
from bot.conversation.models import ReplyGone
from bot.conversation.watching import find_ended
from bot.core.state import Claimed, Escalation, MessageKey, State

logger = logging.getLogger(__name__)

Handed = Literal["handed", "before", "unknown", "unreachable"]
WORDS: dict[Handed, str] = {
    "handed": "Your question was handed to people. Their answer will come here.",
    "before": "People have this question already. Their answer will come here.",
    "unknown": "This question is not known any more. Please ask it again.",
    "unreachable": "The people who help cannot be reached right now. Please try again later.",
}
"""What who pressed the button is told."""

PATIENCE = 1.0
"""Seconds after which a message in a thread that is not known yet is looked up again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskMessage:
    """What somebody wrote where people are asked."""

    key: MessageKey
    thread: str
    """The message that it replies to."""
    author: str
    text: str
    """In the platform's own words; the desk makes it safe."""


class Desk(Protocol):
    """Where people are asked on one platform. Both raise ReplyGone where that cannot be done."""

    async def ask(self, claimed: Claimed, *, by: str) -> tuple[str, str]:
        """Shows people a question, the nearest pages and the way back; channel and message."""
        ...

    async def relay(self, escalation: Escalation, *, author: str, text: str) -> None:
        """Posts a person's answer where the question was asked."""
        ...


class Escalations:
    def __init__(self, state: State, jobs: Jobs, desk: Desk, *, patience: float = PATIENCE) -> None:
        self._state = state
        self._jobs = jobs
        self._desk = desk
        self._patience = patience

    async def hand_over(self, key: MessageKey, *, by: str) -> Handed:
        """Asks people, once a question. `by`: who wants it."""
        claimed = await find_ended(self._state.ledger, key)
        if claimed is None or claimed.outcome == "retracted":
            return "unknown"
        job = await self._jobs.start(key, "escalate", user=by)
        return "before" if job is None else await self._ask(job, claimed)

    async def take(self, message: DeskMessage) -> bool:
        """Takes a person's answer back to the question; False where the thread is no escalation's."""
        escalation = await self._find(message.key, message.thread)
        if escalation is None:
            await asyncio.sleep(self._patience)  # the first to answer may be faster than the record of it
            escalation = await self._find(message.key, message.thread)
        if escalation is None:
            return False
        job = await self._jobs.start(
            message.key, "relay", thread=message.thread, user=message.author, subject=message.text
        )
        if job is not None:
            await self._relay(job, escalation)
        return True

    async def resume(self, job: Claimed) -> None:
        """Goes on where a crashed process stopped."""
        key = subject_of(job)
        if job.origin.endswith("escalate"):
            claimed = await self._state.ledger.get(key)
            if claimed is not None:
                await self._ask(job, claimed)
        elif (escalation := await self._find(key, job.thread)) is not None:
            await self._relay(job, escalation)

    async def _find(self, key: MessageKey, message: str) -> Escalation | None:
        return await self._state.escalations.find(
            platform=key.platform, team=key.team, channel=key.channel, message=message
        )

    async def _ask(self, job: Claimed, claimed: Claimed) -> Handed:
        try:
            async with self._jobs.keeping(job):
                channel, message = await self._desk.ask(claimed, by=job.user)
        except ReplyGone as gone:
            logger.warning("people cannot be asked: %s", gone)
            await self._jobs.end(job, ok=False)
            return "unreachable"
        await self._state.escalations.open(
            Escalation(
                key=claimed.key,
                thread=claimed.thread,
                user=claimed.user,
                question=claimed.question,
                desk_channel=channel,
                desk_message=message,
            )
        )
        await self._jobs.end(job, reply=message)
        return "handed"

    async def _relay(self, job: Claimed, escalation: Escalation) -> None:
        try:
            async with self._jobs.keeping(job):
                await self._desk.relay(escalation, author=job.user, text=job.question)
        except ReplyGone as gone:
            logger.warning("a person's answer could not be taken back: %s", gone)
            await self._jobs.end(job, ok=False)
            return
        await self._jobs.end(job)
        await self._state.escalations.close(escalation.key)
