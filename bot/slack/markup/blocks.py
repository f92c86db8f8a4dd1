"""The blocks below the bot's messages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.conversation.crawl_card import CrawlCard
from bot.core.models import Citation
from bot.slack.markup import render
from bot.slack.markup.render import Json

BLOCK = "answer"
"""Begins the block id of the thumbs below an answer; behind it stands the question's timestamp."""


def footer(
    citations: Sequence[Citation], question: str, *, ages: Mapping[str, str], humans: bool
) -> list[Json]:
    """What stands below an answer: its sources, the thumbs, and the way to people where there are any."""
    thumbs = render.feedback(block_id=f"{BLOCK}:{question}")
    people = render.ask_human(question) if humans else []
    return [*render.sources_context(citations, ages=ages), *thumbs, *people]


def private_footer(
    citations: Sequence[Citation],
    question: str,
    *,
    ages: Mapping[str, str],
    humans: bool,
    shareable: bool,
) -> list[Json]:
    """As `footer`, for an answer that only who asked sees: he can share it."""
    shown = footer(citations, question, ages=ages, humans=humans)
    share = [_actions(render.button("Share with the channel", "share", question))] if shareable else []
    return [*shown, *share]


def draft_buttons(channel: str, question: str) -> list[Json]:
    """Below an answer that waits for a maintainer."""
    value = f"{channel} {question}"
    return [
        _actions(
            render.button("Post", "draft_post", value, style="primary"),
            render.button("Discard", "draft_discard", value),
        )
    ]


def crawl_buttons(card: CrawlCard, sources: Sequence[str]) -> list[Json]:
    """Cancel while a crawl goes on, Retry where something has failed."""
    value = " ".join(sources) or "all"
    if card.running:
        return [_actions(render.button("Cancel", "crawl_cancel", value, style="danger"))]
    return [_actions(render.button("Retry failed", "crawl_retry", value))] if card.failed else []


def _actions(*buttons: Json) -> Json:
    return {"type": "actions", "elements": list(buttons)}
