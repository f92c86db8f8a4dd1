"""Furnishes the front, and serves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from discord import app_commands

from bot.chat.front import open_front
from bot.conversation.rooms import Rooms
from bot.discord.client import DocsClient
from bot.discord.platform import DiscordPlatform
from bot.discord.reception import Reception
from bot.discord.transport.connection import connect
from bot.discord.transport.interactions import QuietCompletions
from bot.discord.transport.telling import keep_telling, tell
from bot.discord.tree import make_tree


def furnish(
    client: DocsClient,
    rooms: Rooms,
    *,
    maintainers: Sequence[str] = (),
    escalation: Sequence[str] = (),
    in_threads: bool = True,
) -> Reception:
    """`maintainers`: ids of people and roles. `escalation`: a channel's id, and roles'."""
    channel = escalation[0] if escalation and escalation[0].isdecimal() else ""
    roles = tuple(name for name in escalation[1:] if name.isdecimal())
    platform = DiscordPlatform(client, rooms.freshness, humans=bool(channel))
    front = open_front(platform, rooms, channel=channel, groups=roles)
    reception = Reception(front=front, platform=platform, maintainers=maintainers, in_threads=in_threads)
    client.attend(reception)
    return reception


async def serve(client: DocsClient, reception: Reception) -> None:
    """Answers until it is cancelled. Raises FrontUnusable."""
    talk, jobs = reception.front.talk, reception.front.talk.rooms.jobs
    logging.getLogger(app_commands.tree.__name__).addFilter(QuietCompletions())
    tree = make_tree(client, reception)  # it listens from now on
    knows = await tell(tree, jobs)
    work = [asyncio.create_task(talk.watch()), asyncio.create_task(connect(client))]
    beside = [] if knows else [asyncio.create_task(keep_telling(tree, jobs))]
    try:
        ended, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in (*work, *beside):
            task.cancel()
        await asyncio.gather(*work, *beside, return_exceptions=True)
        await talk.rooms.responder.close()
        await client.close()
