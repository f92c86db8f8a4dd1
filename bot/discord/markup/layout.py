"""An answer, or a card, as the messages that Discord takes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat.card import Card, Part, Quote, Sources, Text, Words
from bot.chat.sheet import Ending
from bot.core.models import Citation
from bot.discord.markup import render
from bot.text.split import split, units

QUOTED = 1_000
"""Characters of a question that are shown to people; the link leads to the rest."""


def lay_out(ending: Ending) -> list[str]:
    """An answer as messages: its parts, and what stands below them behind the last one where it fits."""
    note = f"*{ending.note}*" if ending.kind == "stopped" else render.safe(ending.note)
    return _put_below(cut(ending.text), note or _list(ending.citations, ending.ages))


def cut(markdown: str) -> tuple[str, ...]:
    """Markdown of whomever, as messages."""
    return split(render.safe(markdown), render.LIMIT)


def lay_out_card(card: Card) -> tuple[str, ...]:
    """A card as messages."""
    parts = (_part(part).rstrip() for part in card.parts)
    return split("\n\n".join(filter(None, parts)), render.LIMIT)


def _part(part: Part) -> str:
    match part:
        case Words(text=text):
            return text
        case Quote(text=text):
            return "\n".join(f"> {line}" for line in render.safe(text[:QUOTED]).splitlines()) or "> …"
        case Text(markdown=markdown):
            return render.safe(markdown)
        case Sources(citations=citations, ages=ages):
            return _list(citations, ages)


def _list(citations: Sequence[Citation], ages: Mapping[str, str]) -> str:
    return "\n".join(f"-# {line}" for line in render.sources(citations, ages=ages).splitlines())


def _put_below(parts: Sequence[str], text: str) -> list[str]:
    """A text behind the last part, outside of its fence, where it fits; else in parts of its own."""
    if text and parts and units(parts[-1]) + 2 + units(text) <= render.LIMIT:
        return [*parts[:-1], f"{parts[-1].rstrip()}\n\n{text}".lstrip()]
    return [*parts, *split(text, render.LIMIT)]
