"""What one platform reads in a text that others wrote, and how it is kept from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from bot.core.characters import clean
from bot.core.code import Undecided

BREAK = "\u200b"
"""Zero-width space: every font and client hides it, discord.py breaks mentions with it, and `clean` takes it
out again where a text comes back to the bot. The word joiner would serve too, but some fonts show a box."""
FENCE = "```"
"""The only one that every platform knows."""

_DIRECTION = re.compile("[\u061c\u200e\u200f]")


def clean_marked(text: str) -> str:
    """Text without control, invisible and bidirectional characters."""
    return _DIRECTION.sub("", clean(text))


@dataclass(frozen=True, slots=True)
class Guarded:
    length: int
    """Characters that are taken."""
    text: str
    """What is written for them."""


class Rules(Protocol):
    """What one platform reads in a text."""

    @property
    def plain(self) -> re.Pattern[str]:
        """Characters of prose in which nothing of interest can begin."""
        ...

    @property
    def wraps_addresses(self) -> bool:
        """Addresses in prose are written by `address`."""
        ...

    def guard(self, rest: str, *, in_code: bool, final: bool) -> Guarded | Undecided | None:
        """How to write what `rest` begins with, where it is dangerous as it is; None where it is not."""
        ...

    def link(self, face: str, target: str) -> str:
        """A link; its face is safe and honest."""
        ...

    def address(self, target: str) -> str:
        """A link that shows its address."""
        ...


def guard_code(text: str, rules: Rules) -> str:
    """Code without what a platform reads even there."""
    out = []
    place = 0
    while place < len(text):
        guarded = rules.guard(text[place:], in_code=True, final=True) if text[place] in "<&" else None
        if isinstance(guarded, Guarded):
            out.append(guarded.text)
            place += guarded.length
        else:
            out.append(text[place])
            place += 1
    return "".join(out)


def break_ticks(ticks: str) -> str:
    """Backticks within a fence that would close it."""
    return BREAK.join(ticks) if len(ticks) >= len(FENCE) else ticks
