"""From a question to an answer: retrieve, then let a model write from the passages, or quote them."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from bot.core import markdown, policy
from bot.core.characters import clean, clean_line
from bot.core.citations import MarkFilter, cite
from bot.core.draft import Draft
from bot.core.errors import DocsbotError, ModelFailed, QuestionInvalid
from bot.core.extract import extract_answer
from bot.core.models import (
    Abstained,
    Answer,
    AnswerEvent,
    Citation,
    Cited,
    Done,
    Failed,
    Found,
    Passage,
    Question,
    Retrieval,
    Searching,
    Text,
    Timings,
    Turn,
)
from bot.core.ports import Message, Model, Retriever
from bot.core.prompts import build_prompt

EXTRACTIVE = "extractive"
NOTHING_FOUND = "The documentation holds nothing on this."
NOT_ANSWERED = "The documentation does not answer this."
UNSUPPORTED = "The language model's answer names no page of the documentation, so it is not to be relied on."


def _new_nonce() -> str:
    return secrets.token_hex(8)


@dataclass(slots=True)
class _Watch:
    """When what happened, in milliseconds since the question was taken up."""

    clock: Callable[[], float]
    start: float
    retrieved: float = 0.0
    first: float | None = None

    def now(self) -> float:
        return (self.clock() - self.start) * 1_000

    def timings(self) -> Timings:
        total = self.now()
        return Timings(
            retrieve=self.retrieved, first_token=total if self.first is None else self.first, total=total
        )


class Answerer:
    """Answers questions from what `retriever` finds, in `model`'s words, or by quoting where there is none.

    `tokens` bounds the passages. `clock` counts seconds and never goes back.
    """

    def __init__(
        self,
        retriever: Retriever,
        model: Model | None,
        *,
        tokens: int = policy.SOURCE_TOKENS,
        clock: Callable[[], float] = time.monotonic,
        nonce: Callable[[], str] = _new_nonce,
    ) -> None:
        self._retriever = retriever
        self._model = model
        self._tokens = tokens
        self._clock = clock
        self._nonce = nonce

    async def ask(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """The events of one answer; the last is the only Done, Abstained or Failed.

        Closing the iterator, or cancelling the task that reads it, ends the model's call at once. An answer
        of more than `policy.UNMARKED_CHARACTERS` that names no source is abstained from although some of it
        was shown: the Abstained answer then replaces what was shown.
        """
        written = ""
        passages: tuple[Passage, ...] = ()
        watch = _Watch(self._clock, self._clock())
        try:
            async with aclosing(self._events(question, watch)) as events:
                async for event in events:
                    if isinstance(event, Found):
                        passages = event.passages
                    elif isinstance(event, Text):
                        written += event.delta
                        watch.first = watch.now() if watch.first is None else watch.first
                    yield event
        except DocsbotError as error:
            yield Failed(message=error.text, partial=written, passages=passages, retryable=error.retryable)

    async def _events(self, question: Question, watch: _Watch) -> AsyncGenerator[AnswerEvent, None]:
        asked = replace(question, text=check_question(question.text))
        yield Searching(query=asked.text)
        retrieval = _cleaned(await self._retriever.retrieve(asked, tokens=self._tokens))
        watch.retrieved = watch.now()
        yield Found(passages=retrieval.passages)
        answer = _Answering(question=question, retrieval=retrieval, watch=watch, model=self._name)
        if not retrieval.passages:
            yield answer.abstain(retrieval.reason or NOTHING_FOUND)
        elif self._model is None:
            for event in _quote(asked, answer):
                yield event
        else:
            messages = build_prompt(
                asked.text,
                retrieval.passages,
                _bare(asked.thread),
                nonce=self._nonce(),
                language=asked.language,
            )
            async with aclosing(_write(self._model, messages, answer)) as events:
                async for event in events:
                    yield event

    @property
    def _name(self) -> str:
        return EXTRACTIVE if self._model is None else self._model.name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answering:
    """What every end of an answer says."""

    question: Question
    retrieval: Retrieval
    watch: _Watch
    model: str

    def finish(self, text: str, citations: tuple[Citation, ...], *, quoted: bool = False) -> Done:
        return Done(answer=self._answer(text, citations=citations, quoted=quoted))

    def abstain(self, reason: str) -> Abstained:
        """The reason, and the nearest pages to look at instead."""
        reason = markdown.plain_sentence(reason) or NOT_ANSWERED
        pages = markdown.nearest_pages(self.retrieval.passages)
        text = "\n\n".join(part for part in (markdown.escape(reason), pages) if part)
        return Abstained(answer=self._answer(text, reason=reason))

    def _answer(
        self, text: str, *, citations: tuple[Citation, ...] = (), reason: str = "", quoted: bool = False
    ) -> Answer:
        return Answer(
            question=self.question,
            text=text,
            abstained=bool(reason),
            reason=reason,
            citations=citations,
            passages=self.retrieval.passages,
            model=self.model,
            timings=self.watch.timings(),
            quoted=quoted,
        )


def _quote(question: Question, answer: _Answering) -> list[AnswerEvent]:
    if answer.retrieval.confidence < policy.ANSWERABLE:
        return [answer.abstain(answer.retrieval.reason or NOT_ANSWERED)]
    extract = extract_answer(question.text, answer.retrieval.passages)
    done = answer.finish(extract.text, extract.citations, quoted=True)
    return [Text(delta=extract.text), Cited(citations=extract.citations), done]


async def _write(
    model: Model, messages: tuple[Message, ...], answer: _Answering
) -> AsyncGenerator[AnswerEvent, None]:
    draft = Draft(len(answer.retrieval.passages))
    written = ""
    async with aclosing(model.stream(messages)) as stream:
        async for delta in stream:
            shown = draft.feed(delta)
            if shown:
                written += shown
                yield Text(delta=shown)
            if draft.settled:
                break
    shown = draft.finish()
    if shown:
        yield Text(delta=shown)
    written += shown
    if draft.empty:
        raise ModelFailed("the model's answer was empty")
    if draft.refused:
        yield answer.abstain(draft.reason or NOT_ANSWERED)
    elif not draft.claims:
        yield answer.abstain(UNSUPPORTED)
    else:
        citations = cite(draft.claims, answer.retrieval.passages)
        yield Cited(citations=citations)
        yield answer.finish(written, citations)


def check_question(text: str) -> str:
    """The question without control characters and blanks around it. Raises QuestionInvalid."""
    text = clean(text).strip()
    if not text:
        raise QuestionInvalid("Please ask a question in words.")
    if len(text) > policy.QUESTION_CHARACTERS:
        raise QuestionInvalid(
            f"Your question has {len(text):,} characters and {policy.QUESTION_CHARACTERS:,} are the most. "
            "Please shorten it to the part that matters."
        )
    return text


def _cleaned(retrieval: Retrieval) -> Retrieval:
    return replace(retrieval, passages=tuple(_clean_passage(passage) for passage in retrieval.passages))


def _clean_passage(passage: Passage) -> Passage:
    return replace(
        passage,
        title=clean_line(passage.title),
        headings=tuple(clean_line(heading) for heading in passage.headings),
        text=clean(passage.text),
    )


def _bare(thread: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Earlier turns without their marks, which name the sources of other prompts."""
    turns = []
    for turn in thread:
        marks = MarkFilter(0)
        turns.append(replace(turn, text=marks.feed(clean(turn.text)) + marks.finish()))
    return tuple(turns)
