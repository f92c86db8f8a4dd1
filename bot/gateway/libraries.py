"""What MCP's tools ask: over the web as every caller of the API, over stdio for the one at this machine."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from starlette.requests import Request

from bot.core import policy
from bot.core.answering import check_question
from bot.core.errors import DocsbotError, StateUnusable
from bot.core.models import Abstained, Answer, AnswerEvent, Done, Failed, Passage, Question
from bot.core.ports import Asker, Retriever
from bot.gateway.access import Caller
from bot.gateway.asking import Inquiry
from bot.gateway.parts import Parts
from bot.gateway.problems import Problem


class AnswerFailed(DocsbotError):
    """The answer failed, in the words for who asked."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.message)
        self.text = failed.message
        self.retryable = failed.retryable


class LocalLibrary:
    """For whoever started this process: nobody to be told apart, nothing to be counted."""

    def __init__(self, asker: Asker, retriever: Retriever) -> None:
        self._asker = asker
        self._retriever = retriever

    async def search(self, query: str, *, limit: int, request: object) -> Sequence[Passage]:
        return await _search(self._retriever, query, limit)

    async def ask(self, question: str, *, request: object) -> Answer:
        return await _whole(self._asker.ask(Question(text=question)))


class WebLibrary:
    """For callers with a key, or without where that is allowed: limited and kept like the API's questions."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def search(self, query: str, *, limit: int, request: object) -> Sequence[Passage]:
        self._parts.guard.charge(_caller(request), "read")
        return await _search(self._parts.retriever, query, limit)

    async def ask(self, question: str, *, request: object) -> Answer:
        caller = _caller(request)
        self._parts.guard.charge(caller, "ask")
        inquiry = Inquiry(question=Question(text=question), user=caller.user, origin="mcp")
        return await _whole(self._parts.asking.ask(inquiry))


def _caller(request: object) -> Caller:
    caller = request.state.caller if isinstance(request, Request) else None
    if not isinstance(caller, Caller):
        raise Problem(401, "unauthorized", "It is not known who calls.")
    return caller


async def _search(retriever: Retriever, query: str, limit: int) -> Sequence[Passage]:
    found = await retriever.retrieve(Question(text=check_question(query)), tokens=policy.SOURCE_TOKENS)
    return found.passages[:limit]


async def _whole(answer: AsyncGenerator[AnswerEvent, None]) -> Answer:
    async with aclosing(answer) as events:
        async for event in events:
            match event:
                case Done(answer=done) | Abstained(answer=done):
                    return done
                case Failed():
                    raise AnswerFailed(event)
                case _:
                    pass
    raise StateUnusable
