"""A reply that notes what it is told, and an asker that answers from a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.conversation.limits import RateLimit
from bot.conversation.models import Incoming, ReplyGone
from bot.conversation.responder import Limits, Responder
from bot.conversation.writing import Stores
from bot.core.models import (
    Abstained,
    Answer,
    AnswerEvent,
    Done,
    Failed,
    Found,
    Passage,
    Question,
    Text,
    Timings,
)
from bot.core.state import LEASE, MessageKey, State


def key(message: str = "1.0", *, channel: str = "C1") -> MessageKey:
    return MessageKey(platform="slack", team="T1", channel=channel, message=message)


def incoming(message: str = "1.0", *, text: str = "How?", user: str = "U1", thread: str = "") -> Incoming:
    return Incoming(key=key(message), thread=thread or message, user=user, text=text, origin="mention")


def answer_to(question: Question, text: str, *, reason: str = "") -> Answer:
    return Answer(
        question=question,
        text=text,
        abstained=bool(reason),
        reason=reason,
        citations=(),
        passages=(),
        model="scripted",
        timings=Timings(retrieve=1, first_token=1, total=1),
    )


@dataclass
class ScriptedAsker:
    """Answers with `pieces`; waits before each for as long as `gate` is closed."""

    pieces: tuple[str, ...] = ("The ", "answer.")
    reason: str = ""
    failure: str = ""
    gate: asyncio.Event | None = None
    asked: list[Question] = field(default_factory=list)
    closed: int = 0

    async def ask(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        self.asked.append(question)
        try:
            yield Found(passages=())
            for number, piece in enumerate(self.pieces):
                if self.gate is not None and number > 0:
                    await self.gate.wait()
                yield Text(delta=piece)
            if self.failure:
                yield Failed(message=self.failure)
            elif self.reason:
                yield Abstained(answer=answer_to(question, self.reason, reason=self.reason))
            else:
                yield Done(answer=answer_to(question, "".join(self.pieces)))
        finally:
            self.closed += 1


@dataclass
class NotedReply:
    """A Reply that keeps what it was told, as `word: text`."""

    told: list[str] = field(default_factory=list)
    gone: bool = False
    id: str = ""

    async def searching(self) -> None:
        self._tell("searching")

    async def found(self, passages: Sequence[Passage]) -> None:
        self._tell("found")

    async def write(self, text: str) -> None:
        self.id = self.id or "m1"
        self._tell(f"write: {text}")

    async def finish(self, answer: Answer) -> None:
        self.id = self.id or "m1"
        self._tell(f"{'abstained' if answer.abstained else 'finish'}: {answer.text}")

    async def fail(self, message: str, *, partial: str, retryable: bool) -> None:
        self.id = self.id or "m1"
        self._tell(f"fail: {message}")

    async def stop(self, partial: str) -> None:
        self._tell(f"stop: {partial}")

    async def retract(self) -> None:
        self._tell("retract")

    def _tell(self, what: str) -> None:
        if self.gone:
            raise ReplyGone("channel_not_found")
        self.told.append(what)


def make_responder(
    asker: ScriptedAsker,
    state: State,
    *,
    owner: str = "one",
    per_user: int = 0,
    lease: timedelta = LEASE,
) -> Responder:
    stores = Stores(
        ledger=state.ledger, memory=state.memory, feedback=state.feedback, channels=state.channels
    )
    limits = Limits(user=RateLimit(per_user), team=RateLimit(0))
    return Responder(asker, stores, platform="slack", owner=owner, limits=limits, lease=lease)
