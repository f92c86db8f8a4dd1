"""What of the documents reaches the embedding model, and how fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice

from bot.wiring.parts import make_embedder
from pipelines.index.embed import POSITIONS, WordPieces
from tests.benchmarks.figures import Figure
from tests.benchmarks.lab import Lab
from tests.benchmarks.timing import Time, middle, timed
from tests.peers.minilm import LIMIT

NAME = "embedding"
_OURS = POSITIONS - 2  # less the model's special tokens


def measure(lab: Lab) -> Iterator[Figure]:
    count = WordPieces().count
    ours, theirs = stored_texts(lab), [piece.text for piece in lab.pieces]
    yield Figure(
        name=NAME,
        what="tokens of the documents that are searchable",
        tutorial=_reached([count(text) for text in theirs], LIMIT),
        docsbot=_reached([count(text) for text in ours], _OURS),
        unit="share",
        better="more",
    )
    few = max(1, lab.effort.texts // 4)  # the tutorial's pieces are larger
    for what, other in (("each its own pieces", theirs), ("the same pieces", ours)):
        lab.say(f"embedding, {what}")
        yield _speed(lab, what, _spread(ours, lab.effort.texts), _spread(other, few), count)


def stored_texts(lab: Lab) -> list[str]:
    """What ours embeds: every chunk with its breadcrumb."""
    return [
        segment.chunk(row).embedded
        for segment in lab.index.follower.snapshot.segments
        for row in range(len(segment))
    ]


def _reached(counts: Sequence[int], limit: int) -> float:
    return sum(min(count, limit) for count in counts) / max(1, sum(counts))


def _spread(texts: Sequence[str], few: int) -> list[str]:
    """Texts from all over."""
    step = max(1, len(texts) // few)
    return list(islice(cycle(texts[::step]), few))


def _speed(lab: Lab, what: str, ours: list[str], theirs: list[str], count: Callable[[str], int]) -> Figure:
    embedder = make_embedder(lab.settings())
    function = lab.tutorial.function
    times: dict[str, list[Time]] = {"ours": [], "theirs": []}
    for work in (lambda: embedder.embed(ours[:2]), lambda: function.embed_documents(theirs[:1])):
        work()  # loads the model
    for _ in range(lab.effort.rounds):
        times["theirs"].append(timed(lambda: function.embed_documents(theirs))[1])
        times["ours"].append(timed(lambda: embedder.embed(ours))[1])
    their, our = middle(times["theirs"]), middle(times["ours"])
    their_tokens = sum(min(count(text), LIMIT) for text in theirs)
    our_tokens = sum(min(count(text), _OURS) for text in ours)
    by_cpu = (our_tokens / our.cpu) / (their_tokens / their.cpu)
    return Figure(
        name=NAME,
        what=f"embedded tokens a second, {what}",
        tutorial=their_tokens / their.wall,
        docsbot=our_tokens / our.wall,
        unit="tokens a second",
        better="more",
        note=f"{by_cpu:.1f}× by processor time",
    )
