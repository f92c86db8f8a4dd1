"""Tells Discord the application commands, where they have changed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from typing import Literal

import discord
from discord import app_commands

from bot.conversation.jobs import Jobs
from bot.conversation.models import ReplyGone
from bot.core.errors import DocsbotError
from bot.core.state import MessageKey
from bot.discord.calls.reach import reach

logger = logging.getLogger(__name__)

AGAIN = 15.0
"""Seconds until the commands are told again; the claim of a process that has died of it stands shorter."""
Telling = Literal["told", "known", "busy"]
"""What came of telling Discord the commands: busy where another process is at it, or has died of it."""
Tree = app_commands.CommandTree[discord.Client]


async def sync(tree: Tree, jobs: Jobs, *, application: int) -> Telling:
    """Tells Discord the commands where they have changed since they were last told, or are gone.

    Raises ReplyGone.
    """
    described = [command.to_dict(tree) for command in tree.get_commands()]
    digest = hashlib.sha256(json.dumps(described, sort_keys=True, default=str).encode()).hexdigest()
    key = MessageKey(platform="discord", team=str(application), channel="", message="commands")
    job = await jobs.start(key, "sync", subject=digest)
    if job is None:
        before = await jobs.find(key, "sync")
        if before is None or before.outcome is None:
            return "busy"
        if await _knows(tree):
            return "known"
        await reach(tree.sync)  # another program has told it others for the same application
        return "told"
    try:
        async with jobs.keeping(job):
            await reach(tree.sync)
    except ReplyGone:
        await jobs.end(job, ok=False)
        raise
    await jobs.end(job)
    logger.info("told Discord %d commands", len(described))
    return "told"


async def tell(tree: Tree, jobs: Jobs) -> bool:
    """Whether Discord knows the commands. One that takes none now has older ones meanwhile."""
    try:
        return await sync(tree, jobs, application=tree.client.application_id or 0) != "busy"
    except (ReplyGone, DocsbotError) as error:
        logger.warning("the commands could not be told to Discord: %s", error)
        return False


async def keep_telling(tree: Tree, jobs: Jobs) -> None:
    """Until it is known that Discord knows them."""
    while True:
        await asyncio.sleep(AGAIN)
        if await tell(tree, jobs):
            return


async def _knows(tree: Tree) -> bool:
    known = await reach(tree.fetch_commands)
    return {command.name for command in known} == {command.name for command in tree.get_commands()}
