"""Furnishes the front, signs in, and serves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import aiohttp
import discord
from discord import app_commands

from bot.conversation.attention import Attention
from bot.conversation.escalation import Escalations
from bot.conversation.jobs import Jobs
from bot.conversation.models import ReplyGone
from bot.conversation.rooms import Rooms
from bot.core.errors import DocsbotError, FrontUnusable
from bot.discord.client import DocsClient, find_gateway, point
from bot.discord.commands import Commands
from bot.discord.controls import Controls
from bot.discord.desk import PeopleDesk
from bot.discord.front import Front
from bot.discord.transport.interactions import QuietCompletions
from bot.discord.tree import Tree, make_tree, sync

logger = logging.getLogger(__name__)

LOGIN_SECONDS = 30.0
AGAIN = 35.0
"""Seconds until the commands are told again; the claim of a process that has died of it stands shorter."""


def furnish(
    client: DocsClient,
    rooms: Rooms,
    *,
    maintainers: Sequence[str] = (),
    escalation: Sequence[str] = (),
    in_threads: bool = True,
) -> Commands:
    """`maintainers`: ids of people and roles. `escalation`: a channel's id, and roles'."""
    desk = PeopleDesk(client, rooms.freshness, escalation)
    front = Front(
        client=client,
        rooms=rooms,
        desk=desk,
        escalations=Escalations(rooms.state, rooms.jobs, desk),
        attention=Attention(rooms.state, rooms.drafts, reviewed=bool(desk.channel)),
        in_threads=in_threads,
    )
    client.attend(front, Controls(front=front, maintainers=maintainers))
    return Commands(front=front, maintainers=maintainers)


async def sign_in(client: DocsClient, *, token: str, api_url: str) -> None:
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
    await find_gateway(client)


async def serve(client: DocsClient, commands: Commands) -> None:
    """Answers until it is cancelled. Raises FrontUnusable."""
    front, jobs = commands.front, commands.front.rooms.jobs
    logging.getLogger(app_commands.tree.__name__).addFilter(QuietCompletions())
    tree = make_tree(client, commands, in_threads=front.in_threads)  # it listens from now on
    knows = await _tell(tree, jobs)
    work = [asyncio.create_task(front.watch()), asyncio.create_task(_connect(client))]
    beside = [] if knows else [asyncio.create_task(_keep_telling(tree, jobs))]
    try:
        ended, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in (*work, *beside):
            task.cancel()
        await asyncio.gather(*work, *beside, return_exceptions=True)
        await front.rooms.responder.close()
        await client.close()


async def _connect(client: DocsClient) -> None:
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


async def _tell(tree: Tree, jobs: Jobs) -> bool:
    """Whether Discord knows the commands. One that takes none now has older ones meanwhile."""
    try:
        return await sync(tree, jobs, application=tree.client.application_id or 0) != "busy"
    except (ReplyGone, DocsbotError) as error:
        logger.warning("the commands could not be told to Discord: %s", error)
        return False


async def _keep_telling(tree: Tree, jobs: Jobs) -> None:
    while True:
        await asyncio.sleep(AGAIN)
        if await _tell(tree, jobs):
            return
