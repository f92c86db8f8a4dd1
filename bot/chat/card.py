"""A message that is no answer, before a platform gives it its looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.chat.verbs import Verb
from bot.core.models import Citation
from bot.core.state import MessageKey


@dataclass(frozen=True, slots=True)
class Words:
    """The bot's own words, in the platform's markup; nothing that others wrote."""

    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody asked, as he wrote it."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown, of whomever."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Sources:
    citations: tuple[Citation, ...]
    ages: Mapping[str, str] = field(default_factory=dict)
    """By commit, how old it is, in words."""


Part = Words | Quote | Text | Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Parts, one below the other, and buttons below them."""

    parts: tuple[Part, ...]
    summary: str
    """For notifications: Markdown, of whomever."""
    key: MessageKey | None = None
    """What the buttons belong to."""
    verbs: tuple[Verb, ...] = ()
    told: tuple[str, ...] = ()
    """Ids of the groups that this message may notify."""
