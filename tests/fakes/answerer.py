"""A bot that answers from a script, for the tests of the command line and the terminal.

`python -m tests.fakes.answerer chat` is the real command, with this bot in the place of the real one.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.core.errors import IndexUnusable, QuestionInvalid
from bot.core.models import (
    Abstained,
    Answer,
    AnswerEvent,
    Citation,
    Cited,
    CrawlEvent,
    CrawlFailed,
    CrawlProgress,
    CrawlSummary,
    Done,
    Failed,
    Found,
    IndexStatus,
    Passage,
    Question,
    Searching,
    SkippedFile,
    SourceStatus,
    Text,
    Timings,
)
from bot.settings import Settings

COMMIT = "1a2b3c4d" * 5
URL = "https://github.com/acme/widgets/blob/1a2b3c4d/docs/keys.md#rotate"

PASSAGE = Passage(
    source="acme/widgets",
    path="docs/keys.md",
    title="Keys",
    headings=("Rotate",),
    url=URL,
    commit=COMMIT,
    text="Run `widgets rotate`.",
    score=0.9,
)
CITATION = Citation(
    number=1,
    title="Keys",
    path="docs/keys.md",
    url=URL,
    heading="Rotate",
    commit=COMMIT,
    quote="Run widgets rotate.",
)
HOSTILE = "\x1b]0;owned\x07\x1b[31mred\x1b[0m [1] \x9b2Jend\u202e"


def make_answer(question: Question, text: str, *, abstained: bool = False) -> Answer:
    return Answer(
        question=question,
        text=text,
        abstained=abstained,
        reason="The documentation does not say." if abstained else "",
        citations=() if abstained else (CITATION,),
        passages=(PASSAGE,),
        model="scripted",
        timings=Timings(retrieve=1.26, first_token=2.0, total=3.0),
    )


def make_summary(source: str = "acme/widgets", **changes: int) -> CrawlSummary:
    counts = {"files": 2, "added": 0, "changed": 0, "removed": 0, "unchanged": 2, "chunks": 7}
    counts |= changes
    return CrawlSummary(
        source=source,
        commit=COMMIT,
        files=counts["files"],
        added=counts["added"],
        changed=counts["changed"],
        removed=counts["removed"],
        unchanged=counts["unchanged"],
        skipped=(SkippedFile(path="logo.png", reason="not a document"),),
        failed=(),
        chunks=counts["chunks"],
        embedded_chunks=0,
        requests=3,
        seconds=0.25,
    )


@dataclass
class ScriptedAnswerer:
    """The question's first word chooses what happens; every question and every closed stream is kept."""

    asked: list[Question] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    running: int = 0
    most_at_once: int = 0

    async def ask(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        self.asked.append(question)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            yield Searching(query=question.text)
            yield Found(passages=(PASSAGE,))
            async for event in self._act(question):
                yield event
        except (GeneratorExit, asyncio.CancelledError):
            self.closed.append(question.text)
            raise
        finally:
            self.running -= 1

    async def _act(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        word, *rest = question.text.split()
        if word == "endless":
            for number in itertools.count():
                yield Text(delta=f"and so on {number} ")
                await asyncio.sleep(0.01)
        if word == "wait":
            await asyncio.sleep(float(rest[0]))
        if word == "invalid":
            raise QuestionInvalid("That is not a question.")
        for event in SCRIPTS.get(word, _plainly)(question):
            yield event


def _plainly(question: Question) -> tuple[AnswerEvent, ...]:
    text = f"Run `rotate` [1]. Turns: {len(question.thread)}."
    return (
        Text(delta=text[:5]),
        Text(delta=text[5:]),
        Cited(citations=(CITATION,)),
        Done(answer=make_answer(question, text)),
    )


def _hostile(question: Question) -> tuple[AnswerEvent, ...]:
    pieces = tuple(Text(delta=character) for character in HOSTILE)
    return (*pieces, Done(answer=make_answer(question, HOSTILE)))


def _unanswerable(question: Question) -> tuple[AnswerEvent, ...]:
    return (Abstained(answer=make_answer(question, "I cannot tell.", abstained=True)),)


def _withdrawn(question: Question) -> tuple[AnswerEvent, ...]:
    return (Text(delta="Surely so."), *_unanswerable(question))


def _fail(question: Question) -> tuple[AnswerEvent, ...]:
    return (Text(delta="Half an "), Failed(message="The language model is away.", partial="Half an "))


def _cut(question: Question) -> tuple[AnswerEvent, ...]:
    return (Text(delta="Half an "),)


SCRIPTS: dict[str, Callable[[Question], tuple[AnswerEvent, ...]]] = {
    "hostile": _hostile,
    "unanswerable": _unanswerable,
    "withdrawn": _withdrawn,
    "fail": _fail,
    "cut": _cut,
}


@dataclass
class ScriptedIndex:
    """A crawl yields `events`; the status has `chunks` chunks."""

    events: Sequence[CrawlEvent] = (CrawlProgress(source="acme/widgets", phase="listing"), make_summary())
    chunks: int = 7
    unusable: str = ""
    crawls: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)

    async def reindex(
        self, sources: Sequence[str] = (), *, rebuild: bool = False
    ) -> AsyncGenerator[CrawlEvent, None]:
        self.crawls.append((tuple(sources), rebuild))
        if self.unusable:
            raise IndexUnusable(self.unusable)
        for event in self.events:
            await asyncio.sleep(0)
            yield event

    async def status(self) -> IndexStatus:
        source = SourceStatus(
            source="acme/widgets",
            commit=COMMIT,
            committed_at=None,
            crawled_at=datetime(2026, 1, 1, tzinfo=UTC),
            files=2,
            chunks=self.chunks,
            failed=(SkippedFile(path="docs/bad.md", reason="not UTF-8"),),
        )
        return IndexStatus(
            sources=(source,) if self.chunks else (),
            chunks=self.chunks,
            embedding_model="local",
            language_model="extractive",
            location=".docsbot",
        )


@dataclass
class ScriptedService:
    answerer: ScriptedAnswerer = field(default_factory=ScriptedAnswerer)
    index: ScriptedIndex = field(default_factory=ScriptedIndex)
    opened: list[tuple[Settings, tuple[str, ...]]] = field(default_factory=list)
    open: int = 0
    """How often it is open now."""

    @asynccontextmanager
    async def __call__(
        self, settings: Settings, *, sources: tuple[str, ...] = ()
    ) -> AsyncIterator[ScriptedService]:
        """Opens itself, in the place of `open_bot`."""
        self.opened.append((settings, sources))
        self.open += 1
        try:
            yield self
        finally:
            self.open -= 1


BROKEN = CrawlFailed(source="acme/gone", message="There is no repository acme/gone. Is the name right?")


if __name__ == "__main__":
    from bot.__main__ import main
    from bot.cli.runtime import Runtime

    sys.exit(main(None, Runtime(open_bot=ScriptedService())))
