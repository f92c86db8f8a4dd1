"""Answers, cards and buttons as Slack's blocks. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.card import Card, Part, Quote, Sources, Text, Words
from bot.chat.sheet import Ending
from bot.chat.verbs import FACES, Verb
from bot.core.state import MessageKey
from bot.slack.markup import render
from bot.slack.markup.render import Json
from bot.slack.markup.safety import safe
from bot.text.split import split

ANSWER = "answer"
"""Begins the block id of the thumbs below an answer; behind it stands the question's timestamp."""
QUOTED = 1_500
"""Characters of a question that are shown to people; the link leads to the rest."""
_THUMBS: tuple[Verb, ...] = ("up", "down")


def below(ending: Ending, key: MessageKey) -> list[Json]:
    """What stands below an answer: the bot's word, the sources, the buttons."""
    return [
        *render.notice(ending.note),
        *render.sources_context(ending.citations, ages=ending.ages),
        *buttons(ending.verbs, key),
    ]


def buttons(verbs: Sequence[Verb], key: MessageKey) -> list[Json]:
    """They name what they belong to, and so survive a restart: `channel message`."""
    thumbs = render.feedback(block_id=f"{ANSWER}:{key.message}") if "up" in verbs else []
    value = f"{key.channel} {key.message}"
    made: list[Json] = []
    for verb in verbs:
        if verb not in _THUMBS:
            label, style = FACES[verb]
            made.append(render.button(label, verb, value, style="" if style == "plain" else style))
    row: list[Json] = [{"type": "actions", "elements": made}] if made else []
    return [*thumbs, *row]


def lay_out(card: Card) -> list[Json]:
    """A card as the blocks of one message."""
    made = [block for part in card.parts for block in _part(part)]
    return [*made, *(buttons(card.verbs, card.key) if card.key is not None else ())]


def first(markdown: str) -> list[Json]:
    """Markdown of whomever, as much as one message holds."""
    return render.body(next(iter(split(safe(markdown), render.LIMIT)), ""))


def words(mrkdwn: str) -> list[Json]:
    """The bot's own words, in Slack's markup."""
    return [{"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}}]


def _part(part: Part) -> list[Json]:
    match part:
        case Words(text=text):
            return words(text)
        case Quote(text=text):
            shown = render.escape(text[:QUOTED]) or "…"
            return words("\n".join(f">{line}" for line in shown.splitlines()))
        case Text(markdown=markdown):
            return first(markdown)
        case Sources(citations=citations, ages=ages):
            return render.sources_context(citations, ages=ages)
