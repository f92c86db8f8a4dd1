"""Tells of each question how it went, in the log and as a trace; in words only where that is asked for."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from bot.core.answering import EXTRACTIVE
from bot.core.correlation import current
from bot.core.errors import DocsbotError
from bot.core.models import Abstained, Answer, AnswerEvent, Done, Failed, Found, Question, Searching
from bot.core.ports import Asker

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

logger = logging.getLogger(__name__)

Fields = dict[str, str | int | float]


class ObservedAsker:
    """An Asker whose every answer leaves one line in the log, and with a `tracer` one trace.

    `worded`: the line holds the question.
    """

    def __init__(self, asker: Asker, *, tracer: Tracer | None = None, worded: bool = False) -> None:
        self._asker = asker
        self._tracer = tracer
        self._worded = worded

    async def ask(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        seen = _Seen(question)
        spans = _Spans(self._tracer) if self._tracer else None
        try:
            async with aclosing(self._asker.ask(question)) as events:
                async for event in events:
                    seen.take(event)
                    if spans:
                        spans.take(event)
                    yield event
        except DocsbotError:
            seen.outcome = "failed"
            raise
        finally:
            # Also where the reader has enough: then it was stopped.
            fields = seen.fields
            if spans:
                spans.end(fields)
            self._log(seen, fields)

    def _log(self, seen: _Seen, fields: Fields) -> None:
        words: Fields = {"question": seen.question.text} if self._worded else {}
        said = f": {seen.question.text}" if self._worded else ""
        logger.info(
            "a question was %s after %.0f ms%s",
            *(seen.outcome, fields["total_ms"], said),
            extra={"fields": {**fields, **words}},
        )


class _Seen:
    """What one answer was, by its events."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.outcome = "stopped"
        self._began = time.monotonic()
        self._answer: Answer | None = None
        self._passages = 0

    def take(self, event: AnswerEvent) -> None:
        match event:
            case Found(passages=passages):
                self._passages = len(passages)
            case Done(answer=answer) | Abstained(answer=answer):
                self._answer = answer
                self.outcome = "abstained" if answer.abstained else "answered"
            case Failed():
                self.outcome = "failed"
            case _:
                pass

    @property
    def fields(self) -> Fields:
        """Figures and names; no text."""
        about: Fields = {"outcome": self.outcome, "passages": self._passages}
        if platform := current().platform:
            about["platform"] = platform
        if self._answer is None:
            return {**about, "total_ms": round((time.monotonic() - self._began) * 1_000, 1)}
        timings = self._answer.timings
        return {
            **about,
            "model": self._answer.model,
            "citations": len(self._answer.citations),
            "retrieve_ms": round(timings.retrieve, 1),
            "first_token_ms": round(timings.first_token, 1),
            "total_ms": round(timings.total, 1),
        }


class _Spans:
    """`question`, and below it `retrieve`, then `model` (`quote` without one)."""

    def __init__(self, tracer: Tracer) -> None:
        from opentelemetry.context import Context

        self._tracer = tracer
        self._question = tracer.start_span("question", context=Context())
        self._part: Span | None = None

    def take(self, event: AnswerEvent) -> None:
        match event:
            case Searching():
                self._begin("retrieve")
            case Found(passages=passages):
                self._end_part({"docsbot.passages": len(passages)})
                self._begin("model")
            case Done(answer=answer) | Abstained(answer=answer):
                if self._part and answer.model == EXTRACTIVE:
                    self._part.update_name("quote")
                self._end_part({"docsbot.model": answer.model})
            case Failed():
                self._fail(self._part)
                self._fail(self._question)
            case _:
                pass

    def end(self, fields: Fields) -> None:
        self._end_part({})
        self._question.set_attributes({f"docsbot.{name}": value for name, value in fields.items()})
        if question := current().id:
            self._question.set_attribute("docsbot.question", question)
        self._question.end()

    def _begin(self, name: str) -> None:
        from opentelemetry.trace import set_span_in_context

        self._part = self._tracer.start_span(name, context=set_span_in_context(self._question))

    def _end_part(self, attributes: Fields) -> None:
        if self._part:
            self._part.set_attributes(attributes)
            self._part.end()
            self._part = None

    def _fail(self, span: Span | None) -> None:
        from opentelemetry.trace import StatusCode

        if span:
            span.set_status(StatusCode.ERROR)
