"""POST /v1/ask: an answer, whole or as it is written."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from bot.core.answering import check_question
from bot.core.errors import DocsbotError
from bot.core.models import (
    Abstained,
    AnswerEvent,
    Cited,
    Done,
    Failed,
    Found,
    Question,
    Searching,
    Text,
    Turn,
)
from bot.gateway.asking import Asking, Inquiry, new_id
from bot.gateway.bodies import AnswerBody, AskBody, CitationBody, Told
from bot.gateway.parts import Gateway, MayAsk
from bot.gateway.problems import Problem, ProblemDetail, problems
from bot.gateway.rendering import name_source, render_answer, render_citation
from bot.gateway.streams import Event, EventStream, describe_stream, until_gone

router = APIRouter(tags=["answers"])


class SearchingData(Told):
    """First: the question was taken up under these ids."""

    id: str
    conversation: str
    query: str


class FoundSection(Told):
    source: str
    path: str
    title: str
    heading: str
    url: str
    score: float


class FoundData(Told):
    """The sections that the answer will rest on, best first."""

    passages: list[FoundSection]


class TextData(Told):
    """The next piece of the answer, Markdown."""

    delta: str


class CitationsData(Told):
    citations: list[CitationBody]


class FailedData(Told):
    """Last, in place of the answer."""

    id: str
    conversation: str
    error: ProblemDetail
    partial: str
    retryable: bool


EVENTS = """\
With `Accept: text/event-stream` or `"stream": true` the answer comes as server-sent events: `searching`
(`id`, `conversation`, `query`), `found` (`passages`), then `text` (`delta`) many times, `citations`
(`citations`), and last one of `done`, `abstained` (both the whole answer, which replaces what was shown) and
`failed` (`id`, `conversation`, `error`, `partial`, `retryable`). Hanging up ends the answer."""
_STREAM = describe_stream("searching", "found", "text", "citations", "done", "abstained", "failed")


@router.post(
    "/v1/ask",
    operation_id="ask",
    response_model=AnswerBody,
    responses={**problems(404), 200: _STREAM},
    description=f"Answers a question from the documentation, with its sources.\n\n{EVENTS}",
)
async def ask(request: Request, body: AskBody, caller: MayAsk, parts: Gateway) -> Response | AnswerBody:
    check_question(body.question)
    inquiry = Inquiry(
        question=Question(
            text=body.question,
            thread=tuple(Turn(role=turn.role, text=turn.text) for turn in body.thread),
            sources=await parts.find_ids(body.sources),
            language=body.language,
        ),
        user=caller.user,
        origin="api",
        conversation=body.conversation or new_id(),
    )
    if body.stream or "text/event-stream" in request.headers.get("accept", ""):
        return EventStream(_stream(parts.asking, inquiry))
    return await until_gone(answer_whole(parts.asking, inquiry), request.receive)


async def answer_whole(asking: Asking, inquiry: Inquiry) -> AnswerBody:
    """The finished answer. Raises Problem 503 where it failed, QuestionInvalid, StateUnusable."""
    async with aclosing(asking.ask(inquiry)) as events:
        async for event in events:
            match event:
                case Done(answer=answer) | Abstained(answer=answer):
                    return render_answer(answer, id=inquiry.id, conversation=inquiry.conversation)
                case Failed():
                    raise explain(event)
                case _:
                    pass
    raise explain(Failed(message=DocsbotError.text))


def explain(failed: Failed) -> Problem:
    """A failed answer as a refusal."""
    headers = {"Retry-After": "10"} if failed.retryable else {}
    return Problem(503, "answer_failed", failed.message, headers=headers)


async def _stream(asking: Asking, inquiry: Inquiry) -> AsyncGenerator[Event, None]:
    try:
        async with aclosing(asking.ask(inquiry)) as events:
            async for event in events:
                yield _event(event, inquiry)
    except DocsbotError as error:
        yield _event(Failed(message=error.text, retryable=error.retryable), inquiry)


def _event(event: AnswerEvent, inquiry: Inquiry) -> Event:
    return Event(name=event.kind, data=_data(event, inquiry))


def _data(event: AnswerEvent, inquiry: Inquiry) -> BaseModel:
    match event:
        case Searching(query=query):
            return SearchingData(id=inquiry.id, conversation=inquiry.conversation, query=query)
        case Found(passages=passages):
            return FoundData(
                passages=[
                    FoundSection(
                        source=name_source(item.source),
                        path=item.path,
                        title=item.title,
                        heading=item.heading,
                        url=item.url,
                        score=item.score,
                    )
                    for item in passages
                ]
            )
        case Text(delta=delta):
            return TextData(delta=delta)
        case Cited(citations=citations):
            return CitationsData(citations=[render_citation(item) for item in citations])
        case Done(answer=answer) | Abstained(answer=answer):
            return render_answer(answer, id=inquiry.id, conversation=inquiry.conversation)
        case Failed():
            return FailedData(
                id=inquiry.id,
                conversation=inquiry.conversation,
                error=ProblemDetail(code="answer_failed", message=event.message),
                partial=event.partial,
                retryable=event.retryable,
            )
