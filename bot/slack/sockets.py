"""Socket Mode: two connections to Slack."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import FrontUnusable
from bot.slack.stream import read_code

logger = logging.getLogger(__name__)

CONNECTIONS = 2
"""Sockets: while Slack closes one to refresh it, events come by the other."""


@asynccontextmanager
async def connected(app: AsyncApp, client: AsyncWebClient, *, app_token: str) -> AsyncIterator[None]:
    """The app over Socket Mode while the context lasts. Raises FrontUnusable."""
    handlers = [AsyncSocketModeHandler(app, app_token, web_client=client) for _ in range(CONNECTIONS)]
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
        await asyncio.gather(*map(_close, handlers), return_exceptions=True)


# The SDK's own methods have no types.
async def _open(handler: AsyncSocketModeHandler) -> None:
    await handler.client.connect()  # type: ignore[no-untyped-call]


async def _close(handler: AsyncSocketModeHandler) -> None:
    await handler.client.close()  # type: ignore[no-untyped-call]
