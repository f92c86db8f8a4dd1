"""Every run works, on few questions and an answer of few words; nothing here looks at a time."""

from __future__ import annotations

import json
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.load.__main__ import main
from tests.load.figures import Report, Spread, spread
from tests.load.lab import Index
from tests.load.model import Pace
from tests.load.runs import Plan, run
from tests.load.words import answer, is_whole, number_of, question
from tests.slack.conftest import Indexed, indexed

__all__ = ["indexed"]

_QUICK = Pace(delay=0.05, rate=400, words=20)
_LATE = 1
"""The seed of a kill that comes after its answer's end: what is left in the middle waits for its lease."""


async def test_runs_on_slack_find_no_fault(indexed: Indexed, tmp_path: Path) -> None:
    plan = Plan(questions=6, cuts=3, kills=1, channels=2, pace=_QUICK, seed=_LATE, quiet=0.3)
    crowd, cuts, kills = await _run("slack", plan, tmp_path, indexed)
    assert (crowd.faults, cuts.faults, kills.faults) == ([], [], [])
    assert_whole(crowd, 6)
    assert cuts.counts["questions"] == 3
    assert (kills.counts["kills"], kills.counts["answered"]) == (1, 1)


async def test_runs_on_discord_find_no_fault(indexed: Indexed, tmp_path: Path) -> None:
    plan = Plan(questions=6, channels=2, pace=_QUICK, quiet=0.3)
    (crowd,) = await _run("discord", plan, tmp_path, indexed)
    assert crowd.faults == []
    assert_whole(crowd, 6)


async def _run(platform: str, plan: Plan, folder: Path, indexed: Indexed) -> list[Report]:
    index = Index(docs=indexed.docs, data=indexed.data)
    async with aclosing(run([platform], plan, folder, index=index)) as running:
        return [report async for report in running]


def assert_whole(crowd: Report, count: int) -> None:
    wanted = {"questions": count, "answered whole": count, "answered twice": 0, "status shown": count}
    assert {name: crowd.counts[name] for name in wanted} == wanted
    assert crowd.spreads["event to the end"].count == count
    assert f"| questions | {count} |" in crowd.as_markdown()


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("".join(answer(7, 30)), True),
        ("".join(answer(8, 30)), False),  # of another question
        ("".join(answer(7, 29)), False),  # its end is missing
        ("".join(answer(7, 30)) + " w30", False),  # a word twice
        ("".join(answer(7, 30)) + "".join(answer(7, 30)), False),  # all of it twice
        ("".join(answer(7, 30)).replace("w3 w4", "w4 w3"), False),  # out of order
        ("", False),
    ],
)
def test_an_answer_is_whole_or_it_is_not(text: str, whole: bool) -> None:
    assert is_whole(text, 7, 30) == whole


def test_a_question_s_number_comes_back() -> None:
    assert number_of(question(12)) == 12
    assert number_of("".join(answer(12, 3))) == 12
    assert number_of("Which order?") is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], Spread()),
        ([3.0], Spread(median=3, high=3, most=3, count=1)),
        # A value that was measured, not one between two.
        ([4.0, 1.0, 2.0, 3.0], Spread(median=2, high=4, most=4, count=4)),
        ([float(number) for number in range(1, 201)], Spread(median=100, high=198, most=200, count=200)),
    ],
)
def test_a_spread_is_by_nearest_rank(values: list[float], expected: Spread) -> None:
    assert spread(values) == expected


def test_a_report_shows_its_faults() -> None:
    report = Report(title="x", counts={"a | b": 1.234}, faults=["question 3 has 2 answers"])
    assert "| a / b | 1.23 |" in report.as_markdown()
    assert "- FAULT: question 3 has 2 answers" in report.as_markdown()
    assert json.loads(json.dumps(report.as_json()))["faults"] == ["question 3 has 2 answers"]


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["--help"], 0, "examples:"),  # how to call it
        (["teams"], 2, "invalid choice"),  # no such platform
        ([], 2, "required"),
    ],
)
def test_the_command_says_how_to_call_it(
    argv: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == code
    out = capsys.readouterr()
    assert said in out.out + out.err
