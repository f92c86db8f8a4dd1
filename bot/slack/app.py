"""The Slack app: listeners registered on bolt, over Socket Mode."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import FrontUnusable
from bot.slack.commands import Commands
from bot.slack.events import read_change, read_message
from bot.slack.front import Front
from bot.slack.stream import Clients, read_code
from bot.slack.votes import WHY, Votes

logger = logging.getLogger(__name__)

TIMEOUT = 20
"""Seconds for one call."""
CONNECTIONS = 2
"""Sockets: while Slack closes one to refresh it, events come by the other."""
PROMPTS = (
    ("How do I get started?", "How do I get started?"),
    ("What can I configure?", "What can I configure?"),
)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who the bot is in its workspace."""

    team: str
    bot_user: str
    bot_name: str


def make_clients(*, token: str, api_url: str) -> Clients:
    """The two clients of a workspace."""

    def client(*handlers: Any) -> AsyncWebClient:
        made = AsyncWebClient(token=token, base_url=_slashed(api_url), timeout=TIMEOUT)
        made.retry_handlers = list(handlers)
        return made

    connection = AsyncConnectionErrorRetryHandler(max_retry_count=2)
    return Clients(
        patient=client(connection, AsyncRateLimitErrorRetryHandler(max_retry_count=5)), hasty=client()
    )


def _slashed(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


async def sign_in(clients: Clients) -> Account:
    """Who the token belongs to. Raises FrontUnusable."""
    try:
        answer = await clients.patient.auth_test()
    except SlackApiError as error:
        raise FrontUnusable(
            f"Slack refuses the bot token ({read_code(error)}). Check SLACK_BOT_TOKEN: it begins with xoxb-."
        ) from error
    except (OSError, TimeoutError) as error:
        raise FrontUnusable("Slack cannot be reached. Check the network and SLACK_API_URL.") from error
    return Account(team=answer["team_id"], bot_user=answer["user_id"], bot_name=answer["user"])


def make_app(front: Front, account: Account, commands: Commands, *, signing_secret: str = "") -> AsyncApp:
    """Bolt's app with every listener registered; nothing is connected yet."""
    app = AsyncApp(
        client=front.clients.patient,
        signing_secret=signing_secret or None,
        # Socket Mode has no signatures; over HTTP bolt checks them.
        request_verification_enabled=bool(signing_secret),
        # Other bots' and its own messages are dropped here already.
        ignoring_self_events_enabled=True,
    )
    _listen(app, front, account)
    _obey(app, commands)
    _count(app, Votes(front=front, team=account.team))
    return app


def _listen(app: AsyncApp, front: Front, account: Account) -> None:
    """Messages, their edits and deletions, Slack's own Stop, the opened panel."""

    async def on_message(event: Json) -> None:
        if (message := read_message(event, team=account.team, bot=account.bot_user)) is not None:
            await front.on_message(message)
        elif (change := read_change(event, team=account.team, bot=account.bot_user)) is not None:
            await front.on_change(change)

    async def on_stop(event: Json) -> None:
        written = [str(ts) for ts in event.get("streaming_message_ts") or ()]
        await front.on_stop(
            account.team, str(event.get("channel", "")), written, str(event.get("thread_ts", ""))
        )

    async def on_opened(event: Json) -> None:
        if event.get("tab") == "messages":
            await front.clients.patient.assistant_threads_setSuggestedPrompts(
                channel_id=str(event["channel"]),
                prompts=[{"title": title, "message": message} for title, message in PROMPTS],
            )

    app.event("app_mention")(on_message)
    app.event("message")(on_message)
    app.event("agent_session_stopped")(on_stop)
    app.event("app_home_opened")(on_opened)


def _obey(app: AsyncApp, commands: Commands) -> None:
    """Commands, and the buttons of the message that follows a crawl."""

    async def on_ask(ack: AsyncAck, command: Json) -> None:
        await ack()
        await commands.ask(command)

    async def on_reindex(ack: AsyncAck, command: Json) -> None:
        await ack()
        await commands.reindex(command)

    async def on_button(ack: AsyncAck, body: Json, action: Json) -> None:
        await ack()
        await commands.press(body, action)

    app.command("/ask")(on_ask)
    app.command("/reindex")(on_reindex)
    app.action("crawl_cancel")(on_button)
    app.action("crawl_retry")(on_button)


def _count(app: AsyncApp, votes: Votes) -> None:
    """Thumbs, and why one is down."""

    async def on_thumb(ack: AsyncAck, body: Json, action: Json) -> None:
        await ack()
        await votes.take(body, action)

    async def on_reason(ack: AsyncAck, view: Json, body: Json) -> None:
        await ack()
        await votes.explain(view, user=str(body["user"]["id"]))

    app.action("feedback")(on_thumb)
    app.view(WHY)(on_reason)


@asynccontextmanager
async def connected(app: AsyncApp, front: Front, *, app_token: str) -> AsyncIterator[None]:
    """The app over Socket Mode while the context lasts. Raises FrontUnusable."""
    handlers = [
        AsyncSocketModeHandler(app, app_token, web_client=front.clients.patient) for _ in range(CONNECTIONS)
    ]
    watching = asyncio.create_task(front.responder.watch(front.make_reply))
    try:
        await asyncio.gather(*map(_open, handlers))
        logger.info("connected to Slack by %d sockets", len(handlers))
        yield
    except SlackApiError as error:
        raise FrontUnusable(
            f"Slack refuses the app token ({read_code(error)}). Check SLACK_APP_TOKEN: it begins with xapp- "
            "and has the scope connections:write."
        ) from error
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await asyncio.gather(*map(_close, handlers), return_exceptions=True)
        await front.responder.close()


# The SDK's own methods have no types.
async def _open(handler: AsyncSocketModeHandler) -> None:
    await handler.client.connect()  # type: ignore[no-untyped-call]


async def _close(handler: AsyncSocketModeHandler) -> None:
    await handler.client.close()  # type: ignore[no-untyped-call]
