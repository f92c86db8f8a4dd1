"""What the commands do, and the one in a message's menu."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.chat.card import Card, Words
from bot.chat.platform import PRIVATE, Act, Message
from bot.chat.talk import First, Talk
from bot.conversation.configuring import LanguageInvalid, describe_settings, read_language, read_mode
from bot.conversation.models import Incoming, ReplyGone
from bot.core.characters import clean_line, shorten
from bot.core.errors import DocsbotError
from bot.core.state import ChannelSettings, MessageKey

logger = logging.getLogger(__name__)

CHOICES = 25
"""Names that are offered while somebody types."""
NAME = 100
"""Characters of one."""
NOT_YOURS = "Only the maintainers may do that here. Please ask one of them."
NO_WORDS = "There are no words in that message that I could answer, or I may not read them."
ANSWERED = "That message has an answer already."
BELOW = "The answer is below that message, or in its thread."
ALL = "all"
"""Typed for every source."""
NO_DRAFTS = "There is no channel for drafts: the operator sets it by {variable}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    talk: Talk

    async def ask(self, act: Act, key: MessageKey, question: str) -> None:
        """Answers who asked alone. `key`: the command, as it has no message."""
        incoming = Incoming(
            key=key, thread=f"{PRIVATE}{key.message}", user=act.user, text=question, origin="command"
        )
        await self.talk.rooms.responder.answer(incoming, act.reply(key))

    async def answer_message(self, act: Act, message: Message, first: First) -> None:
        """From a message's menu: the answer goes where that of a mention would."""
        ledger = self.talk.rooms.state.ledger
        if not message.heard.text:
            await act.tell(NO_WORDS)
            return
        if await ledger.get(message.heard.key) is not None:
            await act.tell(ANSWERED)
            return
        await self.talk.answer(message, first, origin="shortcut")
        claimed = await ledger.get(message.heard.key)
        if claimed is not None and claimed.reply:
            if act.confirms:
                await act.tell(BELOW)
        elif act.confirms or (claimed is not None and claimed.outcome == "failed"):
            await act.tell(self.talk.platform.not_here)

    async def status(self, act: Act) -> None:
        await act.show(await self.describe_status())

    async def describe_status(self) -> str:
        """What the bot answers from, as Markdown, or why that cannot be told."""
        try:
            return await self.talk.rooms.freshness.describe()
        except DocsbotError as error:
            logger.warning("the status: %s", error.detail or error.text)
            return error.text

    async def reindex(self, act: Act, sources: Sequence[str]) -> None:
        """For maintainers: a crawl of these sources; of the configured ones without any."""
        if await act.may_manage():
            await self.follow(act, sources)
        else:
            await act.tell(NOT_YOURS)

    async def follow(self, act: Act, sources: Sequence[str]) -> None:
        """Asks for a crawl, and follows it in one message."""
        platform = self.talk.platform
        asked = Words(f"{platform.person(act.user)} asked for a crawl.")
        try:
            if (made := await act.open_crawl()) is None:
                card = Card(parts=(asked,), summary="Asked for a crawl.")
                key = act.key_of(await platform.post(act.room, card))
                made = key, platform.crawl_message(key)
        except ReplyGone as gone:
            logger.warning("a crawl cannot be followed: %s", gone)
            await act.tell(platform.not_here)
            return
        key, message = made
        await self.talk.rooms.crawls.follow(key, sources, message)

    async def read_settings(self, key: MessageKey) -> ChannelSettings:
        """Those of the channel of a message."""
        book = self.talk.rooms.state.channels
        return await book.read(platform=key.platform, team=key.team, channel=key.channel)

    async def change_settings(
        self, act: Act, key: MessageKey, *, mode: str, sources: str, language: str | None
    ) -> None:
        """As `keep_settings`, of what was typed: empty values, or None, leave theirs as it is."""
        before = await self.read_settings(key)
        named = () if sources.strip().casefold() == ALL else tuple(sources.split())
        try:
            settings = ChannelSettings(
                sources=named if sources else before.sources,
                mode=read_mode(mode) if mode else before.mode,
                language=before.language if language is None else read_language(language),
            )
        except LanguageInvalid as error:
            await act.tell(str(error))
            return
        await self.keep_settings(act, key, settings)

    async def keep_settings(self, act: Act, key: MessageKey, settings: ChannelSettings) -> None:
        """For maintainers: how the bot answers in the channel of this message; tells what holds now."""
        platform = self.talk.platform.name
        if not await act.may_manage():
            await act.tell(NOT_YOURS)
            return
        if settings.mode == "drafts" and not self.talk.desk.channel:
            await act.tell(NO_DRAFTS.format(variable=f"{platform.upper()}_ESCALATION"))
            return
        if settings != await self.read_settings(key):
            await self.talk.rooms.state.channels.write(
                settings, platform=platform, team=key.team, channel=key.channel, user=act.user
            )
        await act.show(describe_settings(settings))

    async def titles(self, typed: str) -> list[str]:
        """Pages whose title holds all the words that were typed, those that begin with them first."""
        book = self.talk.rooms.titles
        known = await _known(book.titles) if book is not None else ()
        words, begun = typed.casefold().split(), typed.strip().casefold()
        found = [title for title in known if all(word in title.casefold() for word in words)]
        found.sort(key=lambda title: not title.casefold().startswith(begun))
        names = dict.fromkeys(shorten(clean_line(title), NAME) for title in found)
        return [name for name in names if name][:CHOICES]

    async def sources(self, typed: str = "") -> list[str]:
        """Sources whose name holds what was typed."""
        known = await _known(self.talk.rooms.freshness.sources)
        return [name for name in known if typed.casefold() in name.casefold()]


async def _known(read: Callable[[], Awaitable[Sequence[str]]]) -> Sequence[str]:
    """Names to choose from; none where they cannot be read now."""
    try:
        return await read()
    except DocsbotError as error:
        logger.info("names to choose from: %s", error.detail or error.text)
        return ()
