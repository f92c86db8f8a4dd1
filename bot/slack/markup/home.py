"""The Home tab as blocks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.amounts import age
from bot.core.characters import clean_line, shorten
from bot.core.markdown import escape
from bot.core.state import Claimed, Gap, Outcome
from bot.slack.markup import render
from bot.slack.markup.render import Json

_SHOWN = 200
"""Characters of a question."""
_SIGNS: dict[Outcome | None, str] = {
    "answered": "answered",
    "abstained": "not in the documentation",
    "failed": "failed",
    "stopped": "stopped",
    None: "being answered",
}


def describe(status: str, asked: Sequence[Claimed], gaps: Sequence[Gap] | None, *, now: datetime) -> Json:
    """The view. `status`: Markdown. `gaps`: None for who is no maintainer."""
    made = [*_head("What I answer from"), *render.sections(status), *_head("Your last questions")]
    lines = [
        f"- {_short(item.question)}: {_SIGNS.get(item.outcome, '')}, {age(item.claimed_at, now)}"
        for item in asked
    ]
    made += render.sections("\n".join(lines) or "None yet: mention me, write to me, or use /ask.")
    if gaps is not None:
        made += _head("Questions without an answer, most asked first")
        rows = [f"- {gap.times}×: {_short(gap.question)} ({age(gap.last_asked, now)})" for gap in gaps]
        made += render.sections("\n".join(rows) or "None.")
    return {"type": "home", "blocks": made}


def _short(question: str) -> str:
    return escape(shorten(clean_line(question), _SHOWN))


def _head(text: str) -> list[Json]:
    return [{"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}]
