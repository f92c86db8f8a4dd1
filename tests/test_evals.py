"""Scores of a question file."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot import evals
from bot.core.errors import QuestionInvalid
from bot.core.models import (
    Abstained,
    Answer,
    AnswerEvent,
    Citation,
    Done,
    Failed,
    Passage,
    Question,
    Searching,
    Text,
    Timings,
)
from tests.fakes.answerer import CITATION, PASSAGE, ScriptedIndex


def write_lines(folder: Path, *rows: object) -> Path:
    path = folder / "questions.jsonl"
    path.write_text(
        "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8"
    )
    return path


def passage(path: str, text: str = "") -> Passage:
    return replace(PASSAGE, path=path, text=text)


def citation(path: str) -> Citation:
    return replace(CITATION, path=path)


@dataclass
class Answers:
    """Answers each question by its text; what it does not know fails."""

    known: Mapping[str, Answer]
    asked: list[Question] = field(default_factory=list)
    left: int = 0
    """Answers whose end nobody waited for."""

    async def ask(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        self.asked.append(question)
        self.left += 1
        yield Searching(query=question.text)
        answer = self.known.get(question.text)
        if answer is None:
            yield Failed(message="The model is away.")
        else:
            yield Text(delta=answer.text)
            yield Abstained(answer=answer) if answer.abstained else Done(answer=answer)
        self.left -= 1


@dataclass
class Bot:
    answerer: Answers
    index: ScriptedIndex = field(default_factory=ScriptedIndex)


def answer(
    text: str,
    *,
    pages: Sequence[Passage] = (),
    cites: Sequence[str] = (),
    abstained: bool = False,
    ms: float = 1.0,
) -> Answer:
    return Answer(
        question=Question(text=""),
        text=text,
        abstained=abstained,
        reason="Not said." if abstained else "",
        citations=tuple(map(citation, cites)),
        passages=tuple(pages),
        model="scripted",
        timings=Timings(retrieve=ms, first_token=ms, total=10 * ms),
    )


async def score(folder: Path, rows: Sequence[object], known: Mapping[str, Answer]) -> evals.Report:
    bot = Bot(Answers(known))
    report = await evals.run(write_lines(folder, *rows), bot)
    assert bot.answerer.left == 0
    return report


ROWS = [
    {"id": "1", "question": "first", "gold": ["a.md"], "answer_facts": ["Three", "seconds"]},
    {"id": "2", "question": "third", "gold": ["x.md", "c.md"], "answer_facts": ["blue"]},
    {"id": "3", "question": "unfound", "kind": "answerable", "gold": ["z.md"]},
    {"id": "4", "question": "refused", "gold": ["a.md"], "answer_facts": ["fact"]},
    {"id": "5", "question": "away", "gold": ["a.md"], "answer_facts": ["lost"]},
    {"id": "6", "question": "no gold"},
    {"id": "7", "question": "idle talk", "kind": "chitchat"},
    {"id": "8", "question": "made up", "kind": "unanswerable", "gold": []},
]
SHOWN = [passage("a.md", "three"), passage("a.md", "SECONDS"), passage("b.md"), passage("c.md", "blue")]
KNOWN = {
    "first": answer("In three seconds.", pages=SHOWN, cites=["a.md"]),
    "third": answer("Red [1].", pages=SHOWN, cites=["b.md"], ms=2.0),
    "unfound": answer("Something.", pages=SHOWN, cites=["a.md"], ms=3.0),
    "refused": answer("", pages=SHOWN, abstained=True),
    "no gold": answer("Yes.", pages=SHOWN),
    "idle talk": answer("", abstained=True),
    "made up": answer("It is 42.", pages=SHOWN),
}


async def test_scores(tmp_path: Path) -> None:
    scores = (await score(tmp_path, ROWS, KNOWN)).scores
    assert (scores["questions"], scores["failed"]) == (8, 1)
    # Five have a gold page: at the first place (twice), the third, none, none as it failed.
    assert scores["page_in_first_1"] == pytest.approx(2 / 5)
    assert scores["page_in_first_3"] == pytest.approx(3 / 5)
    assert scores["page_mrr_10"] == pytest.approx((1 + 1 / 3 + 0 + 1 + 0) / 5)
    # three, seconds, blue; not fact, not lost.
    assert scores["facts_in_passages"] == pytest.approx(3 / 5)
    assert scores["facts_in_answer"] == pytest.approx(2 / 3)
    assert scores["answered_of_answerable"] == pytest.approx(4 / 6)
    assert scores["gold_page_cited"] == pytest.approx(1 / 3)
    assert scores["abstained_of_others"] == pytest.approx(1 / 2)
    assert (scores["retrieve_ms_p50"], scores["total_ms_p50"]) == (1.0, 10.0)
    assert scores["retrieve_ms_p95"] == pytest.approx(2.7)


async def test_rows_and_forms(tmp_path: Path) -> None:
    report = await score(tmp_path, ROWS[:5], KNOWN)
    record = json.loads(json.dumps(report.as_json()))
    assert [row["rank"] for row in record["by_question"]] == [1, 3, None, 1, None]
    assert [row["abstained"] for row in record["by_question"]] == [False, False, False, True, None]
    assert record["by_question"][0] == {
        "id": "1",
        "question": "first",
        "rank": 1,
        "abstained": False,
        "cited_gold": True,
    }
    lines = dict(line.split(maxsplit=1) for line in report.as_text().splitlines())
    assert lines["questions"] == "5"
    assert lines["page_in_first_1"] == "0.400"
    assert lines["abstained_of_others"] == "-"


async def test_only_the_first_ten_pages_count(tmp_path: Path) -> None:
    shown = [passage(f"{number}.md") for number in range(12)]
    for gold, expected in (("9.md", 0.1), ("10.md", 0.0)):
        report = await score(tmp_path, [{"question": "q", "gold": [gold]}], {"q": answer("A", pages=shown)})
        assert report.scores["page_mrr_10"] == pytest.approx(expected)


async def test_a_file_without_questions(tmp_path: Path) -> None:
    scores = (await score(tmp_path, ["", "  "], {})).scores
    assert (scores["questions"], scores["page_mrr_10"], scores["retrieve_ms_p95"]) == (0, None, None)


async def test_one_question(tmp_path: Path) -> None:
    scores = (await score(tmp_path, [{"question": "first"}], KNOWN)).scores
    assert (scores["retrieve_ms_p50"], scores["retrieve_ms_p95"], scores["page_mrr_10"]) == (1.0, 1.0, None)


def test_what_is_read(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path,
        {"question": "a", "id": 7},
        "",
        # A string may hold what is elsewhere taken for the end of a line.
        '{"question": "b\u2028c\u0085d", "gold": "a.md", "answer_facts": [1], "more": {}}\r',
    )
    first, second = evals.read_cases(path)
    assert (first.question.id, first.answerable, first.gold, first.facts) == ("7", True, (), ())
    assert (second.question.text, second.question.id, second.gold, second.facts) == (
        "b\u2028c\u0085d",
        "3",
        (),
        ("1",),
    )
    path.write_bytes(b"\xef\xbb\xbf" + b'{"question": "with a byte order mark"}\n')
    assert evals.read_cases(path)[0].question.text == "with a byte order mark"


@pytest.mark.parametrize(
    "row",
    [
        "nonsense",
        "[]",
        "3",
        "null",
        '"text"',
        "{}",
        '{"question": 3}',
        '{"question": null}',
        '{"question": "a"',
    ],
)
def test_what_is_no_question_is_told_by_its_line(tmp_path: Path, row: str) -> None:
    with pytest.raises(QuestionInvalid, match=r"line 2 is no question\. Example: \{"):
        evals.read_cases(write_lines(tmp_path, {"question": "fine"}, row))


def test_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(b'{"question": "gr\xf6\xdfer"}')
    with pytest.raises(QuestionInvalid, match="not UTF-8"):
        evals.read_cases(path)
