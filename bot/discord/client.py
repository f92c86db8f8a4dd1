"""What the bot listens for in Discord, and what each event leads to."""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from bot.chat.platform import Message
from bot.chat.talk import First, Talk
from bot.conversation.models import ReplyGone
from bot.core.errors import DocsbotError
from bot.discord.calls.reach import reach
from bot.discord.events import Asked, key_of
from bot.discord.markup.buttons import KeyButton
from bot.discord.markup.modals import read_comment
from bot.discord.platform import DiscordPlatform
from bot.discord.reception import Reception
from bot.discord.transport.missed import find_missed
from bot.discord.writing.place import DIRECT

logger = logging.getLogger(__name__)

RECENT = timedelta(minutes=15)
"""A direct message goes on with the conversation before it when it comes within this time."""
FRESH = timedelta(seconds=60)
"""Age of an edit's own time up to which an update is that edit; Discord tells of pins and previews too."""
Hear = Callable[[Message, First], Awaitable[object]]


class DocsClient(discord.Client):
    """Listens; `attend` gives it what it listens for."""

    presser: Reception
    _talk: Talk
    _platform: DiscordPlatform

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

    def attend(self, reception: Reception) -> None:
        self.presser = reception
        self._talk, self._platform = reception.front.talk, reception.platform

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """What a listener raised: in a line where it is of the bot's own kind, else with its traceback."""
        error = sys.exception()
        if isinstance(error, DocsbotError | ReplyGone):
            logger.warning("%s: %s", event_method, error)
        else:
            await super().on_error(event_method, *args, **kwargs)

    async def on_ready(self) -> None:
        """A new session; of what was missed since the last one, what was answered is known to the ledger."""
        logger.info("connected to Discord, in %d servers", len(self.guilds))
        async for message in find_missed(self):
            self.dispatch("message", message)

    async def on_message(self, message: discord.Message) -> None:
        if (asked := self.presser.read(message)) is not None:
            await self._hear(asked, self._talk.hear)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        message, edited = payload.message, payload.message.edited_at
        if edited is None or datetime.now(UTC) - edited > FRESH:
            return
        asked = self.presser.read(message)
        if asked is not None and message.content:  # without it, the bot may not read it
            await self._hear(asked, self._talk.hear_edit)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        await self._forget(payload.guild_id, payload.channel_id, payload.message_id)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        for message in payload.message_ids:
            await self._forget(payload.guild_id, payload.channel_id, message)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Modals, also those that a process opened which is gone. The rest goes its own ways."""
        if interaction.type is not discord.InteractionType.modal_submit or not interaction.data:
            return
        name, comment = str(interaction.data.get("custom_id", "")), read_comment(interaction.data)
        await self.presser.explain(interaction, name, comment)

    async def _hear(self, asked: Asked, hear: Hear) -> None:
        """What somebody wrote, in its conversation; who may not be answered there is told so directly."""
        outlet = self._platform.open_outlet(asked.place, asked.heard.text)
        message = replace(asked, thread=await self._conversation(asked))
        await hear(message, lambda: self._platform.answer(outlet, asked.heard.key))
        if asked.heard.mentioned and outlet.forbidden:
            await self._platform.tell(asked.place.user, self._platform.not_here)

    async def _conversation(self, asked: Asked) -> str:
        """Which conversation a message belongs to."""
        ledger = self._talk.rooms.state.ledger
        if asked.answers is not None:
            answered = await ledger.get(asked.answers)
            return answered.thread if answered else asked.thread
        if asked.heard.direct:
            last = await ledger.asked_by(platform="discord", team=DIRECT, user=asked.user, limit=1)
            if last and datetime.now(UTC) - last[0].claimed_at < RECENT:
                return last[0].thread
        return asked.thread

    async def _forget(self, guild: int | None, channel: int, message: int) -> None:
        key = key_of(guild=guild, channel=await self._home(channel), message=message)
        await self._talk.hear_deletion(key)

    async def _home(self, channel: int) -> int:
        """The channel that a thread was opened in; any other is its own."""
        found: object = self.get_channel(channel)
        if found is None:
            try:
                found = await reach(lambda: self.fetch_channel(channel))
            except ReplyGone:
                return channel
        return found.parent_id if isinstance(found, discord.Thread) else channel
