"""The buttons below the bot's messages."""

from __future__ import annotations

from typing import Final, Literal, get_args

from bot.conversation.crawl_card import CrawlCard

Verb = Literal["stop", "up", "down", "human", "retry", "share", "post", "discard", "cancel", "again"]
Style = Literal["plain", "primary", "danger"]

VERBS: Final[tuple[Verb, ...]] = get_args(Verb)
FACES: Final[dict[Verb, tuple[str, Style]]] = {
    "stop": ("Stop", "plain"),
    "up": ("👍", "plain"),
    "down": ("👎", "plain"),
    "human": ("Ask a human", "plain"),
    "retry": ("Retry", "primary"),
    "share": ("Share with the channel", "plain"),
    "post": ("Post", "primary"),
    "discard": ("Discard", "plain"),
    "cancel": ("Cancel", "danger"),
    "again": ("Retry failed", "plain"),
}
MANAGED: Final[frozenset[Verb]] = frozenset({"post", "discard", "cancel", "again"})
"""For maintainers alone."""


def read_verb(text: str) -> Verb | None:
    """None for a button of another version."""
    return next((verb for verb in VERBS if verb == text), None)


def crawl_verbs(card: CrawlCard) -> tuple[Verb, ...]:
    """The buttons of the message that follows a crawl."""
    if card.running:
        return ("cancel",)
    return ("again",) if card.failed else ()


def below_answer(*, humans: bool, shareable: bool = False) -> tuple[Verb, ...]:
    """The buttons of a finished answer. `humans`: there are people to ask. `shareable`: only one sees it."""
    people: tuple[Verb, ...] = ("human",) if humans else ()
    sharing: tuple[Verb, ...] = ("share",) if shareable else ()
    return ("up", "down", *people, *sharing)
