"""One answer on its way: asked, shown piece by piece, remembered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from bot.conversation.models import Reply
from bot.core.errors import DocsbotError
from bot.core.models import (
    Abstained,
    Answer,
    AnswerEvent,
    Citation,
    Done,
    Failed,
    Found,
    Question,
    Searching,
    Text,
    Timings,
    Turn,
)
from bot.core.ports import Asker
from bot.core.state import AnswerLedger, ChannelBook, Claimed, FeedbackLog, Memory, Outcome, ThreadKey

logger = logging.getLogger(__name__)

TURNS = 6
"""Earlier turns that a question is asked with."""
PATIENCE = 2.0
"""Seconds that a whole answer waits for the database before it is shown."""
CUT_SHORT = "Something went wrong with this answer. Please ask again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What is remembered."""

    ledger: AnswerLedger
    memory: Memory
    feedback: FeedbackLog
    channels: ChannelBook


class Writing:
    """Writes one claimed answer into one reply."""

    def __init__(self, asker: Asker, stores: Stores, claimed: Claimed, reply: Reply) -> None:
        self._asker = asker
        self._stores = stores
        self._claimed = claimed
        self._reply = reply
        self._noted = ""
        self._reason = ""
        self.text = ""
        """What has been written so far; at the end, the answer."""
        self.citations: tuple[Citation, ...] = ()

    async def show(self) -> Outcome:
        """Asks, and shows what comes; how it ended. Raises ReplyGone.

        What was whole already when a process crashed is shown as it was.
        """
        if self._claimed.answer:
            return await self._end(await self._restore())
        async with self._searching() as shown, aclosing(self._asker.ask(await self._question())) as events:
            async for event in events:
                if not isinstance(event, Searching | Found):  # after these, more is asked
                    await shown
                outcome = await self._show_event(event)
                if outcome is not None:
                    return outcome
        await self._reply.fail(CUT_SHORT, partial=self.text, retryable=True)
        return "failed"

    @asynccontextmanager
    async def _searching(self) -> AsyncIterator[asyncio.Task[None]]:
        """Shows that the question was seen, and meanwhile it is asked: the way to the platform takes time.

        No text may be shown before the task is done.
        """
        shown = asyncio.create_task(self._reply.searching())
        await asyncio.sleep(0)  # it begins before all else
        try:
            yield shown
        finally:
            shown.cancel()
            await asyncio.gather(shown, return_exceptions=True)

    async def refuse(self, message: str) -> Outcome:
        """Says why there is no answer. Raises ReplyGone."""
        await self._reply.fail(message, partial="", retryable=True)
        await self._note()
        return "failed"

    async def _show_event(self, event: AnswerEvent) -> Outcome | None:
        match event:
            case Found(passages=passages):
                await self._reply.found(passages)
            case Text(delta=delta):
                self.text += delta
                await self._reply.write(delta)
                await self._note()
            case Done(answer=answer) | Abstained(answer=answer):
                await self._keep(answer)
                return await self._end(answer)
            case Failed(message=message, retryable=retryable):
                await self._reply.fail(message, partial=self.text, retryable=retryable)
                await self._note()
                return "failed"
            case _:
                pass
        return None

    async def _end(self, answer: Answer) -> Outcome:
        self.text, self._reason, self.citations = answer.text, answer.reason, answer.citations
        await self._reply.finish(answer)
        await self._note()
        return "abstained" if answer.abstained else "answered"

    async def _keep(self, answer: Answer) -> None:
        """Before it is shown: a crash in between, or right after, costs neither a second answer nor a change.

        An abstention is asked for again: its reason is not kept.
        """
        if answer.abstained:
            return
        claimed = self._claimed
        kept = self._stores.ledger.keep_answer(
            claimed.key, owner=claimed.owner, answer=answer.text, citations=answer.citations
        )
        try:
            await asyncio.wait_for(kept, PATIENCE)
        except DocsbotError as error:
            logger.warning("keeping an answer: %s", error.detail or error.text)
        except TimeoutError:
            logger.warning("keeping an answer: the database takes longer than it is worth waiting for")

    async def _restore(self) -> Answer:
        claimed = self._claimed
        return Answer(
            question=await self._question(),
            text=claimed.answer,
            abstained=False,
            reason="",
            citations=claimed.citations,
            passages=(),
            model="",
            timings=Timings(retrieve=0, first_token=0, total=0),
        )

    async def _note(self) -> None:
        """Writes down which message carries the answer: whoever takes it up goes on there.

        A database that is away for a moment takes nothing from who reads: it is tried again with what comes.
        """
        if (reply := self._reply.id) == self._noted:
            return
        try:
            await self._stores.ledger.note_reply(self._claimed.key, owner=self._claimed.owner, reply=reply)
        except DocsbotError as error:
            logger.warning("noting where an answer stands: %s", error.detail or error.text)
        else:
            self._noted = reply

    async def _question(self) -> Question:
        key = self._claimed.key
        settings = await self._stores.channels.read(platform=key.platform, team=key.team, channel=key.channel)
        return Question(
            id=key.message,
            text=self._claimed.question,
            thread=await self._stores.memory.turns(self._thread, limit=TURNS),
            sources=settings.sources,
            language=settings.language,
        )

    async def remember(self, outcome: Outcome) -> None:
        """What later questions, and the maintainers, need of it."""
        question = self._claimed.question
        if outcome in ("answered", "stopped") and self.text:
            asked, answered = Turn(role="user", text=question), Turn(role="assistant", text=self.text)
            claimed = self._claimed
            await self._stores.memory.remember(
                self._thread, asked, answered, user=claimed.user, message=claimed.key.message
            )
        if outcome == "abstained":
            await self._stores.feedback.note_gap(self._claimed.key, question=question, reason=self._reason)

    async def wind_up(self, outcome: Outcome) -> None:
        """Ends what was shown, where the answer was ended from outside. Raises ReplyGone."""
        if outcome == "stopped":
            await self._reply.stop(self.text)
        else:
            await self._reply.retract()

    @property
    def _thread(self) -> ThreadKey:
        key = self._claimed.key
        return ThreadKey(
            platform=key.platform, team=key.team, channel=key.channel, thread=self._claimed.thread
        )
