"""From a question to what answers it, the question's embedding included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from bot.core.policy import SOURCE_TOKENS
from bot.wiring import make_index
from pipelines.index.search import Searcher
from tests.benchmarks import synthetic
from tests.benchmarks.figures import Figure
from tests.benchmarks.lab import Lab
from tests.benchmarks.timing import Time, percentile, timed

NAME = "retrieval"
LARGE = "retrieval-large"
_ROUNDS = 3  # over all questions
_WARM = 5


def measure(lab: Lab) -> Iterator[Figure]:
    searcher, count = lab.index.searcher, lab.index.follower.snapshot.count
    tutorial = lab.tutorial
    lab.say(f"retrieval, {count:,} chunks")
    theirs, ours = _alternate(lab, tutorial.search, _search(searcher))
    yield from _figures(NAME, f"{count:,} chunks", ours, theirs)


def measure_large(lab: Lab) -> Iterator[Figure]:
    settings = synthetic.enlarge(lab)
    index = make_index(settings)
    count = index.follower.snapshot.count
    lab.say(f"retrieval, {count:,} chunks")
    (ours,) = _alternate(lab, _search(index.searcher))
    yield from _figures(LARGE, f"{count:,} chunks", ours, None)


def _search(searcher: Searcher) -> Callable[[str], object]:
    return lambda question: searcher.search(question, tokens=SOURCE_TOKENS)


def _alternate(lab: Lab, *ways: Callable[[str], object]) -> list[list[Time]]:
    """For each way, the time of every question, the ways taking turns."""
    for way in ways:
        for question in lab.questions[:_WARM]:
            way(question)
    times: list[list[Time]] = [[] for _ in ways]
    for _ in range(min(_ROUNDS, lab.effort.rounds)):
        for question in lab.questions:
            for way, taken in zip(ways, times, strict=True):
                taken.append(timed(lambda way=way, question=question: way(question))[1])  # type: ignore[misc]
    return times


def _figures(name: str, size: str, ours: Sequence[Time], theirs: Sequence[Time] | None) -> Iterator[Figure]:
    cpu = 1_000 * median(time.cpu for time in ours)
    for at in (50, 99):
        yield Figure(
            name=name,
            what=f"retrieval, {size}, p{at}",
            tutorial=1_000 * percentile([time.wall for time in theirs], at) if theirs else None,
            docsbot=1_000 * percentile([time.wall for time in ours], at),
            unit="milliseconds",
            better="less",
            note=f"{cpu:.1f} ms of processor time" if at == 50 else "",
        )
