"""What the runs need of a platform: people who ask, and when each of them saw what."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True, kw_only=True)
class Times:
    """Of one question, in seconds since 1970; 0 for what has not happened."""

    asked: float
    status: float = 0.0
    """The platform was told that the bot is at work on it: a status, typing, a thread opened for it."""
    first: float = 0.0
    """A reader could see the first piece of the answer."""
    last: float = 0.0
    """The last change of the answer so far."""
    streamed: bool = False
    """It came in pieces."""
    calls: int = 0
    """How often the platform was called for it."""


class Chat(Protocol):
    """One workspace or guild. Questions have numbers, each is asked once."""

    @property
    def name(self) -> str: ...

    @property
    def command(self) -> Sequence[str]:
        """Of docsbot."""
        ...

    @property
    def environment(self) -> Mapping[str, str]: ...

    @property
    def connections(self) -> int:
        """How many the bot has made so far."""
        ...

    @property
    def wanted(self) -> int:
        """How many a bot makes when it starts; 0 where it is called instead."""
        ...

    @property
    def again(self) -> float:
        """Seconds after which the platform tells a new process what the old one was told and did not take."""
        ...

    async def reach(self) -> bool:
        """Where the bot is called: whether it can be."""
        ...

    async def ask(self, number: int) -> None:
        """Somebody asks, in some channel."""
        ...

    def look(self) -> None:
        """Takes in what the bot has done since the last look."""
        ...

    def times(self, number: int) -> Times: ...

    def answers(self, number: int) -> list[str]:
        """What the bot has said to it and not taken back, whole messages."""
        ...

    def settled(self, number: int) -> bool:
        """There is an answer, and nothing is being written."""
        ...

    async def cut(self, dice: random.Random) -> str:
        """Tears a connection, in one of the platform's ways; which. Empty where there is none."""
        ...

    async def repeat(self) -> None:
        """Delivers every question once more, where the platform may."""
        ...

    def refusals(self) -> Mapping[str, int]:
        """How often a call was refused for the rate limits, by method or route."""
        ...

    def complaints(self) -> list[str]:
        """What the platform would not have taken, and what went wrong in the fake."""
        ...
