"""The Slack front as a process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Literal

from bot.core.errors import FrontUnusable
from bot.settings import Settings
from bot.slack.app import make_app
from bot.slack.calls.account import make_client, open_clients, sign_in
from bot.slack.front import make_front
from bot.slack.transport.attended import attended
from bot.wiring.chat import open_chat

if TYPE_CHECKING:
    from pydantic import SecretStr
    from slack_bolt.async_app import AsyncApp

    from bot.slack.transport.http import HttpServer
    from bot.slack.transport.sockets import Sockets

Transport = Literal["socket", "http"]


async def run_slack(
    settings: Settings, *, http: bool = False, ready: Callable[[str], None] | None = None
) -> None:
    """Answers in Slack until it is cancelled; `http` prefers HTTP where both transports can be had.

    `ready` is told, once events come in, in a sentence. Raises FrontUnusable, StateUnusable, IndexUnusable.
    """
    if settings.slack_bot_token is None:
        raise FrontUnusable(
            "Set SLACK_BOT_TOKEN (xoxb-…): the app's settings show it under OAuth & Permissions."
        )
    transport = choose_transport(settings, http=http)
    token = settings.slack_bot_token.get_secret_value()
    async with AsyncExitStack() as stack:
        clients = await stack.enter_async_context(open_clients(token=token, api_url=settings.slack_api_url))
        account = await sign_in(clients)
        rooms = await stack.enter_async_context(open_chat(settings, "slack"))
        front = make_front(
            rooms,
            clients,
            account,
            maintainers=settings.slack_maintainers,
            escalation=settings.slack_escalation,
        )
        app = make_app(front, signing_secret=_reveal(settings.slack_signing_secret))
        async with (
            attended(app, front.chat.talk.watch(), rooms.responder.close),
            _connect(settings, app, transport) as connected,
        ):
            if ready is not None:
                ready(f"Answers in Slack as @{account.bot_name}, {connected.way}.")
            await connected.wait()


def choose_transport(settings: Settings, *, http: bool = False) -> Transport:
    """Socket Mode where there is an app token, unless HTTP is asked for. Raises FrontUnusable."""
    if http and settings.slack_signing_secret is None:
        raise FrontUnusable(
            "Set SLACK_SIGNING_SECRET for HTTP: the app's settings show it under Basic Information."
        )
    if settings.slack_app_token is not None and not http:
        return "socket"
    if settings.slack_signing_secret is not None:
        return "http"
    raise FrontUnusable(
        "Set SLACK_APP_TOKEN (xapp-…) for Socket Mode, which needs no public address, or "
        "SLACK_SIGNING_SECRET for HTTP."
    )


def _connect(settings: Settings, app: AsyncApp, transport: Transport) -> Sockets | HttpServer:
    """What brings the events; nothing is opened yet."""
    if transport == "http":
        from bot.slack.transport.http import HttpServer

        return HttpServer(
            app,
            signing_secret=_reveal(settings.slack_signing_secret),
            host=settings.host,
            port=settings.port,
        )
    from bot.slack.transport.sockets import Sockets

    # It tries again by itself, and knows for how long.
    client = make_client(_reveal(settings.slack_bot_token), settings.slack_api_url)
    return Sockets(app, client, app_token=_reveal(settings.slack_app_token))


def _reveal(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
