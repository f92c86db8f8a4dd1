"""One answer over the web: claimed, asked, kept, remembered, counted, as on every front."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.answering import check_question
from bot.core.correlation import correlated, question_id
from bot.core.errors import DocsbotError
from bot.core.models import Abstained, AnswerEvent, Citation, Done, Failed, Found, Question, Text, Turn
from bot.core.ports import Asker
from bot.core.state import Claimed, MessageKey, Outcome, State, ThreadKey
from bot.gateway.metrics import Metrics

logger = logging.getLogger(__name__)

TURNS = 6
"""Earlier turns that a question is asked with."""
LONGEST = 300.0
"""Seconds that an answer may take; a model that trickles on for longer serves nobody."""
LEASE = timedelta(seconds=LONGEST + 60)
"""After which an unfinished claim is a crashed process's: nobody waits for it any more."""
SWEEP = 60.0
"""Seconds between two looks for such claims."""
TOO_LONG = "The answer took too long. Please try again, or ask for less at once."


def new_id() -> str:
    """128 random bits in 22 characters: knowing it is the right to see what it names."""
    return secrets.token_urlsafe(16)


def answer_key(answer: str) -> MessageKey:
    """The record of the answer of that id. All of the web is one place: an id alone finds it."""
    return MessageKey(platform="web", team="web", channel="web", message=answer)


def thread_key(conversation: str) -> ThreadKey:
    return ThreadKey(platform="web", team="web", channel="web", thread=conversation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A question on its way, with the ids that it goes by."""

    question: Question
    user: str
    origin: str
    """How it came in: api, page, mcp."""
    conversation: str = field(default_factory=new_id)
    id: str = field(default_factory=new_id)


def _trail(inquiry: Inquiry) -> str:
    """What it is called in logs and traces, which must not hold its id."""
    return question_id(answer_key(inquiry.id))


@dataclass(slots=True)
class _Ending:
    """How an answer ended; as long as nothing else is known, because whoever asked has left."""

    outcome: Outcome = "stopped"
    text: str = ""
    reason: str = ""
    citations: tuple[Citation, ...] = ()
    found: bool = False

    def take(self, event: AnswerEvent) -> None:
        match event:
            case Found():
                self.found = True
            case Text(delta=delta):
                self.text += delta
            case Done(answer=answer) | Abstained(answer=answer):
                self.text, self.reason, self.citations = answer.text, answer.reason, answer.citations
                self.outcome = "abstained" if answer.abstained else "answered"
            case Failed():
                self.outcome = "failed"
            case _:
                pass


class Asking:
    """Asks for whoever comes over the web. `owner` names this process, differently at each start."""

    def __init__(
        self, asker: Asker, state: State, metrics: Metrics, *, owner: str, longest: float = LONGEST
    ) -> None:
        self._asker = asker
        self._state = state
        self._metrics = metrics
        self._owner = owner
        self._longest = longest
        self._finishing: set[asyncio.Task[None]] = set()

    async def ask(self, inquiry: Inquiry) -> AsyncGenerator[AnswerEvent, None]:
        """The events of one answer. Closing the iterator stops it; what was written by then is kept.

        Raises QuestionInvalid, StateUnusable, before the first event.
        """
        check_question(inquiry.question.text)
        question = await self._begin(inquiry)
        ending = _Ending()
        try:
            with self._metrics.answering(), correlated(_trail(inquiry), platform="web"):
                async with aclosing(self._events(question)) as events:
                    async for event in events:
                        ending.take(event)
                        self._metrics.observe(event, found=ending.found)
                        yield event
        finally:
            finishing = asyncio.create_task(self._finish(inquiry, ending))
            self._finishing.add(finishing)
            finishing.add_done_callback(self._finishing.discard)
            # Whoever leaves in the middle does not take the record along.
            await asyncio.shield(finishing)

    async def find(self, answer: str) -> Claimed | None:
        """An answer that was given over the web; None where there is none, or it was taken back."""
        claimed = await self._state.ledger.get(answer_key(answer))
        return None if claimed is None or claimed.outcome == "retracted" else claimed

    async def sweep(self) -> None:
        """Ends what crashed processes left, until it is cancelled."""
        while True:
            try:
                for left in await self._state.ledger.take_over(
                    platform="web", owner=self._owner, lease=LEASE
                ):
                    await self._state.ledger.finish(
                        left.key, owner=self._owner, outcome="failed", answer=left.answer
                    )
            except DocsbotError as error:
                logger.warning("looking for unfinished answers: %s", error.detail or error.text)
            await asyncio.sleep(SWEEP)

    async def close(self) -> None:
        """Waits until every answer that was begun is kept."""
        await asyncio.gather(*self._finishing, return_exceptions=True)

    async def _begin(self, inquiry: Inquiry) -> Question:
        question = inquiry.question
        await self._state.ledger.claim(
            answer_key(inquiry.id),
            owner=self._owner,
            thread=inquiry.conversation,
            user=inquiry.user,
            question=question.text,
            origin=inquiry.origin,
            lease=LEASE,
        )
        thread = question.thread
        if not thread:
            thread = await self._state.memory.turns(thread_key(inquiry.conversation), limit=TURNS)
        return Question(
            id=inquiry.id,
            text=question.text,
            thread=thread,
            sources=question.sources,
            language=question.language,
        )

    async def _events(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """The answer's events, within the time that it may take."""
        end = time.monotonic() + self._longest
        async with aclosing(self._asker.ask(question)) as events:
            while True:
                try:
                    async with asyncio.timeout(end - time.monotonic()):
                        event = await anext(events, None)
                except TimeoutError:
                    yield Failed(message=TOO_LONG)
                    return
                if event is None:
                    return
                yield event

    async def _finish(self, inquiry: Inquiry, ending: _Ending) -> None:
        self._metrics.count_question("web", ending.outcome)
        key, text = answer_key(inquiry.id), inquiry.question.text
        try:
            await self._state.ledger.finish(
                key,
                owner=self._owner,
                outcome=ending.outcome,
                answer=ending.text,
                citations=ending.citations,
            )
            if ending.outcome in ("answered", "stopped") and ending.text:
                asked, said = Turn(role="user", text=text), Turn(role="assistant", text=ending.text)
                await self._state.memory.remember(
                    thread_key(inquiry.conversation), asked, said, user=inquiry.user, message=inquiry.id
                )
            if ending.outcome == "abstained":
                await self._state.feedback.note_gap(key, question=text, reason=ending.reason)
        except DocsbotError as error:
            # The answer was given; that it is not kept is for the operator.
            logger.warning("an answer could not be kept: %s", error.detail or error.text)
