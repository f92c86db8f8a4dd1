"""Who acts by an interaction, and how he is answered."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import discord

from bot.chat.controls import COMMENT
from bot.chat.reply import ChatReply
from bot.core.state import Claimed, MessageKey
from bot.discord.calls.reach import attempt, reach
from bot.discord.events import key_of
from bot.discord.markup.buttons import view
from bot.discord.markup.layout import cut
from bot.discord.markup.modals import make_why
from bot.discord.platform import DiscordPlatform
from bot.discord.transport.interactions import may_manage, settle, whisper
from bot.discord.writing.crawl import CrawlPost
from bot.discord.writing.outlet import WhisperOutlet

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """The Act of an interaction."""

    platform: DiscordPlatform
    interaction: discord.Interaction
    maintainers: Sequence[str]
    confirms: bool
    """A message stands in that says that the bot is thinking."""

    @property
    def user(self) -> str:
        return str(self.interaction.user.id)

    @property
    def room(self) -> str:
        return str(self.interaction.channel_id or 0)

    @property
    def key(self) -> MessageKey:
        """The interaction's, in the channel that it belongs to."""
        channel = self.interaction.channel
        home = channel.parent_id if isinstance(channel, discord.Thread) else self.interaction.channel_id
        guild = self.interaction.guild_id
        return key_of(guild=guild, channel=home or 0, message=self.interaction.id)

    async def may_manage(self) -> bool:
        return may_manage(self.interaction, self.maintainers)

    async def tell(self, text: str) -> None:
        await (settle if self.confirms else whisper)(self.interaction, text)

    async def show(self, markdown: str) -> None:
        await self.tell(next(iter(cut(markdown)), "…"))

    async def close(self, text: str) -> None:
        await attempt(lambda: self.interaction.edit_original_response(content=text, view=view()))

    async def ask_why(self, key: MessageKey) -> None:
        try:
            await self.interaction.response.send_modal(make_why(key, COMMENT))
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            logger.info("the modal could not be opened: %s", error)

    def reply(self, key: MessageKey) -> ChatReply:
        return self.platform.answer(WhisperOutlet(self.interaction), key)

    async def take_up(self, claimed: Claimed) -> ChatReply | None:
        message = self.interaction.message
        private = message is not None and message.flags.ephemeral
        return self.reply(claimed.key) if private else None

    def key_of(self, message: str) -> MessageKey:
        return key_of(guild=self.interaction.guild_id, channel=int(self.room), message=int(message))

    async def open_crawl(self) -> tuple[MessageKey, CrawlPost] | None:
        """Below a button there is none: the message with it stays as it is."""
        if self.interaction.type is not discord.InteractionType.application_command:
            return None
        key = self.key_of(str((await reach(self.interaction.original_response)).id))
        return key, CrawlPost(self.platform.client, key, interaction=self.interaction)
