"""What the core needs from outside, in the core's own words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.core.models import Question, Retrieval


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

    def stream(self, messages: Sequence[Message]) -> AsyncIterator[str]:
        """The completion, piece by piece. Closing the iterator ends the call. Raises ModelFailed."""
        ...
