"""What is told of a question: one line and one trace, figures only, whatever becomes of both."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import get_args

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.adapters.observing import ObservedAsker
from bot.core.correlation import correlated
from bot.core.errors import QuestionInvalid
from bot.core.models import AnswerEvent, Question, Text
from tests.fakes.answerer import ScriptedAnswerer
from tests.fakes.openai import FakeOpenAI
from tests.fakes.otlp import FakeCollector, Health

WORDS = "secret words of the question"


class Kept:
    """A tracer whose spans are looked at."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = provider.get_tracer("test")

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self._exporter.get_finished_spans()}


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO, logger="bot.adapters.observing"):
        yield caplog


async def ask(
    asker: ObservedAsker, text: str, *, until: type[AnswerEvent] | None = None
) -> list[AnswerEvent]:
    """The events, or those until one of a kind, after which the reader goes."""
    seen: list[AnswerEvent] = []
    async with aclosing(asker.ask(Question(text=text))) as events:
        async for event in events:
            seen.append(event)
            if until is not None and isinstance(event, until):
                break
    return seen


@pytest.mark.parametrize(
    ("word", "outcome", "failed"),
    [("plainly", "answered", False), ("unanswerable", "abstained", False), ("fail", "failed", True)],
)
async def test_an_answer_leaves_a_line_and_a_trace(
    told: pytest.LogCaptureFixture, word: str, outcome: str, failed: bool
) -> None:
    kept = Kept()
    asker = ObservedAsker(ScriptedAnswerer(), tracer=kept.tracer)
    with correlated("q1", platform="slack"):
        passed = await ask(asker, f"{word} {WORDS}")
    assert passed == await ask(ObservedAsker(ScriptedAnswerer()), f"{word} {WORDS}")
    assert set(kept.spans) == {"question", "retrieve", "model"}
    question = kept.spans["question"]
    about = dict(question.attributes or {})
    assert about["docsbot.outcome"] == outcome
    assert (about["docsbot.question"], about["docsbot.platform"], about["docsbot.passages"]) == (
        "q1",
        "slack",
        1,
    )
    assert float(str(about["docsbot.total_ms"])) >= 0
    assert question.status.is_ok != failed
    for name in ("retrieve", "model"):
        parent = kept.spans[name].parent
        assert parent is not None
        assert question.context is not None
        assert parent.span_id == question.context.span_id
    record = told.records[0]
    assert record.getMessage().startswith(f"a question was {outcome} after")
    fields: dict[str, object] = record.__dict__["fields"]
    assert {f"docsbot.{name}": value for name, value in fields.items()}.items() <= about.items()
    everything = f"{record.__dict__} {[span.to_json() for span in kept.spans.values()]}"
    assert "secret" not in everything
    assert "rotate" not in everything


async def test_figures_of_a_whole_answer() -> None:
    kept = Kept()
    await ask(ObservedAsker(ScriptedAnswerer(), tracer=kept.tracer), "plainly")
    about = dict(kept.spans["question"].attributes or {})
    assert about == {
        "docsbot.outcome": "answered",
        "docsbot.passages": 1,
        "docsbot.citations": 1,
        "docsbot.model": "scripted",
        "docsbot.retrieve_ms": 1.3,
        "docsbot.first_token_ms": 2.0,
        "docsbot.total_ms": 3.0,
    }


async def test_a_reader_who_goes_ends_all_of_it(told: pytest.LogCaptureFixture) -> None:
    kept, answerer = Kept(), ScriptedAnswerer()
    await ask(ObservedAsker(answerer, tracer=kept.tracer), "endless", until=Text)
    assert answerer.closed == ["endless"]
    assert dict(kept.spans["question"].attributes or {})["docsbot.outcome"] == "stopped"
    assert set(kept.spans) == {"question", "retrieve", "model"}
    assert "stopped" in told.text


async def test_an_error_is_passed_on(told: pytest.LogCaptureFixture) -> None:
    with pytest.raises(QuestionInvalid):
        await ask(ObservedAsker(ScriptedAnswerer()), "invalid")
    assert "a question was failed" in told.text


async def test_the_words_are_told_where_one_asks_for_them(told: pytest.LogCaptureFixture) -> None:
    await ask(ObservedAsker(ScriptedAnswerer(), worded=True), WORDS)
    assert WORDS in told.text
    assert told.records[0].__dict__["fields"]["question"] == WORDS


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("observed")
    (folder / "docs").mkdir()
    (folder / "docs" / "a.md").write_text("# Keys\n\nRun `widgets rotate` for a new key.\n")
    run(folder, "index", "./docs")
    return folder


def run(folder: Path, *argv: str, **env: str) -> str:
    """What the command says on stdout."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--data", str(folder / "data"), *argv],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(Path.home()), **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def test_traces_reach_a_collector(data: Path) -> None:
    with FakeCollector() as collector, FakeOpenAI("Run `widgets rotate` [1].") as model:
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        run(data, "index", "./docs", **traced)
        written = {"OPENAI_BASE_URL": model.url, "OPENAI_MODEL": "test-model", "DOCSBOT_LOG": "json"}
        answer = json.loads(run(data, "ask", "How do I rotate a key?", "--json", **traced, **written))
    assert not answer["abstained"]
    (crawl,) = collector.named("crawl")
    assert int(crawl.trace, 16) == int(str(crawl.attributes["docsbot.crawl"]), 16)
    (question,) = collector.named("question")
    (asked,) = collector.named("model")
    (retrieve,) = collector.named("retrieve")
    assert question.parent == ""
    assert {span.parent for span in (asked, retrieve)} == {question.id}
    assert {span.trace for span in (asked, retrieve)} == {question.trace}
    assert question.attributes["docsbot.model"] == "test-model"
    assert {span.service for span in collector.spans} == {"docsbot"}
    assert not any(b"rotate" in span.raw for span in collector.spans)


@pytest.mark.parametrize("health", [*get_args(Health), "away"])
def test_a_collector_that_is_ill_hurts_no_answer(data: Path, health: str) -> None:
    with FakeCollector() as collector:
        url = collector.url
        if health != "away":
            collector.health = health  # type: ignore[assignment]
            assert "widgets rotate" in run(
                data, "ask", "How do I rotate a key?", OTEL_EXPORTER_OTLP_ENDPOINT=url
            )
            assert collector.requests
    if health == "away":
        assert "widgets rotate" in run(data, "ask", "How do I rotate a key?", OTEL_EXPORTER_OTLP_ENDPOINT=url)
