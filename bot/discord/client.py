"""The connection to Discord: its addresses, its intents, and what each event leads to."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.conversation.models import ReplyGone
from bot.core.errors import DocsbotError, FrontUnusable
from bot.discord.controls import WHY, Controls
from bot.discord.events import key_of, read_message
from bot.discord.front import Front
from bot.discord.markup.buttons import KeyButton
from bot.discord.transport.reach import reach

logger = logging.getLogger(__name__)

FRESH = timedelta(seconds=60)
"""Age of an edit's own time up to which an update is that edit; Discord tells of pins and previews too."""


class DocsClient(discord.Client):
    """Listens; `attend` gives it what it listens for."""

    presser: Controls
    _front: Front

    def __init__(self, *, reads_all: bool, silence: float = 60.0) -> None:
        """`reads_all`: also what does not mention the bot; the privileged intent must be on.

        `silence`: seconds without a word of the gateway's, at a heartbeat, after which it is left for dead;
        more than between two heartbeats.
        """
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = reads_all
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            guild_ready_timeout=1.0,
            heartbeat_timeout=silence,
        )
        self.add_dynamic_items(KeyButton)

    def attend(self, front: Front, controls: Controls) -> None:
        self._front = front
        self.presser = controls

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """What a listener raised: in a line where it is of the bot's own kind, else with its traceback."""
        error = sys.exception()
        if isinstance(error, DocsbotError | ReplyGone):
            logger.warning("%s: %s", event_method, error)
        else:
            await super().on_error(event_method, *args, **kwargs)

    async def on_ready(self) -> None:
        logger.info("connected to Discord, in %d servers", len(self.guilds))

    async def on_message(self, message: discord.Message) -> None:
        if self.user is None:
            return
        read = read_message(message, me=self.user, in_threads=self._front.in_threads)
        if read is not None:
            await self._front.on_message(read)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        message = payload.message
        edited = message.edited_at
        if self.user is None or edited is None or datetime.now(UTC) - edited > FRESH:
            return
        read = read_message(message, me=self.user, in_threads=self._front.in_threads)
        if read is not None and message.content:  # without it, the bot may not read it
            await self._front.on_edit(read)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        await self._forget(payload.guild_id, payload.channel_id, payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        for message in payload.message_ids:
            await self._forget(payload.guild_id, payload.channel_id, message)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Modals, also those that a process opened which is gone. The rest goes its own ways."""
        if interaction.type is not discord.InteractionType.modal_submit or not interaction.data:
            return
        name = str(interaction.data.get("custom_id", ""))
        if name.startswith(WHY):
            await self.presser.explain(interaction, name, read_comment(interaction.data))

    async def _forget(self, guild: int | None, channel: int, message: int) -> None:
        key = key_of(guild=guild, channel=await self._home(channel), message=message)
        await self._front.on_delete(key)

    async def _home(self, channel: int) -> int:
        """The channel that a thread was opened in; any other is its own."""
        found: object = self.get_channel(channel)
        if found is None:
            try:
                found = await reach(lambda: self.fetch_channel(channel))
            except ReplyGone:
                return channel
        return found.parent_id if isinstance(found, discord.Thread) else channel


def read_comment(data: object) -> str:
    """What was written into a modal's one field, which stands in a row or below a label."""
    if isinstance(data, dict):
        value = data.get("value")
        if isinstance(value, str) and data.get("custom_id") == "comment":
            return value
        return read_comment(data.get("components")) + read_comment(data.get("component"))
    return "".join(map(read_comment, data)) if isinstance(data, list) else ""


def point(api_url: str) -> None:
    """Sends discord.py's calls to this address; it has no setting for it."""
    Route.BASE = f"{api_url}/v10"


async def find_gateway(client: discord.Client) -> None:
    """Sends the connection to the gateway that Discord names for it. Raises FrontUnusable."""
    try:
        _, url, _ = await reach(client.http.get_bot_gateway)
    except ReplyGone as gone:
        raise FrontUnusable(f"Discord's gateway is not known: {gone}.") from gone
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
