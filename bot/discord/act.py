"""Interactions → acts: acknowledged in time, by one process, and answered where Discord shows it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import discord
from discord import ui

from bot.chat.controls import COMMENT
from bot.chat.front import Front
from bot.chat.reply import ChatReply
from bot.chat.verbs import Verb
from bot.core.state import Claimed, MessageKey
from bot.discord.calls.reach import attempt, reach
from bot.discord.events import Asked, key_of, read_message
from bot.discord.markup.buttons import read_key, view, write_key
from bot.discord.markup.layout import cut
from bot.discord.platform import DiscordPlatform
from bot.discord.transport.interactions import acknowledge, may_manage, settle, whisper
from bot.discord.writing.crawl import CrawlPost
from bot.discord.writing.outlet import WhisperOutlet

logger = logging.getLogger(__name__)

WHY = "docsbot:why:"
"""Begins the name of the modal; behind it stands the question's key."""
TOO_LATE = "That took too long to reach me. Please try it again."
WORDY: frozenset[Verb] = frozenset({"up", "human", "share"})
"""Buttons that answer with a word; the others change the message that they stand below."""


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
        modal = ui.Modal(title="What was wrong?", custom_id=f"{WHY}{write_key(key)}", timeout=900)
        modal.add_item(
            ui.TextInput(
                label="What would have helped?",
                style=discord.TextStyle.paragraph,
                custom_id="comment",
                required=False,
                max_length=COMMENT,
            )
        )
        try:
            await self.interaction.response.send_modal(modal)
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            logger.info("the modal could not be opened: %s", error)

    def reply(self, key: MessageKey, question: str) -> ChatReply:
        return self.platform.answer(WhisperOutlet(self.interaction), key)

    async def take_up(self, claimed: Claimed) -> ChatReply | None:
        message = self.interaction.message
        private = message is not None and message.flags.ephemeral
        return self.reply(claimed.key, claimed.question) if private else None

    def key_of(self, message: str) -> MessageKey:
        return key_of(guild=self.interaction.guild_id, channel=int(self.room), message=int(message))

    async def open_crawl(self) -> tuple[MessageKey, CrawlPost] | None:
        """Below a button there is none: the message with it stays as it is."""
        if self.interaction.type is not discord.InteractionType.application_command:
            return None
        key = self.key_of(str((await reach(self.interaction.original_response)).id))
        return key, CrawlPost(self.platform.client, key, interaction=self.interaction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Where messages and interactions come in. `maintainers`: ids of people and roles. `in_threads`: answers
    get threads of their own."""

    front: Front
    platform: DiscordPlatform
    maintainers: Sequence[str]
    in_threads: bool

    def read(self, message: discord.Message) -> Asked | None:
        """None where nobody asks."""
        me = self.platform.client.user
        return read_message(message, me=me, in_threads=self.in_threads) if me else None

    def may_manage(self, interaction: discord.Interaction) -> bool:
        return may_manage(interaction, self.maintainers)

    async def receive(
        self, interaction: discord.Interaction, *, private: bool = True, thinking: bool = True
    ) -> Acting | None:
        """Acknowledges it; None where it is not this process's to act on.

        Where it came too late, who acted is told so directly, by one process.
        """
        act = self._open(interaction, confirms=thinking)
        receipt = await acknowledge(interaction, private=private, thinking=thinking)
        if receipt == "lost":
            jobs = self.front.talk.rooms.jobs
            if job := await jobs.start(act.key, "excuse", user=act.user):
                await self.platform.tell(interaction.user.id, TOO_LATE)
                await jobs.end(job)
        return act if receipt == "mine" else None

    async def press(self, interaction: discord.Interaction, verb: Verb, key: MessageKey) -> None:
        """A button. A thumb down is answered by its modal, which must be the first answer."""
        if verb == "down":
            await self.front.controls.press(self._open(interaction, confirms=False), verb, key)
        elif act := await self.receive(interaction, private=verb in WORDY, thinking=verb in WORDY):
            await self.front.controls.press(act, verb, key)

    async def explain(self, interaction: discord.Interaction, name: str, comment: str) -> None:
        """A modal was sent; also one that was opened by a process that is gone."""
        key = read_key(name.removeprefix(WHY)) if name.startswith(WHY) else None
        if key is not None and (act := await self.receive(interaction)):
            await self.front.controls.explain(act, key, comment)

    def _open(self, interaction: discord.Interaction, *, confirms: bool) -> Acting:
        return Acting(
            platform=self.platform, interaction=interaction, maintainers=self.maintainers, confirms=confirms
        )
