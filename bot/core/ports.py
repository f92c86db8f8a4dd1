"""What the core needs from outside, in the core's own words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.core.models import AnswerEvent, CrawlEvent, IndexStatus, Question, Retrieval


class Retriever(Protocol):
    async def retrieve(self, question: Question, *, tokens: int) -> Retrieval:
        """What the index holds on a question, at most `tokens` tokens of text, best first.

        The earlier turns of the thread help a follow-up question. Raises RetrievalFailed.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    text: str


class Model(Protocol):
    @property
    def name(self) -> str: ...

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """The completion, piece by piece. Closing the iterator ends the call. Raises ModelFailed."""
        ...


class IndexControl(Protocol):
    """What a front may ask of the index besides reading it."""

    def reindex(
        self, sources: Sequence[str] = (), *, rebuild: bool = False
    ) -> AsyncGenerator[CrawlEvent, None]:
        """Crawls these sources (none: the configured ones) and follows it, one source after another.

        A source that fails does not stop the next one. `rebuild` drops the whole index first. Raises
        IndexUnusable where no source can be crawled at all.
        """
        ...

    async def status(self) -> IndexStatus: ...


class CrawlControl(IndexControl, Protocol):
    """What a chat front may ask of crawls."""

    async def cancel(self, sources: Sequence[str] = ()) -> tuple[str, ...]:
        """Asks the crawls of these sources (none: the configured ones) to end; those that had one."""
        ...


class TitleBook(Protocol):
    async def titles(self) -> Sequence[str]:
        """The titles of the indexed pages, in alphabetical order. Raises RetrievalFailed."""
        ...


class Asker(Protocol):
    def ask(self, question: Question) -> AsyncGenerator[AnswerEvent, None]:
        """The answer, event by event. Closing the iterator stops it; what goes wrong is the last event."""
        ...


class Service(Protocol):
    """What every front works with."""

    @property
    def answerer(self) -> Asker: ...

    @property
    def index(self) -> IndexControl: ...
