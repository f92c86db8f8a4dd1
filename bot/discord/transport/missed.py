"""What was written while nobody listened: Discord tells a new session nothing of it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import discord

from bot.conversation.models import ReplyGone
from bot.discord.calls.reach import reach

logger = logging.getLogger(__name__)

WINDOW = timedelta(minutes=10)
"""Who has waited longer has gone to somebody else."""
PLACES = 100
"""Channels and threads that are looked into, those with the newest messages first: one call each."""
MESSAGES = 100
"""Of each; Discord gives no more with one call."""
_READ = discord.Permissions(view_channel=True, read_message_history=True)

Place = discord.TextChannel | discord.Thread


async def find_missed(
    client: discord.Client, *, now: datetime | None = None
) -> AsyncIterator[discord.Message]:
    """The last messages of every channel and thread where the bot may read, in their order.

    Without those that it has answered, as far as these show it; the ledger knows better, unless it was lost.
    Without direct messages: Discord does not say where there are any.
    """
    mark = discord.Object(discord.utils.time_snowflake((now or datetime.now(UTC)) - WINDOW))
    me = client.user.id if client.user else 0
    places = [place for place in _list_places(client) if (place.last_message_id or 0) > mark.id]
    places.sort(key=lambda place: place.last_message_id or 0, reverse=True)
    for place in places[:PLACES]:
        try:
            messages = await reach(partial(_read, place, mark))
        except ReplyGone as gone:
            logger.info("what was missed in a channel is not known: %s", gone)
            continue
        own = [message for message in messages if message.author.id == me]
        answered = {message.reference.message_id for message in own if message.reference}
        for message in messages:
            if message.id not in answered and not (message.thread and message.thread.owner_id == me):
                yield message


async def _read(place: Place, mark: discord.Object) -> list[discord.Message]:
    return [message async for message in place.history(limit=MESSAGES, after=mark, oldest_first=True)]


def _list_places(client: discord.Client) -> Iterator[Place]:
    """Where it may read; Discord counts refusals."""
    for guild in client.guilds:
        places: list[Place] = [*guild.text_channels, *guild.threads]
        for place in places:
            home = place.parent if isinstance(place, discord.Thread) else place
            if home is not None and home.permissions_for(guild.me).is_superset(_READ):
                yield place
