"""Does the right page come first, do the passages hold the answer, does it abstain where there is none?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from statistics import fmean

from bot import evals
from bot.core.policy import SOURCE_TOKENS
from bot.settings import Settings
from bot.wiring.parts import make_index
from bot.wiring.service import open_bot
from pipelines.index.open import Index
from tests.benchmarks.corpora import Corpus
from tests.benchmarks.figures import Figure
from tests.benchmarks.lab import Lab, crawl
from tests.benchmarks.timing import percentile

NAME = "quality"
_KEPT = 0.9  # of the answerable that are answered at the border that is looked at
_ROWS = {
    "page_in_first_1": "a gold page first",
    "page_in_first_3": "a gold page among the first 3",
    "page_mrr_10": "MRR of pages, first 10",
    "facts_in_passages": f"the answer's facts in the passages shown (4 pieces; {SOURCE_TOKENS:,} tokens)",
}


def measure(lab: Lab) -> Iterator[Figure]:
    for corpus in lab.corpora:
        lab.say(f"quality on {corpus.name}")
        ours, border = _score_ours(lab, corpus)
        theirs = _score_tutorial(lab, corpus)
        for name, what in _ROWS.items():
            yield from _figure(f"{what}, {corpus.name}", theirs.get(name), ours.get(name))
        answered = ours.get("answered_of_answerable")
        yield from _figure(
            f"abstains where there is no answer, {corpus.name}",
            0.0,
            ours.get("abstained_of_others"),
            note="" if answered is None else f"{answered:.2f} of the answerable are answered",
        )
        yield from _figure(
            f"the same, if the border lay where {_KEPT:.0%} of the answerable are answered", 0.0, border
        )


def _figure(what: str, tutorial: float | None, docsbot: float | None, *, note: str = "") -> Iterator[Figure]:
    """The row; none where no question bears on it."""
    if docsbot is not None:
        yield Figure(
            name=NAME, what=what, tutorial=tutorial, docsbot=docsbot, unit="share", better="more", note=note
        )


def _score_ours(lab: Lab, corpus: Corpus) -> tuple[dict[str, float | int | None], float | None]:
    """Without questions everything is None."""
    if corpus.questions is None:
        return {}, None
    assert lab.index  # what it has embedded is not embedded again
    settings = lab.settings(corpus)
    index = make_index(settings)
    crawl(settings, index)
    return asyncio.run(_ask(settings, corpus)), _border(index, corpus)


async def _ask(settings: Settings, corpus: Corpus) -> dict[str, float | int | None]:
    assert corpus.questions
    async with open_bot(settings) as bot:
        return (await evals.run(corpus.questions, bot)).scores


def _border(index: Index, corpus: Corpus) -> float | None:
    """Share of the others that are refused with the border where nine in ten answerable are answered."""
    sure: dict[bool, list[float]] = {True: [], False: []}
    for case in corpus.cases:
        found = index.searcher.search(case.question.text, tokens=SOURCE_TOKENS)
        sure[case.answerable].append(found.evidence.confidence)
    if not sure[True] or not sure[False]:
        return None
    border = percentile(sure[True], round(100 * (1 - _KEPT)))
    return fmean(value < border for value in sure[False])


def _score_tutorial(lab: Lab, corpus: Corpus) -> dict[str, float | None]:
    answerable = [case for case in corpus.cases if case.answerable]
    ranks = [_rank(lab, corpus, case) for case in answerable if case.gold]
    facts = [_facts(lab, corpus, case) for case in answerable if case.facts]
    found, total = (sum(part) for part in zip(*facts, strict=True)) if facts else (0, 0)
    return {
        "page_in_first_1": _mean([rank == 1 for rank in ranks]),
        "page_in_first_3": _mean([0 < rank <= 3 for rank in ranks]),
        "page_mrr_10": _mean([1 / rank if rank else 0.0 for rank in ranks]),
        "facts_in_passages": found / total if total else None,
    }


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _rank(lab: Lab, corpus: Corpus, case: evals.Case) -> int:
    """Place of the first gold page, from 1; 0 where none is among the first ten."""
    pages = lab.tutorial.pages(case.question.text, folder=corpus.docs)[: evals.PAGES]
    return next((place for place, page in enumerate(pages, 1) if page in case.gold), 0)


def _facts(lab: Lab, corpus: Corpus, case: evals.Case) -> tuple[int, int]:
    shown = "\n".join(piece.text for piece in lab.tutorial.search(case.question.text, folder=corpus.docs))
    return evals.Outcome(case=case, answer=None).facts_in(shown)
