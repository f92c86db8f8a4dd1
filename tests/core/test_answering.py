"""The events of an answer, with a model, without one, and when things go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from bot.adapters.llm import ChatModel
from bot.core import policy
from bot.core.answering import UNSUPPORTED, Answerer
from bot.core.errors import DocsbotError, ModelCut, RetrievalFailed
from bot.core.models import Abstained, Answer, AnswerEvent, Done, Failed, Question, Text, Turn
from bot.core.ports import Message
from tests.fakes.openai import FakeOpenAI, Reply, Script, quote_sources
from tests.fakes.retriever import FakeRetriever, make_passage

PASSAGES = (
    make_passage("Workers retry a task 3 times by default.", path="a.md", url="https://example.org/a"),
    make_passage("Set `backoff` in seconds.", path="b.md", title="Backoff", url="https://example.org/b#s"),
    make_passage("More.", path="a.md", url="https://example.org/a#more"),
    make_passage("Local.", path="c.md", title="Here", headings=(), url=""),
    make_passage("Far.", path="d.md", title="Far"),
)
ASKED = Question(text="How often is a task retried?")


@dataclass(slots=True)
class ScriptedModel:
    """Writes the pieces, then fails or ends; knows whether it was closed."""

    pieces: Sequence[str]
    error: DocsbotError | None = None
    prompts: list[Sequence[Message]] = field(default_factory=list)
    written: int = 0
    closed: bool = False
    name: str = "scripted"

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        self.prompts.append(messages)
        try:
            for piece in self.pieces:
                self.written += 1
                yield piece
                await asyncio.sleep(0)
            if self.error is not None:
                raise self.error
        finally:
            self.closed = True


async def read(answerer: Answerer, question: Question = ASKED) -> list[AnswerEvent]:
    async with aclosing(answerer.ask(question)) as events:
        return [event async for event in events]


def kinds(events: Sequence[AnswerEvent]) -> list[str]:
    """The kinds in order, neighbours of one kind once."""
    return [e.kind for i, e in enumerate(events) if i == 0 or e.kind != events[i - 1].kind]


def shown(events: Sequence[AnswerEvent]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Text))


def ending(events: Sequence[AnswerEvent]) -> Answer:
    last = events[-1]
    assert isinstance(last, Done | Abstained)
    return last.answer


async def test_an_answer_of_a_model() -> None:
    model = ScriptedModel(["By default ", "3 times [", "1]. Set `backoff`", " [2, 9]."])
    retriever = FakeRetriever(PASSAGES, confidence=0.1)  # a model judges for itself
    events = await read(Answerer(retriever, model, tokens=500))
    assert kinds(events) == ["searching", "found", "text", "citations", "done"]
    answer = ending(events)
    assert answer.text == shown(events) == "By default 3 times [1]. Set `backoff` [2]."
    assert [(c.number, c.path, c.quote) for c in answer.citations] == [
        (1, "a.md", "Workers retry a task 3 times by default."),
        (2, "b.md", "Set `backoff` in seconds."),
    ]
    assert (answer.abstained, answer.reason, answer.quoted, answer.model) == (False, "", False, "scripted")
    assert answer.passages == PASSAGES
    assert answer.question is ASKED
    assert [tokens for _, tokens in retriever.asked] == [500]
    assert model.closed


async def test_earlier_turns_go_to_retriever_and_model_without_their_marks() -> None:
    model = ScriptedModel(["Yes [1]."])
    retriever = FakeRetriever(PASSAGES)
    thread = (Turn(role="user", text="Retries?"), Turn(role="assistant", text="3 times [2]. `x[2]`"))
    await read(Answerer(retriever, model), Question(text="And then?", thread=thread))
    assert retriever.asked[0][0].thread == thread
    assert [m.text for m in model.prompts[0][1:3]] == ["Retries?", "3 times. `x[2]`"]


async def test_every_prompt_has_its_own_delimiter() -> None:
    model = ScriptedModel(["Yes [1]."])
    answerer = Answerer(FakeRetriever(PASSAGES), model)
    await read(answerer)
    await read(answerer)
    assert model.prompts[0][-1].text != model.prompts[1][-1].text


async def test_a_refusal_abstains_and_names_the_nearest_pages() -> None:
    model = ScriptedModel(
        ["NO", "_ANSWER: The pages say nothing on ", "[billing](https://evil.example).", "\n", "x", "y"]
    )
    events = await read(Answerer(FakeRetriever(PASSAGES), model))
    assert kinds(events) == ["searching", "found", "abstained"]
    answer = ending(events)
    assert (answer.abstained, answer.reason) == (True, "The pages say nothing on billing.")
    assert answer.text == (
        "The pages say nothing on billing.\n\nThe nearest pages:\n"
        "- [Retries › Options](https://example.org/a)\n"
        "- [Backoff › Options](https://example.org/b#s)\n"
        "- Here (`c.md`)"
    )
    assert answer.citations == ()
    assert answer.passages == PASSAGES
    assert model.closed
    assert model.written == 4  # the rest was not waited for


@pytest.mark.parametrize(
    ("pieces", "written"),
    [
        # Short: nothing of it is shown.
        (["Three times, ", "as everybody knows."], ""),
        (["Three times [7]."], ""),
        # Long: it was shown when the end came.
        (["word " * 200], "word " * 200),
    ],
)
async def test_an_answer_without_a_source_abstains(pieces: list[str], written: str) -> None:
    events = await read(Answerer(FakeRetriever(PASSAGES), ScriptedModel(pieces)))
    answer = ending(events)
    assert shown(events) == written
    assert (answer.abstained, answer.reason, answer.citations) == (True, UNSUPPORTED, ())
    assert "https://example.org/a" in answer.text
    assert "citations" not in kinds(events)


async def test_no_passages_no_model_call() -> None:
    model = ScriptedModel(["Anything [1]."])
    events = await read(Answerer(FakeRetriever(), model))
    assert kinds(events) == ["searching", "found", "abstained"]
    assert ending(events).text == ending(events).reason == "The documentation holds nothing on this."
    assert model.prompts == []


async def test_without_a_model_it_quotes() -> None:
    events = await read(Answerer(FakeRetriever(PASSAGES, confidence=policy.ANSWERABLE), None))
    assert kinds(events) == ["searching", "found", "text", "citations", "done"]
    answer = ending(events)
    assert answer.text == shown(events)
    assert "Workers retry a task 3 times by default." in answer.text
    assert (answer.quoted, answer.model) == (True, "extractive")
    assert answer.citations[0].path == "a.md"


@pytest.mark.parametrize(
    ("reason", "shown_reason"),
    [
        ("No page mentions `billing`.", "No page mentions billing."),
        ("", "The documentation does not answer this."),
    ],
)
async def test_without_a_model_it_abstains_below_the_border(reason: str, shown_reason: str) -> None:
    retriever = FakeRetriever(PASSAGES, confidence=policy.ANSWERABLE - 0.01, reason=reason)
    events = await read(Answerer(retriever, None))
    assert kinds(events) == ["searching", "found", "abstained"]
    assert ending(events).reason == shown_reason
    assert ending(events).text.startswith(f"{shown_reason}\n\nThe nearest pages:\n- [Retries")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "ask a question in words"),
        (" \n\t ", "ask a question in words"),
        # Nothing that can be seen.
        ("\u200b\x00\ufeff", "ask a question in words"),
        ("x" * 50_000, "50,000 characters and 8,000 are the most"),
    ],
)
async def test_questions_that_are_none(text: str, says: str) -> None:
    retriever = FakeRetriever(PASSAGES)
    (event,) = await read(Answerer(retriever, None), Question(text=text))
    assert isinstance(event, Failed)
    assert says in event.message
    assert not event.retryable
    assert retriever.asked == []


@pytest.mark.parametrize(
    "text",
    [
        "🤔🤔",
        "كيف أعيد المحاولة؟",
        "再試行の回数は？",
        "x" * policy.QUESTION_CHARACTERS,
        "a\x1b[31mb",
        "'; DROP TABLE--",
    ],
)
async def test_unusual_questions_are_taken(text: str) -> None:
    retriever = FakeRetriever(PASSAGES, confidence=0.0)
    events = await read(Answerer(retriever, None), Question(text=text))
    assert kinds(events) == ["searching", "found", "abstained"]
    assert "\x1b" not in retriever.asked[0][0].text


async def test_a_retriever_that_fails() -> None:
    events = await read(Answerer(FakeRetriever(error=RetrievalFailed("sqlite: /secret/path")), None))
    assert kinds(events) == ["searching", "failed"]
    assert events[-1] == Failed(message=RetrievalFailed.text)


async def test_what_was_written_before_a_failure_is_kept() -> None:
    model = ScriptedModel(["3 times [1]. ", "And"], error=ModelCut("secret detail"))
    events = await read(Answerer(FakeRetriever(PASSAGES), model))
    assert kinds(events) == ["searching", "found", "text", "failed"]
    assert events[-1] == Failed(message=ModelCut.text, partial=shown(events), passages=PASSAGES)
    assert shown(events) == "3 times [1]. And"


async def test_control_characters_of_pages_and_model_are_taken_out() -> None:
    passage = make_passage("Red \x1b[31m\u202etext.", title="A\x1b]0;x\x07\nB", headings=("C\u2066",))
    events = await read(
        Answerer(FakeRetriever((passage,)), ScriptedModel(["It's \x1b[31mred\u202e [\u200b1]."]))
    )
    answer = ending(events)
    assert answer.text == "It's [31mred [1]."
    assert (answer.passages[0].title, answer.passages[0].headings) == ("A]0;x B", ("C",))
    assert answer.passages[0].text == "Red [31mtext."


async def test_closing_the_answer_closes_the_model() -> None:
    model = ScriptedModel(["3 times [1]. ", *["word "] * 1_000])
    async with aclosing(Answerer(FakeRetriever(PASSAGES), model).ask(ASKED)) as events:
        async for event in events:
            if isinstance(event, Text):
                break
    assert model.closed
    assert model.written < 5


async def test_times_are_counted_in_milliseconds() -> None:
    # Start, retrieved, first text, end.
    ticks = iter([100.0, 100.25, 101.0, 103.5])
    model = ScriptedModel(["3 times [1]. "])
    timings = ending(await read(Answerer(FakeRetriever(PASSAGES), model, clock=lambda: next(ticks)))).timings
    assert (timings.retrieve, timings.first_token, timings.total) == (250.0, 1_000.0, 3_500.0)


@pytest.mark.parametrize(
    ("script", "last", "partial"),
    [
        (quote_sources, "done", ""),
        ("NO_ANSWER: Sorry.", "abstained", ""),
        ("Three.", "abstained", ""),
        # Nonsense: nothing at all, or only blanks.
        ("", "failed", ""),
        ("   ", "failed", ""),
        (Reply(status=401), "failed", ""),
        (Reply(status=429), "failed", ""),
        (Reply(status=500), "failed", ""),
        (Reply(text="Three [1] or so.", cut_after=3), "failed", "Three [1] or"),
        (Reply(text="Three [1] or so.", garbage_after=3), "failed", "Three [1] or"),
        (Reply(text="Three [1] or so.", stall_after=3), "failed", "Three [1] or"),
        (Reply(text="Three [1] or so", finish="length"), "done", ""),
    ],
)
async def test_over_the_wire(script: Script, last: str, partial: str) -> None:
    with FakeOpenAI(script) as server:
        model = ChatModel(model="m", api_key="k", base_url=server.url, retries=0, next_seconds=0.3)
        events = await read(Answerer(FakeRetriever(PASSAGES), model))
        await model.close()
    end = events[-1]
    assert end.kind == last
    if isinstance(end, Failed):
        assert (end.partial, shown(events)) == (partial, partial)
        assert end.message.startswith("The language model")
        assert "scripted" not in end.message


async def test_cancelling_ends_the_call_on_the_wire() -> None:
    with FakeOpenAI(Reply(text="Three [1]. " + "word " * 500, rate=50)) as server:
        model = ChatModel(model="m", api_key="k", base_url=server.url)
        await model.warm()
        task = asyncio.create_task(read(Answerer(FakeRetriever(PASSAGES), model)))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.wait_disconnects, 1, seconds=1.0)
        await model.close()
