"""One answer over the web as it is kept: claimed, ended however it ends, swept up after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.correlation import current
from bot.core.errors import QuestionInvalid, StateUnavailable
from bot.core.models import AnswerEvent, Failed, Question, Searching
from bot.core.state import Outcome, State
from bot.gateway.asking import Asking, Inquiry, answer_key, thread_key
from bot.gateway.metrics import Metrics
from tests.fakes.answerer import CITATION, ScriptedAnswerer
from tests.fakes.state import make_state


class Bench:
    """An answerer by script, records in memory."""

    def __init__(self) -> None:
        self.answerer = ScriptedAnswerer()
        self.state = make_state()
        self.metrics = Metrics()
        self.asking = Asking(self.answerer, self.state, self.metrics, owner="me", longest=5.0)

    def inquiry(self, text: str) -> Inquiry:
        return Inquiry(question=Question(text=text), user="key:site", origin="api")

    async def ask(self, inquiry: Inquiry) -> list[AnswerEvent]:
        async with aclosing(self.asking.ask(inquiry)) as events:
            return [event async for event in events]


@pytest.mark.parametrize(
    ("text", "outcome", "answer", "remembered"),
    [
        ("plain question", "answered", "Run `rotate` [1]. Turns: 0.", True),
        ("unanswerable question", "abstained", "I cannot tell.", False),
        # What had been shown is replaced.
        ("withdrawn question", "abstained", "I cannot tell.", False),
        ("fail now", "failed", "Half an ", False),
        # An answerer that says no last word.
        ("cut off", "stopped", "Half an ", True),
    ],
)
async def test_an_answer_is_kept_as_it_ended(
    text: str, outcome: Outcome, answer: str, *, remembered: bool
) -> None:
    bench = Bench()
    inquiry = bench.inquiry(text)
    await bench.ask(inquiry)
    kept = await bench.asking.find(inquiry.id)
    assert kept is not None
    assert (kept.outcome, kept.answer, kept.question) == (outcome, answer, text)
    assert (kept.user, kept.origin, kept.thread) == ("key:site", "api", inquiry.conversation)
    assert kept.citations == ((CITATION,) if outcome == "answered" else ())
    turns = await bench.state.memory.turns(thread_key(inquiry.conversation), limit=9)
    assert [turn.text for turn in turns] == ([text, answer] if remembered else [])
    gaps = [gap.question for gap in await bench.state.feedback.gaps()]
    assert gaps == ([text] if outcome == "abstained" else [])
    counted = f'docsbot_questions_total{{outcome="{outcome}",platform="web"}} 1.0'
    assert counted in bench.metrics.render().decode()


async def test_who_leaves_stops_it_and_it_is_kept() -> None:
    bench = Bench()
    inquiry = bench.inquiry("endless question")
    async with aclosing(bench.asking.ask(inquiry)) as events:
        async for event in events:
            if event.kind == "text":
                break
    kept = await bench.asking.find(inquiry.id)
    assert kept is not None
    assert (kept.outcome, kept.answer) == ("stopped", "and so on 0 ")
    assert bench.answerer.closed == ["endless question"]


async def test_whoever_is_cancelled_stops_it_and_it_is_kept() -> None:
    bench = Bench()
    inquiry = bench.inquiry("endless question")
    asking = asyncio.create_task(bench.ask(inquiry))
    async with asyncio.timeout(10):
        while not bench.answerer.running:
            await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await bench.asking.close()
    kept = await bench.asking.find(inquiry.id)
    assert kept is not None
    assert kept.outcome == "stopped"
    assert bench.answerer.running == 0


async def test_an_answer_that_takes_too_long_fails() -> None:
    bench = Bench()
    bench.asking = Asking(bench.answerer, bench.state, bench.metrics, owner="me", longest=0.05)
    inquiry = bench.inquiry("wait 60")
    events = await bench.ask(inquiry)
    assert isinstance(events[-1], Failed)
    assert "too long" in events[-1].message
    assert bench.answerer.closed == ["wait 60"]
    kept = await bench.asking.find(inquiry.id)
    assert kept is not None
    assert kept.outcome == "failed"


async def test_a_conversation_goes_on_and_others_do_not_see_it() -> None:
    bench = Bench()
    first = bench.inquiry("first question")
    await bench.ask(first)
    follow_up = Inquiry(
        question=Question(text="second question"),
        user="",
        origin="api",
        conversation=first.conversation,
    )
    await bench.ask(follow_up)
    await bench.ask(bench.inquiry("another's question"))
    threads = [[turn.text for turn in question.thread] for question in bench.answerer.asked]
    assert threads == [[], ["first question", "Run `rotate` [1]. Turns: 0."], []]


async def test_what_is_no_question_is_not_kept() -> None:
    bench = Bench()
    inquiry = bench.inquiry("\x00 \n")
    with pytest.raises(QuestionInvalid):
        await bench.ask(inquiry)
    assert await bench.asking.find(inquiry.id) is None


async def test_what_a_crash_left_is_ended() -> None:
    bench = Bench()
    for name, lease in (("crashed", -1.0), ("alive", 600.0)):
        claimed = await bench.state.ledger.claim(
            answer_key(name),
            owner="another",
            thread="t",
            user="",
            question=name,
            origin="api",
            lease=timedelta(seconds=lease),
        )
        assert claimed is not None
    sweeping = asyncio.create_task(bench.asking.sweep())
    for _ in range(20):
        await asyncio.sleep(0)
    sweeping.cancel()
    outcomes = {}
    for name in ("crashed", "alive"):
        kept = await bench.asking.find(name)
        assert kept is not None
        outcomes[name] = kept.outcome
    assert outcomes == {"crashed": "failed", "alive": None}


async def test_an_answer_that_was_taken_back_is_gone() -> None:
    bench = Bench()
    inquiry = bench.inquiry("plain question")
    await bench.ask(inquiry)
    await bench.state.ledger.revoke(answer_key(inquiry.id), outcome="retracted")
    assert await bench.asking.find(inquiry.id) is None


class LostMemory:
    """A Memory that is away when something is to be remembered."""

    def __init__(self, state: State) -> None:
        self.turns = state.memory.turns

    async def remember(self, *_: object, **__: object) -> None:
        raise StateUnavailable("postgresql://user:secret@host is away")


async def test_an_answer_that_cannot_be_kept_is_given_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    state = replace(bench.state, memory=LostMemory(bench.state))
    asking = Asking(bench.answerer, state, bench.metrics, owner="me")
    async with aclosing(asking.ask(bench.inquiry("plain question"))) as events:
        assert [event.kind async for event in events][-1] == "done"
    assert "could not be kept" in caplog.text


async def test_the_log_follows_a_question_without_its_id() -> None:
    seen: list[str] = []

    class Watching:
        async def ask(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
            seen.append(current().id)
            yield Searching(query=question.text)

    asking = Asking(Watching(), make_state(), Metrics(), owner="me")
    inquiry = Inquiry(question=Question(text="q"), user="", origin="api")
    async with aclosing(asking.ask(inquiry)) as events:
        async for _ in events:
            pass
    assert len(seen[0]) == 16
    assert inquiry.id not in seen[0]
    assert current().id == ""
