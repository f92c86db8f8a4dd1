"""Answers that a maintainer looks at before they are posted, and private ones that are shared: each once."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.conversation.jobs import Jobs
from bot.conversation.models import ReplyGone
from bot.conversation.watching import find_ended
from bot.core.models import Answer, Passage
from bot.core.state import AnswerLedger, Claimed, MessageKey

logger = logging.getLogger(__name__)

DRAFT = "draft"
"""Origin of a question whose answer waits for a maintainer."""
Posted = Literal["posted", "before", "unknown", "unreachable"]
WORDS: dict[Posted, str] = {
    "posted": "Posted.",
    "before": "It was posted before.",
    "unknown": "This answer is not known any more.",
    "unreachable": "I may not write there. Please invite me to that channel.",
}
"""What who pressed the button is told."""

Show = Callable[[Claimed], Awaitable[str]]
"""Posts a finished answer; the id of the message. Raises ReplyGone."""


class Drafts:
    """Posts what is in the ledger already."""

    def __init__(self, ledger: AnswerLedger, jobs: Jobs) -> None:
        self._ledger = ledger
        self._jobs = jobs

    async def post(self, key: MessageKey, kind: Literal["post", "share"], show: Show, *, by: str) -> Posted:
        """Posts the answer to a message by `show`, once. `by`: who wants it."""
        claimed = await find_ended(self._ledger, key)
        if claimed is None or claimed.outcome not in ("answered", "stopped", "abstained"):
            return "unknown"
        job = await self._jobs.start(key, kind, user=by)
        if job is None:
            return "before"
        try:
            async with self._jobs.keeping(job):
                reply = await show(claimed)
        except ReplyGone as gone:
            logger.warning("an answer could not be posted: %s", gone)
            await self._jobs.end(job, ok=False)
            return "unreachable"
        await self._jobs.end(job, reply=reply)
        return "posted"

    async def find_post(self, claimed: Claimed) -> str:
        """The message in which a draft was posted; empty where it was not."""
        job = await self._jobs.find(claimed.key, "post")
        return job.reply if job is not None and job.outcome == "answered" else ""


class DraftDesk(Protocol):
    """Where maintainers look at drafts."""

    async def draft(self, claimed: Drafted, answer: Answer) -> str:
        """Shows an answer that waits; the message. Raises ReplyGone."""
        ...

    async def remove(self, message: str) -> None:
        """Takes a draft away. A failure is not the question's: it raises nothing of its own."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A question that was not put to the bot."""

    key: MessageKey
    user: str
    text: str


class DraftReply:
    """The Reply of such a question. Nothing is shown before it is whole, and nothing but an answer."""

    def __init__(self, desk: DraftDesk, question: Drafted, *, written: str = "") -> None:
        """`written`: the message with an earlier draft."""
        self._desk = desk
        self._question = question
        self.id = written

    async def searching(self) -> None:
        """Nothing: nobody waits for it."""

    async def found(self, passages: Sequence[Passage]) -> None:
        """Nothing."""

    async def write(self, text: str) -> None:
        """Nothing."""

    async def finish(self, answer: Answer) -> None:
        await self.retract()
        if not answer.abstained:
            self.id = await self._desk.draft(self._question, answer)

    async def fail(self, message: str, *, partial: str, retryable: bool) -> None:
        """Nothing: nobody asked the bot."""

    async def stop(self, partial: str) -> None:
        """Nothing."""

    async def retract(self) -> None:
        if self.id:
            await self._desk.remove(self.id)
            self.id = ""
