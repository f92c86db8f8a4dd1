"""Unanswered questions, grouped by what they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.meaning import Meanings
from bot.core.errors import RetrievalFailed
from bot.core.state import Gap
from bot.gateway.gaps import Vectors, group_gaps
from pipelines.errors import EmbeddingError
from pipelines.index.embed import LocalEmbedder
from tests.fakes.openai import FakeOpenAI
from tests.gateway.process import Gateway

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PARAPHRASES = [
    # Each row is one wish, as different people word it.
    [
        "How do I rotate an API key?",
        "what's the way to rotate my api key",
        "API key rotation, how does it work?",
    ],
    ["Is there an ARM64 image?", "do you have arm64 docker images", "docker image for arm?"],
    [
        "Can I use MySQL instead of Postgres?",
        "is mysql supported as the database?",
        "does it work with mysql",
    ],
    ["How much does the enterprise plan cost?", "pricing for enterprise", "price of the enterprise tier?"],
    ["How do I export metrics to Datadog?", "datadog integration for metrics", "sending metrics to datadog"],
    ["Can I pause a workflow and resume it later?", "pause/resume workflows"],
    ["Where are the logs stored?", "where can I find the logs", "log file location"],
]
STRANGERS = [
    # Of one project, in its words, and each about something else.
    "How do I delete all runs older than 30 days?",
    "How do I retry a failed run from the dashboard?",
    "How many runs may a worker have at once?",
    "Why does my worker lose its connection behind nginx?",
    "Can a workflow start another workflow?",
    "How do I test a workflow without an engine?",
    "Which Postgres versions are supported?",
    "How do I set an environment variable for one worker?",
]


def gap(question: str, times: int = 1, *, hours: int = 0) -> Gap:
    return Gap(
        question=question, times=times, last_asked=NOW - timedelta(hours=hours), reason=f"Not on {question}."
    )


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> LocalEmbedder:
    return LocalEmbedder(tmp_path_factory.mktemp("model"))


def test_paraphrases_come_together_and_strangers_do_not(embedder: LocalEmbedder) -> None:
    questions = [question for row in PARAPHRASES for question in row] + STRANGERS
    groups = group_gaps([gap(question) for question in questions], embedder.embed(questions))
    found = [{member.question for member in group.gaps} for group in groups]
    for group in found:  # none holds two wishes
        assert sum(bool(group & set(row)) for row in PARAPHRASES) + len(group & set(STRANGERS)) == 1
    whole = [row for row in PARAPHRASES if set(row) in found]
    assert len(whole) >= len(PARAPHRASES) - 1


def unit(*values: float) -> list[float]:
    row = np.array(values, dtype=np.float32)
    return [float(value) for value in row / np.linalg.norm(row)]


def test_a_group_is_named_by_what_was_asked_most_and_stands_by_its_sum() -> None:
    gaps = [
        gap("a", 2, hours=3),
        gap("b", 3, hours=2),
        gap("a, in other words", 4, hours=5),
        gap("c", 3, hours=1),
    ]
    vectors = np.array([unit(1, 0, 0), unit(0, 1, 0), unit(1, 0.2, 0), unit(0, 0, 1)], dtype=np.float32)
    groups = group_gaps(gaps, vectors)
    # Of equals, the one that was asked last is first.
    assert [[item.question for item in group.gaps] for group in groups] == [
        ["a, in other words", "a"],
        ["c"],
        ["b"],
    ]
    assert [group.times for group in groups] == [6, 3, 3]
    assert groups[0].last_asked == NOW - timedelta(hours=3)


_ROWS = st.lists(st.tuples(*[st.integers(-5, 5)] * 3).filter(any), max_size=12)


@given(rows=_ROWS, times=st.lists(st.integers(1, 9), min_size=12, max_size=12))
def test_every_gap_is_in_one_group_and_none_is_lost(rows: list[tuple[int, ...]], times: list[int]) -> None:
    gaps = [gap(str(number), times[number]) for number in range(len(rows))]
    vectors: Vectors = np.array([unit(*row) for row in rows], dtype=np.float32).reshape(len(rows), 3)
    groups = group_gaps(gaps, vectors)
    assert sorted(item.question for group in groups for item in group.gaps) == sorted(
        item.question for item in gaps
    )
    assert [group.times for group in groups] == sorted((group.times for group in groups), reverse=True)
    for group in groups:
        assert group.gaps[0].times == max(item.times for item in group.gaps)
    # Twice the same is the same.
    assert group_gaps(gaps, vectors) == groups


class _Counting:
    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    def embed(self, texts: list[str]) -> Vectors:
        if self.away:
            raise EmbeddingError("The server is away.")
        self.asked += texts
        return np.array([[float(len(text)), 1.0] for text in texts], dtype=np.float32).reshape(len(texts), 2)


async def test_a_question_is_embedded_once() -> None:
    embedder = _Counting()
    meanings = Meanings(embedder)  # type: ignore[arg-type]  # a list of texts is all that it is given
    assert (await meanings.embed([])).shape == (0, 0)
    first = await meanings.embed(["a", "bb", "a"])
    second = await meanings.embed(["bb", "ccc", "a"])
    assert first.tolist() == [[1, 1], [2, 1], [1, 1]]
    assert second.tolist() == [[2, 1], [3, 1], [1, 1]]
    assert embedder.asked == ["a", "bb", "ccc"]
    embedder.away = True
    assert (await meanings.embed(["a"])).tolist() == [[1, 1]]
    with pytest.raises(RetrievalFailed):
        await meanings.embed(["a", "dddd"])


async def test_gaps_are_grouped_where_that_is_asked_for(
    gateway: Gateway, maintainer: httpx.AsyncClient, asker: httpx.AsyncClient, model: FakeOpenAI
) -> None:
    model.then("NO_ANSWER: The documentation does not mention it.")
    asked = ["Is there a Rust client?", "is there a client for rust", "Do the keys work on a Raspberry Pi?"]
    for question in asked:
        assert (await asker.post("/v1/ask", json={"question": question})).json()["abstained"]
    plain = (await maintainer.get("/v1/gaps")).json()
    assert plain["groups"] == []
    assert set(asked) <= {item["question"] for item in plain["gaps"]}
    grouped = (await maintainer.get("/v1/gaps?grouped=true")).json()
    assert grouped["gaps"] == plain["gaps"]
    rust = next(
        group for group in grouped["groups"] if "Rust" in group["question"] or "rust" in group["question"]
    )
    assert {item["question"] for item in rust["questions"]} == set(asked[:2])
    assert (rust["times"], rust["reason"]) == (2, "The documentation does not mention it.")
