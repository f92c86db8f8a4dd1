"""Scores of retrieval and answers on a file of questions with known pages.

A line is a JSON object: `question`, and where known `id`, `kind` (`answerable`, the default, or anything
else: a question that the documentation does not answer), `gold` (paths, any of which counts) and
`answer_facts` (strings that a right answer contains).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, quantiles

from bot.core.errors import QuestionInvalid
from bot.core.models import Abstained, Answer, Done, Failed, Question
from bot.core.ports import Service

PAGES = 10
"""Pages that count for the reciprocal rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    question: Question
    answerable: bool
    gold: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    case: Case
    answer: Answer | None
    """None where it failed."""

    @property
    def rank(self) -> int | None:
        """Place of the first gold page among the pages shown, from 1."""
        if self.answer is None:
            return None
        pages = list(dict.fromkeys(passage.path for passage in self.answer.passages))
        return next((at for at, page in enumerate(pages[:PAGES], 1) if page in self.case.gold), None)

    @property
    def cited(self) -> bool:
        """Whether the answer rests on a gold page."""
        return self.answer is not None and any(
            citation.path in self.case.gold for citation in self.answer.citations
        )

    def facts_in(self, text: str) -> tuple[int, int]:
        """How many of the facts the text contains, of how many."""
        found = sum(fact.lower() in text.lower() for fact in self.case.facts)
        return found, len(self.case.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Shares are 0 to 1, None where no question bears on them; times are milliseconds."""

    scores: dict[str, float | int | None]
    questions: tuple[dict[str, object], ...]

    def as_json(self) -> dict[str, object]:
        return {**self.scores, "by_question": list(self.questions)}

    def as_text(self) -> str:
        wide = max(len(name) for name in self.scores)
        return "\n".join(f"{name:<{wide}}  {_shown(value)}" for name, value in self.scores.items())


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


async def run(path: Path, bot: Service) -> Report:
    """Asks every question of a file. Raises QuestionInvalid where a line is no question."""
    cases = await asyncio.to_thread(read_cases, path)
    outcomes = [Outcome(case=case, answer=await _ask(bot, case.question)) for case in cases]
    return Report(scores=_score(outcomes), questions=tuple(map(_row, outcomes)))


def read_cases(path: Path) -> list[Case]:
    """The questions of a file. Raises QuestionInvalid with the line's number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionInvalid(f"{path} is not UTF-8 text.") from error
    cases = []
    # Not splitlines: a JSON string may hold what else it takes for the end of a line.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                cases.append(_case(json.loads(line), number))
            except (ValueError, KeyError, TypeError) as error:
                raise QuestionInvalid(
                    f'{path}, line {number} is no question. Example: {{"question": "…", "gold": ["page.md"]}}'
                ) from error
    return cases


def _case(row: dict[str, object], number: int) -> Case:
    text = row["question"]
    if not isinstance(text, str):
        raise TypeError("question is not text")
    return Case(
        question=Question(text=text, id=str(row.get("id", number))),
        answerable=row.get("kind", "answerable") == "answerable",
        gold=_texts(row.get("gold")),
        facts=_texts(row.get("answer_facts")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


async def _ask(bot: Service, question: Question) -> Answer | None:
    answer = None
    async for event in bot.answerer.ask(question):
        if isinstance(event, (Done, Abstained)):
            answer = event.answer
        elif isinstance(event, Failed):
            answer = None
    return answer


def _score(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    placed = [outcome for outcome in outcomes if outcome.case.answerable and outcome.case.gold]
    answerable = [outcome for outcome in outcomes if outcome.case.answerable]
    others = [outcome for outcome in outcomes if not outcome.case.answerable]
    answered = [outcome for outcome in answerable if outcome.answer and not outcome.answer.abstained]
    return {
        "questions": len(outcomes),
        "failed": sum(outcome.answer is None for outcome in outcomes),
        "page_in_first_1": _mean(outcome.rank == 1 for outcome in placed),
        "page_in_first_3": _mean((outcome.rank or PAGES + 1) <= 3 for outcome in placed),
        "page_mrr_10": _mean(1 / outcome.rank if outcome.rank else 0.0 for outcome in placed),
        "facts_in_passages": _facts(answerable, shown=True),
        "facts_in_answer": _facts(answered, shown=False),
        "answered_of_answerable": _mean(outcome in answered for outcome in answerable),
        "gold_page_cited": _mean(outcome.cited for outcome in answered if outcome.case.gold),
        "abstained_of_others": _mean(bool(outcome.answer and outcome.answer.abstained) for outcome in others),
        **_times(outcomes),
    }


def _mean(values: Iterable[float]) -> float | None:
    listed = [float(value) for value in values]
    return fmean(listed) if listed else None


def _facts(outcomes: Iterable[Outcome], *, shown: bool) -> float | None:
    """Share of all facts in the passages shown, or in the answer's text."""
    found = total = 0
    for outcome in outcomes:
        if outcome.answer is None:
            here, of = 0, len(outcome.case.facts)
        else:
            texts = [passage.text for passage in outcome.answer.passages] if shown else [outcome.answer.text]
            here, of = outcome.facts_in("\n".join(texts))
        found, total = found + here, total + of
    return found / total if total else None


def _times(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    answers = [outcome.answer for outcome in outcomes if outcome.answer]
    retrieve = [answer.timings.retrieve for answer in answers]
    total = [answer.timings.total for answer in answers]
    return {
        f"{name}_ms_{point}": _percentile(values, at)
        for name, values in (("retrieve", retrieve), ("total", total))
        for point, at in (("p50", 50), ("p95", 95))
    }


def _percentile(values: Sequence[float], at: int) -> float | None:
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=100, method="inclusive")[at - 1]


def _row(outcome: Outcome) -> dict[str, object]:
    answer = outcome.answer
    return {
        "id": outcome.case.question.id,
        "question": outcome.case.question.text,
        "rank": outcome.rank,
        "abstained": answer.abstained if answer else None,
        "cited_gold": outcome.cited if outcome.case.gold else None,
    }
