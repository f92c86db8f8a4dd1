"""The blocks of the bot's messages. Pure; everything that stands in them was made safe before."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.crawl_card import CrawlCard
from bot.core.models import Answer, Passage
from bot.slack import texts
from bot.slack.stream import Json

BLOCK = "answer"
"""Begins the block id of the buttons below an answer; behind it stands the question's timestamp."""
_SECTION = 3_000  # characters of a section's text
_FALLBACK = 300  # characters of what a notification shows
_SOURCES = 10  # that are named below an answer


def body(markdown: str) -> list[Json]:
    """A message's text."""
    return [{"type": "markdown", "text": markdown}] if markdown else []


def footer(answer: Answer, question: str) -> list[Json]:
    """What stands below an answer: its sources, and the thumbs."""
    sources = texts.sources(answer.citations[:_SOURCES])
    thumbs: Json = {
        "type": "context_actions",
        "block_id": f"{BLOCK}:{question}",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": _plain("Helpful"), "value": "up"},
                "negative_button": {"text": _plain("Not helpful"), "value": "down"},
            }
        ],
    }
    return [*body(sources), thumbs]


def failure(message: str) -> list[Json]:
    return [{"type": "context", "elements": [_plain(message)]}]


def sections(mrkdwn: str) -> list[Json]:
    """A text of Slack's own markup, in as many sections as it needs."""
    parts = [mrkdwn[start : start + _SECTION] for start in range(0, len(mrkdwn), _SECTION)]
    return [{"type": "section", "text": {"type": "mrkdwn", "text": part}} for part in parts[:40]]


def crawl_buttons(card: CrawlCard, sources: Sequence[str]) -> list[Json]:
    """Cancel while a crawl goes on, Retry where something has failed."""
    value = " ".join(sources)[:2_000]
    buttons: list[Json] = []
    if card.running:
        buttons.append(_button("Cancel", "crawl_cancel", value, style="danger"))
    elif card.failed:
        buttons.append(_button("Retry failed", "crawl_retry", value))
    return [{"type": "actions", "elements": buttons}] if buttons else []


def found_chunks(passages: Sequence[Passage]) -> list[Json]:
    """What a stream begins with: the search is over, and these pages were found."""
    links = [
        {"type": "url", "url": passage.url, "text": passage.title[:150] or passage.path[:150]}
        for passage in passages
        if passage.url.startswith(("https://", "http://"))
    ]
    task: Json = {
        "type": "task_update",
        "id": "search",
        "title": "Searched the documentation",
        "status": "complete",
    }
    if links:
        task["sources"] = links[:5]
    return [task]


def fallback(markdown: str) -> str:
    """The plain text of a notification."""
    return " ".join(markdown.split())[:_FALLBACK] or "…"


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


def _button(text: str, action: str, value: str, *, style: str = "") -> Json:
    button: Json = {"type": "button", "text": _plain(text), "action_id": action, "value": value or "all"}
    return button | {"style": style} if style else button
