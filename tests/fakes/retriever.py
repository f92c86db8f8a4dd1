"""A retriever that returns what it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.errors import DocsbotError
from bot.core.models import Passage, Question, Retrieval


def make_passage(
    text: str = "Set `retries` to 3.",
    *,
    path: str = "docs/retries.md",
    title: str = "Retries",
    headings: tuple[str, ...] = ("Options",),
    url: str = "https://example.org/docs/retries#options",
    score: float = 1.0,
) -> Passage:
    return Passage(
        source="example/project",
        path=path,
        title=title,
        headings=headings,
        url=url,
        commit="0123456789abcdef0123456789abcdef01234567",
        text=text,
        score=score,
    )


@dataclass(slots=True)
class FakeRetriever:
    """Returns one retrieval, or raises one error, and remembers what it was asked."""

    passages: tuple[Passage, ...] = ()
    confidence: float = 1.0
    reason: str = ""
    error: DocsbotError | None = None
    asked: list[tuple[Question, int]] = field(default_factory=list)
    """Question and token budget of each call."""

    async def retrieve(self, question: Question, *, tokens: int) -> Retrieval:
        self.asked.append((question, tokens))
        if self.error is not None:
            raise self.error
        return Retrieval(passages=self.passages, confidence=self.confidence, reason=self.reason)
