"""The way in to Discord: its addresses, its token, its gateway."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.conversation.models import ReplyGone
from bot.core.errors import FrontUnusable
from bot.discord.calls.reach import reach

LOGIN_SECONDS = 30.0


def point(api_url: str) -> None:
    """Sends discord.py's calls to this address; it has no setting for it."""
    Route.BASE = f"{api_url}/v10"


async def sign_in(client: discord.Client, *, token: str, api_url: str) -> None:
    """Raises FrontUnusable."""
    point(api_url)
    try:
        async with asyncio.timeout(LOGIN_SECONDS):
            await client.login(token)
    except discord.LoginFailure as error:
        raise FrontUnusable(
            "Discord refuses the token. Copy it again: https://discord.com/developers/applications → your "
            "application → Bot → Reset Token, into DISCORD_TOKEN."
        ) from error
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise FrontUnusable("Discord cannot be reached. Check the network and DISCORD_API_URL.") from error
    try:
        _, url, _ = await reach(client.http.get_bot_gateway)
    except ReplyGone as gone:
        raise FrontUnusable(f"Discord's gateway is not known: {gone}.") from gone
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)


async def connect(client: discord.Client) -> None:
    """Listens to the gateway, whatever befalls the connection. Raises FrontUnusable."""
    try:
        await client.connect()
    except discord.PrivilegedIntentsRequired as error:
        raise FrontUnusable(
            "Discord does not let the bot read messages that do not mention it. Turn it on: "
            "https://discord.com/developers/applications → your application → Bot → Message Content Intent; "
            "or unset DISCORD_MESSAGE_CONTENT."
        ) from error
    except discord.ConnectionClosed as error:
        raise FrontUnusable(f"Discord has closed the connection for good ({error.code}).") from error
