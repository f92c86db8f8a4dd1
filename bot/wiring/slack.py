"""The Slack front as a process."""

from __future__ import annotations

import asyncio

from bot.core.errors import FrontUnusable
from bot.settings import Settings
from bot.slack.account import make_clients, sign_in
from bot.slack.app import make_app
from bot.slack.budget import StreamBudget
from bot.slack.commands import Commands
from bot.slack.front import Front
from bot.slack.maintainers import Maintainers
from bot.slack.sockets import connected
from bot.slack.transport import attended
from bot.wiring.chat import open_chat


async def run_slack(settings: Settings) -> None:
    """Answers in Slack until it is cancelled. Raises FrontUnusable, StateUnusable, IndexUnusable."""
    token, app_token = settings.slack_bot_token, settings.slack_app_token
    if token is None or app_token is None:
        raise FrontUnusable("Set SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…).")
    clients = make_clients(token=token.get_secret_value(), api_url=settings.slack_api_url)
    account = await sign_in(clients)
    async with open_chat(settings, "slack") as chat:
        front = Front(responder=chat.responder, stores=chat.stores, clients=clients, budget=StreamBudget())
        commands = Commands(
            front=front,
            crawls=chat.crawls,
            maintainers=Maintainers(clients.patient, settings.slack_maintainers),
        )
        app = make_app(front, account, commands)
        async with attended(front), connected(app, clients.patient, app_token=app_token.get_secret_value()):
            await asyncio.Event().wait()
