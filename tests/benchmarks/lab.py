"""Both systems over the same documents, indexed once and used by every benchmark."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bot.core.models import CrawlFailed, CrawlSummary
from bot.settings import Settings
from bot.wiring.parts import make_index
from bot.wiring.service import make_control
from pipelines.index.open import Index
from pipelines.parse import SUFFIXES
from tests.benchmarks.corpora import Corpus
from tests.benchmarks.timing import Time, timed
from tests.peers.tutorial import Piece, Tutorial

EVERYTHING = "everything"
"""The collection that holds all folders."""


class Unmeasurable(Exception):
    """Something is missing or failed; the text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is measured."""

    rounds: int = 7
    """Repetitions whose median counts."""
    texts: int = 128
    """Texts that are embedded in a round."""
    large: int = 100_000
    """Chunks of the large index."""


class Lab:
    """`folder` holds all that is made; `say` is told what is going on."""

    def __init__(
        self, corpora: tuple[Corpus, ...], folder: Path, *, effort: Effort, say: Callable[[str], None]
    ) -> None:
        self.corpora = corpora
        self.folder = folder
        self.effort = effort
        self.say = say
        self._pieces: list[Piece] = []

    def settings(self, corpus: Corpus | None = None) -> Settings:
        """The local model and no language model, over one corpus or all; the vectors are shared."""
        corpora = self.corpora if corpus is None else (corpus,)
        alone = corpus is None or len(self.corpora) == 1
        return Settings(
            sources=tuple(str(item.docs) for item in corpora),
            data=self.folder / "docsbot",
            chroma_collection=EVERYTHING if alone else f"corpus-{self.corpora.index(corpora[0])}",
        )

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(text for corpus in self.corpora for text in corpus.texts)

    @cached_property
    def index(self) -> Index:
        """Ours over all folders."""
        return self._indexed[0]

    @property
    def first_index(self) -> Time:
        """How long ours took to index for the first time."""
        return self._indexed[1]

    @property
    def tutorial(self) -> Tutorial:
        """The tutorial's over all folders."""
        return self._taught[0]

    @property
    def first_taught(self) -> Time:
        """How long the tutorial's took."""
        return self._taught[1]

    @property
    def pieces(self) -> list[Piece]:
        """The tutorial's pieces."""
        return self._taught[2]

    @cached_property
    def _indexed(self) -> tuple[Index, Time]:
        self.say("indexing with docsbot")
        index = make_index(self.settings())
        index.embedder.embed(["warm"])  # the model is built once for a user, not for an index
        _, time = timed(lambda: crawl(self.settings(), index))
        if not index.follower.snapshot.count:
            raise Unmeasurable("There is nothing to index in the folders.")
        return index, time

    @cached_property
    def _taught(self) -> tuple[Tutorial, Time, list[Piece]]:
        self.say("indexing as the tutorial does")
        tutorial = Tutorial(self.folder / "tutorial", model=self.folder / "model")
        tutorial.function.embed_query("warm")
        pieces, time = timed(self.teach(tutorial))
        return tutorial, time, pieces

    def teach(self, tutorial: Tutorial) -> Callable[[], list[Piece]]:
        """One run of the tutorial's indexing over all folders."""
        suffixes = sorted(SUFFIXES)
        return lambda: [piece for item in self.corpora for piece in tutorial.index(item.docs, suffixes)]


def crawl(settings: Settings, index: Index) -> list[CrawlSummary]:
    """Indexes what the settings name. Raises Unmeasurable where a source fails."""

    async def run() -> list[CrawlSummary]:
        summaries = []
        async for event in make_control(settings, index, None).reindex():
            if isinstance(event, CrawlFailed):
                raise Unmeasurable(event.message)
            if isinstance(event, CrawlSummary):
                summaries.append(event)
        return summaries

    return asyncio.run(run())
