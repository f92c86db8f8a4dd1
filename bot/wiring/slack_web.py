"""Slack over HTTP, within the gateway."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.conversation.limits import RateLimit
from bot.conversation.responder import Limits
from bot.conversation.rooms import Rooms, furnish
from bot.core.errors import FrontUnusable
from bot.core.ports import CrawlControl
from bot.core.state import State
from bot.settings import Settings
from bot.wiring.service import Bot

if TYPE_CHECKING:
    from fastapi import APIRouter

    from bot.slack.calls.account import Account, Clients

logger = logging.getLogger(__name__)

PAUSES = (1.0, 5.0, 30.0, 60.0)
"""Seconds between two tries to sign in; the last one again and again."""


def wants_slack(settings: Settings) -> bool:
    """Whether Slack is to call the gateway: there is what HTTP needs, and not what Socket Mode needs."""
    needed = settings.slack_bot_token, settings.slack_signing_secret
    return all(needed) and settings.slack_app_token is None


def furnish_slack(settings: Settings, bot: Bot, state: State, crawls: CrawlControl) -> Rooms:
    """What Slack's front stands on, with the crawls of the whole process."""
    return furnish(
        bot.answerer,
        state,
        crawls,
        platform="slack",
        owner=uuid.uuid4().hex,
        limits=Limits(user=RateLimit(settings.user_limit), team=RateLimit(settings.team_limit)),
    )


async def attend_slack(settings: Settings, rooms: Rooms, mount: Callable[[APIRouter], None]) -> None:
    """Answers in Slack until it is cancelled. Slack's absence takes nothing from the rest of the gateway:
    its route is mounted once Slack knows the bot, and Slack calls again until then."""
    if settings.slack_bot_token is None or settings.slack_signing_secret is None:
        return
    # Here because a gateway without Slack needs none of it.
    from bot.slack.app import make_app
    from bot.slack.calls.account import open_clients
    from bot.slack.front import make_front
    from bot.slack.transport.attended import attended
    from bot.slack.transport.http import slack_routes

    secret = settings.slack_signing_secret.get_secret_value()
    token = settings.slack_bot_token.get_secret_value()
    async with open_clients(token=token, api_url=settings.slack_api_url) as clients:
        account = await _sign_in(clients)
        front = make_front(
            rooms,
            clients,
            account,
            maintainers=settings.slack_maintainers,
            escalation=settings.slack_escalation,
        )
        app = make_app(front, signing_secret=secret)
        async with attended(app, front.chat.talk.watch(), rooms.responder.close):
            mount(slack_routes(app, signing_secret=secret))
            logger.info("Slack may call")
            await asyncio.Event().wait()


async def _sign_in(clients: Clients) -> Account:
    from bot.slack.calls.account import sign_in

    pauses = list(PAUSES)
    while True:
        try:
            return await sign_in(clients)
        except FrontUnusable as error:
            logger.warning("Slack: %s", error.detail or error.text)
        await asyncio.sleep(pauses.pop(0) if len(pauses) > 1 else pauses[0])
