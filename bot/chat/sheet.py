"""What an answer is written on: the messages that carry it on one platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.chat.verbs import Verb
from bot.core.models import Citation, Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What an answer comes to."""

    kind: Literal["whole", "abstained", "failed", "stopped"]
    text: str
    """Markdown: all of the answer, or what was written of it."""
    note: str = ""
    """The bot's own word below it."""
    citations: Sequence[Citation] = ()
    ages: Mapping[str, str] = field(default_factory=dict)
    """By commit, how old it is, in words."""
    verbs: tuple[Verb, ...] = ()
    """The buttons below it."""


class Sheet(Protocol):
    """Used by one task, in this order: begin, found, write…, end. `retract` is the last, at whatever time.

    Each bounds its own time, and raises ReplyGone where the place is gone for good.
    """

    @property
    def id(self) -> str:
        """By which a later process finds the messages; empty where it cannot, or before there are any."""
        ...

    async def begin(self) -> None:
        """Shows that the question was seen. Fast."""
        ...

    async def found(self, passages: Sequence[Passage]) -> None: ...

    async def write(self, text: str) -> None:
        """The next piece, in the platform's own cadence."""
        ...

    async def end(self, ending: Ending) -> None:
        """What was shown before and is not part of it is replaced."""
        ...

    async def retract(self) -> None: ...
