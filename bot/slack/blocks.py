"""The blocks below the bot's messages. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.crawl_card import CrawlCard
from bot.core.models import Answer
from bot.slack import render
from bot.slack.stream import Json

BLOCK = "answer"
"""Begins the block id of the thumbs below an answer; behind it stands the question's timestamp."""


def footer(answer: Answer, question: str) -> list[Json]:
    """What stands below an answer: its sources, and the thumbs."""
    thumbs = render.feedback(block_id=f"{BLOCK}:{question}")
    return [*render.sources_context(answer.citations), *thumbs]


def crawl_buttons(card: CrawlCard, sources: Sequence[str]) -> list[Json]:
    """Cancel while a crawl goes on, Retry where something has failed."""
    value = " ".join(sources) or "all"
    if card.running:
        made = render.button("Cancel", "crawl_cancel", value, style="danger")
    elif card.failed:
        made = render.button("Retry failed", "crawl_retry", value)
    else:
        return []
    return [{"type": "actions", "elements": [made]}]
