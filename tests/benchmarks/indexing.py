"""The first run of an index, and the run that finds nothing changed."""

from __future__ import annotations

from collections.abc import Iterator

from bot.wiring.parts import make_index
from tests.benchmarks.figures import Figure
from tests.benchmarks.lab import Lab, crawl
from tests.benchmarks.timing import middle, timed
from tests.peers.tutorial import Tutorial

NAME = "indexing"


def measure(lab: Lab) -> Iterator[Figure]:
    first = lab.first_index
    yield Figure(
        name=NAME,
        what="first index",
        tutorial=lab.first_taught.wall,
        docsbot=first.wall,
        unit="seconds",
        better="less",
        note=f"{first.cpu:.1f} s of processor time; the tutorial {lab.first_taught.cpu:.1f} s",
    )
    lab.say("indexing again")
    # In a copy of its own: what it adds twice must not make its search slower for the other figures.
    again = Tutorial(lab.folder / "tutorial-again", model=lab.folder / "model")
    pieces, their_time = timed(lab.teach(again))
    runs = [
        timed(lambda: crawl(lab.settings(), make_index(lab.settings()))) for _ in range(lab.effort.rounds)
    ]
    embedded = max(sum(summary.embedded_chunks for summary in summaries) for summaries, _ in runs)
    yield Figure(
        name=NAME,
        what="index again, nothing changed",
        tutorial=their_time.wall,
        docsbot=middle([time for _, time in runs]).wall,
        unit="seconds",
        better="less",
    )
    yield Figure(
        name=NAME,
        what="index again, texts embedded",
        tutorial=len(pieces),
        docsbot=embedded,
        unit="texts",
        better="less",
    )
