"""What stands in a channel of an answer or a crawl whose process is gone."""

from __future__ import annotations

import discord

from bot.conversation.models import ReplyGone
from bot.core.state import MessageKey
from bot.discord.calls.reach import reach
from bot.discord.markup.buttons import find_key

LOOKED_AT = 100
"""Messages that are looked through."""


async def find_shown(client: discord.Client, room: int, key: MessageKey) -> set[int]:
    """The bot's messages in this channel or thread with this key's buttons; none where it may not look."""

    async def look() -> list[discord.Message]:
        place = client.get_partial_messageable(room)
        after = discord.Object(int(key.message))
        return [message async for message in place.history(limit=LOOKED_AT, after=after)]

    try:
        shown = await reach(look)
    except ReplyGone:
        return set()
    return {message.id for message in shown if message.author == client.user and find_key(message) == key}
