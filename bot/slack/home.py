"""The App Home: what the bot answers from, the person's last questions, and for maintainers the gaps."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.chat.commands import Commands
from bot.slack.calls.maintainers import Maintainers
from bot.slack.calls.reach import venture
from bot.slack.markup.home import describe
from bot.slack.platform import SlackPlatform

QUESTIONS, GAPS = 5, 10


async def show_home(user: str, platform: SlackPlatform, maintainers: Maintainers, commands: Commands) -> None:
    """Publishes it, as it is now, to one person."""
    state = commands.talk.rooms.state
    asked = await state.ledger.asked_by(
        platform="slack", team=platform.account.team, user=user, limit=QUESTIONS
    )
    gaps = await state.feedback.gaps(limit=GAPS) if await maintainers.include(user) else None
    view = describe(await commands.describe_status(), asked, gaps, now=datetime.now(UTC))
    await venture(platform.means.clients.patient.views_publish(user_id=user, view=view))
