"""What the application commands do: /ask, /status, /reindex, /config, and the one in a message's menu."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.conversation.configuring import LanguageInvalid, describe_settings, read_language, read_mode
from bot.conversation.models import Incoming, ReplyGone
from bot.conversation.split import split
from bot.core.characters import clean_line, shorten
from bot.core.errors import DocsbotError
from bot.core.state import ChannelSettings, MessageKey
from bot.discord.crawl import CrawlPost
from bot.discord.events import Message, key_of, read_message
from bot.discord.front import Front
from bot.discord.markup import render
from bot.discord.transport.interactions import NOT_YOURS, may_manage, settle
from bot.discord.transport.outlet import ChannelOutlet, WhisperOutlet
from bot.discord.transport.reach import reach

logger = logging.getLogger(__name__)

CHOICES = 25
"""Lines of an autocompletion."""
NAME = 100
"""Characters of one."""
NO_WORDS = "There are no words in that message that I could answer, or I may not read them."
ANSWERED = "That message has an answer already."
BELOW = "The answer is below that message, or in its thread."
NOT_HERE = "I may not write in that channel."
NO_DRAFTS = "There is no channel for drafts: the operator sets it by DISCORD_ESCALATION."
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    front: Front
    maintainers: Sequence[str]

    async def ask(self, interaction: discord.Interaction, question: str) -> None:
        if not await self.front.receive(interaction, private=True):
            return
        key = self._key(interaction, interaction.id)
        reply = self.front.reply(WhisperOutlet(interaction), key, question, private=True)
        await self.front.rooms.responder.answer(
            Incoming(
                key=key,
                thread=f"/{interaction.id}",
                user=str(interaction.user.id),
                text=question,
                origin="command",
            ),
            reply,
        )

    async def status(self, interaction: discord.Interaction) -> None:
        if not await self.front.receive(interaction, private=True):
            return
        try:
            text = await self.front.rooms.freshness.describe()
        except DocsbotError as error:
            logger.warning("the status: %s", error.detail or error.text)
            text = error.text
        await settle(interaction, next(iter(split(render.safe(text), render.LIMIT)), "…"))

    async def reindex(self, interaction: discord.Interaction, source: str) -> None:
        allowed = may_manage(interaction, self.maintainers)
        if not await self.front.receive(interaction, private=not allowed):
            return
        if not allowed:
            await settle(interaction, NOT_YOURS)
            return
        try:
            message = await reach(interaction.original_response)
        except ReplyGone as gone:
            logger.warning("a crawl cannot be followed: %s", gone)
            return
        channel = interaction.channel_id or message.channel.id
        key = key_of(guild=interaction.guild_id, channel=channel, message=message.id)
        post = CrawlPost(self.front.client, key, interaction=interaction)
        await self.front.rooms.crawls.follow(key, (source,) if source else (), post)

    async def config(
        self, interaction: discord.Interaction, *, answers: str, sources: str, language: str | None
    ) -> None:
        """Without a word, shows the settings. Empty values leave theirs as it is."""
        if not await self.front.receive(interaction, private=True):
            return
        if not may_manage(interaction, self.maintainers):
            await settle(interaction, NOT_YOURS)
            return
        key, book = self._key(interaction, interaction.id), self.front.rooms.state.channels
        before = await book.read(platform="discord", team=key.team, channel=key.channel)
        try:
            settings = ChannelSettings(
                sources=_read_sources(sources, before),
                mode=read_mode(answers) if answers else before.mode,
                language=before.language if language is None else read_language(language),
            )
        except LanguageInvalid as error:
            await settle(interaction, str(error))
            return
        if settings.mode == "drafts" and not self.front.humans:
            await settle(interaction, NO_DRAFTS)
            return
        if settings != before:
            user = str(interaction.user.id)
            await book.write(settings, platform="discord", team=key.team, channel=key.channel, user=user)
        await settle(interaction, render.safe(describe_settings(settings)))

    async def answer_message(
        self, interaction: discord.Interaction, message: discord.Message, *, in_threads: bool
    ) -> None:
        """From a message's menu: the answer goes where that of a mention would."""
        if not await self.front.receive(interaction, private=True):
            return
        me = self.front.client.user
        read = read_message(message, me=me, in_threads=in_threads) if me else None
        if read is None or not read.heard.text:
            await settle(interaction, NO_WORDS)
        elif await self.front.rooms.state.ledger.get(read.heard.key) is not None:
            await settle(interaction, ANSWERED)
        else:
            await self._answer(interaction, read)

    async def titles(self, typed: str) -> list[str]:
        """Pages whose title holds all the words that were typed, those that begin with them first."""
        book = self.front.rooms.titles
        if book is None:
            return []
        try:
            known = await book.titles()
        except DocsbotError as error:
            logger.info("the pages' titles: %s", error.detail or error.text)
            return []
        words, begun = typed.casefold().split(), typed.strip().casefold()
        found = [title for title in known if all(word in title.casefold() for word in words)]
        found.sort(key=lambda title: not title.casefold().startswith(begun))
        names = dict.fromkeys(shorten(clean_line(title), NAME) for title in found)
        return [name for name in names if name][:CHOICES]

    async def sources(self, typed: str) -> list[str]:
        """Sources whose name holds what was typed."""
        try:
            known = await self.front.rooms.freshness.sources()
        except DocsbotError as error:
            logger.info("the sources: %s", error.detail or error.text)
            return []
        return [name for name in known if typed.casefold() in name.casefold() and len(name) <= NAME][:CHOICES]

    async def _answer(self, interaction: discord.Interaction, read: Message) -> None:
        heard = read.heard
        outlet = ChannelOutlet(self.front.client, read.place)
        await self.front.rooms.responder.answer(
            Incoming(
                key=heard.key,
                thread=read.thread,
                user=str(interaction.user.id),
                text=heard.text,
                origin="shortcut",
            ),
            self.front.reply(outlet, heard.key, heard.text),
        )
        claimed = await self.front.rooms.state.ledger.get(heard.key)
        shown = claimed is not None and bool(claimed.reply)
        await settle(interaction, BELOW if shown else NOT_HERE)

    def _key(self, interaction: discord.Interaction, message: int) -> MessageKey:
        channel = interaction.channel
        home = channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id
        return key_of(guild=interaction.guild_id, channel=home or 0, message=message)


def _read_sources(text: str, before: ChannelSettings) -> tuple[str, ...]:
    if not text:
        return before.sources
    return () if text.strip().casefold() == ALL else tuple(text.split())
