"""The App Home: what the bot answers from, the person's last questions, and for maintainers the gaps."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.core.amounts import age
from bot.core.characters import clean_line, shorten
from bot.core.errors import DocsbotError
from bot.core.markdown import escape
from bot.core.state import Claimed, Gap, Outcome
from bot.slack.front import Front
from bot.slack.markup import render
from bot.slack.transport.stream import Json, read_code

logger = logging.getLogger(__name__)

QUESTIONS = 5
GAPS = 10
_SHOWN = 200
"""Characters of a question."""
_SIGNS: dict[Outcome | None, str] = {
    "answered": "answered",
    "abstained": "not in the documentation",
    "failed": "failed",
    "stopped": "stopped",
    None: "being answered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    front: Front

    async def show(self, user: str) -> None:
        """Publishes it, as it is now, to one person."""
        rooms, team = self.front.rooms, self.front.account.team
        try:
            status = await rooms.freshness.describe()
        except DocsbotError as error:
            logger.warning("the status: %s", error.detail or error.text)
            status = error.text
        asked = await rooms.state.ledger.asked_by(platform="slack", team=team, user=user, limit=QUESTIONS)
        gaps: Sequence[Gap] = ()
        if maintainer := await self.front.maintainers.include(user):
            gaps = await rooms.state.feedback.gaps(limit=GAPS)
        view = describe(status, asked, gaps if maintainer else None, now=datetime.now(UTC))
        try:
            await self.front.means.clients.patient.views_publish(user_id=user, view=view)
        except SlackApiError as error:
            logger.warning("the Home tab cannot be shown: %s", read_code(error))
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.warning("the Home tab cannot be shown: %s", type(error).__name__)


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
