"""From a question to what answers it, the question's embedding included.

Each system runs in a process of its own and measures itself, so that neither's threads are in the other's
way; they take turns, a round of all questions each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from bot.settings import Settings
from bot.wiring.parts import make_index
from tests.benchmarks import synthetic
from tests.benchmarks.children import Ask, Call, Talk, ask_docsbot, ask_tutorial, docsbot, talking, tutorial
from tests.benchmarks.figures import Figure
from tests.benchmarks.lab import Lab
from tests.benchmarks.timing import percentile

NAME = "retrieval"
LARGE = "retrieval-large"
_ROUNDS = 3  # over all questions
_WARM = 5  # questions that are not counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    wall: list[float]
    """Milliseconds of each retrieval."""
    cpu: float
    """Milliseconds of processor time of a whole answer, at the mean."""


def measure(lab: Lab) -> Iterator[Figure]:
    settings = lab.settings()
    theirs, ours = _take(lab, (tutorial(lab), ask_tutorial), (_command(settings), ask_docsbot))
    yield from _figures(NAME, lab.index.follower.snapshot.count, ours, theirs)


def measure_large(lab: Lab) -> Iterator[Figure]:
    settings = synthetic.enlarge(lab)
    (ours,) = _take(lab, (_command(settings), ask_docsbot))
    yield from _figures(LARGE, make_index(settings).follower.snapshot.count, ours, None)


def _command(settings: Settings) -> Call:
    return docsbot(settings, "ask", "--jsonl")


def _take(lab: Lab, *ways: tuple[Call, Ask]) -> list[Taken]:
    lab.say("retrieval")
    taken = [Taken(wall=[], cpu=0.0) for _ in ways]
    with ExitStack() as stack:
        talks = [stack.enter_context(talking(lab, call)) for call, _ in ways]
        for talk, (_, ask) in zip(talks, ways, strict=True):
            for question in lab.questions[:_WARM]:
                ask(talk, question)
        begun = [talk.cpu for talk in talks]
        for _ in range(min(_ROUNDS, lab.effort.rounds)):
            for talk, (_, ask), of in zip(talks, ways, taken, strict=True):
                of.wall.extend(ask(talk, question) for question in lab.questions)
        return [_whole(of, talk, start) for of, talk, start in zip(taken, talks, begun, strict=True)]


def _whole(taken: Taken, talk: Talk, begun: float) -> Taken:
    return Taken(wall=taken.wall, cpu=1_000 * (talk.cpu - begun) / len(taken.wall))


def _figures(name: str, count: int, ours: Taken, theirs: Taken | None) -> Iterator[Figure]:
    for at in (50, 99):
        yield Figure(
            name=name,
            what=f"retrieval, {count:,} chunks, p{at}",
            tutorial=percentile(theirs.wall, at) if theirs else None,
            docsbot=percentile(ours.wall, at),
            unit="milliseconds",
            better="less",
            note=_cpu(ours, theirs) if at == 50 else "",
        )


def _cpu(ours: Taken, theirs: Taken | None) -> str:
    said = f"a whole answer takes {ours.cpu:.0f} ms of processor time"
    return f"{said}, the tutorial's search {theirs.cpu:.0f}" if theirs else said
