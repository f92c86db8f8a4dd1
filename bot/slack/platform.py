"""Slack, as the shared rooms of a chat front see it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.chat.card import Card
from bot.chat.platform import PRIVATE, Message
from bot.chat.reply import ChatReply
from bot.chat.verbs import below_answer, crawl_verbs
from bot.conversation.crawl_card import CrawlCard
from bot.core.state import Claimed, MessageKey
from bot.slack.calls.account import Account
from bot.slack.calls.reach import reach, read, venture
from bot.slack.markup import blocks, render
from bot.slack.markup.render import Json
from bot.slack.writing.means import Means
from bot.slack.writing.messages import find_marked
from bot.slack.writing.place import Place, is_direct, key_of
from bot.slack.writing.sheet import ThreadSheet
from bot.slack.writing.whisper import ByMessage, Whisper, WhisperSheet

_TS = re.compile(r"\d{1,12}\.\d{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackPlatform:
    """The Platform: one bot in one workspace."""

    account: Account
    means: Means

    name: Final[Literal["slack"]] = "slack"
    how_to_answer: Final[str] = "_Answer in this thread: it is posted where it was asked._"

    @property
    def not_here(self) -> str:
        return f"I am not in this channel. Invite me with `/invite @{self.account.bot_name}`, then try again."

    def key(self, channel: str, message: str) -> MessageKey:
        return key_of(self.account.team, channel, message)

    def person(self, user: str) -> str:
        return f"<@{user}>"

    def group(self, group: str) -> str:
        return f"<!subteam^{group}>"

    async def locate(self, key: MessageKey) -> str:
        if is_direct(key.channel):
            return " in a direct message"
        if not _TS.fullmatch(key.message):  # a command's trigger
            return f", asked privately in <#{key.channel}>"
        call = self.means.clients.hasty.chat_getPermalink(channel=key.channel, message_ts=key.message)
        told = await read(call)
        return f" in <#{key.channel}>" + (f" (<{told['permalink']}|the question>)" if told else "")

    async def post(self, room: str, card: Card, *, thread: str = "") -> str:
        call = self.means.clients.once.chat_postMessage(
            channel=room,
            text=render.fallback(card.summary),
            blocks=blocks.lay_out(card),
            thread_ts=thread or None,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str((await reach(call))["ts"])

    async def post_where_asked(self, key: MessageKey, thread: str, card: Card) -> None:
        await self.post(key.channel, card, thread=thread)

    async def update(self, room: str, message: str, text: str, made: Sequence[Json]) -> None:
        """Writes a message anew. A failure raises nothing of its own."""
        client = self.means.clients.patient
        await venture(client.chat_update(channel=room, ts=message, text=text, blocks=list(made)))

    async def remove(self, room: str, message: str) -> None:
        await venture(self.means.clients.patient.chat_delete(channel=room, ts=message))

    async def open_direct(self, user: str) -> str:
        answer = await reach(self.means.clients.patient.conversations_open(users=user))
        return str(answer["channel"]["id"])

    async def take_up(self, claimed: Claimed) -> ChatReply:
        key, client = claimed.key, self.means.clients.patient
        if claimed.thread.startswith(PRIVATE):
            return self.whisper(ByMessage(client, channel=key.channel, user=claimed.user), key)
        place = _place(key, claimed.thread, claimed.user)
        written = {ts for ts in claimed.reply.split(",") if ts}
        if claimed.attempt > 1:  # what crashed had perhaps no time to note it
            written |= set(await find_marked(self.means.clients, place))
        return self._reply(place, written=sorted(written))

    def first(self, message: Message) -> ChatReply:
        """The reply to a message."""
        return self._reply(_place(message.heard.key, message.thread, message.user))

    def reply(self, claimed: Claimed) -> ChatReply:
        return self._reply(_place(claimed.key, claimed.thread, claimed.user))

    def reply_below(self, claimed: Claimed, room: str, message: str) -> ChatReply:
        return self._reply(_place(self.key(room, claimed.key.message), message, claimed.user))

    def whisper(self, whisper: Whisper, key: MessageKey, *, replaces: bool = False) -> ChatReply:
        """A reply that one person sees. `replaces`: in place of the message that he acted on."""
        below = below_answer(humans=self.means.humans, shareable=not is_direct(key.channel))
        return ChatReply(WhisperSheet(whisper, key, replaces=replaces), self.means.freshness, below=below)

    def crawl_message(self, key: MessageKey) -> CrawlPost:
        return CrawlPost(self, key)

    def _reply(self, place: Place, *, written: Sequence[str] = ()) -> ChatReply:
        """In a thread. `written`: as that of a ThreadSheet."""
        sheet = ThreadSheet(self.means, place, written=written)
        return ChatReply(sheet, self.means.freshness, below=below_answer(humans=self.means.humans))


@dataclass(frozen=True, slots=True)
class CrawlPost:
    """The CrawlMessage of a message that was posted."""

    platform: SlackPlatform
    key: MessageKey

    async def show(self, card: CrawlCard) -> None:
        """The CrawlMessage's."""
        text = card.text()
        made = [*render.sections(text), *blocks.buttons(crawl_verbs(card), self.key)]
        await self.platform.update(self.key.channel, self.key.message, render.fallback(text), made)


def _place(key: MessageKey, thread: str, user: str) -> Place:
    return Place(team=key.team, channel=key.channel, thread=thread, question=key.message, user=user)
