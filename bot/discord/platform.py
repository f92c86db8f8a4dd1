"""Discord, as the shared rooms of a chat front see it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial
from typing import Final, Literal

import discord

from bot.chat.card import Card
from bot.chat.reply import ChatReply
from bot.chat.verbs import below_answer
from bot.conversation.freshness import Freshness
from bot.conversation.models import Reply, ReplyGone
from bot.conversation.newest import Newest
from bot.core.state import Claimed, MessageKey
from bot.discord.calls.reach import attempt, make_nonce, reach
from bot.discord.events import Asked
from bot.discord.markup.buttons import view
from bot.discord.markup.layout import lay_out_card
from bot.discord.writing.crawl import CrawlPost
from bot.discord.writing.outlet import ChannelOutlet, Outlet, WhisperOutlet
from bot.discord.writing.place import DIRECT, Place, place_of, place_within
from bot.discord.writing.sheet import MessageSheet


class DiscordPlatform:
    """The Platform. `humans`: there are people who can be asked."""

    name: Final[Literal["discord"]] = "discord"
    how_to_answer = "*Reply to this message: your answer is posted where it was asked.*"
    not_here = "I may not write in that channel. Please ask its moderators to let me write there."

    def __init__(self, client: discord.Client, freshness: Freshness, *, humans: bool) -> None:
        self.client = client
        self._freshness = freshness
        self._humans = humans
        self._sheets: Newest[MessageKey, MessageSheet] = Newest()
        """In whose place others may go on."""

    def person(self, user: str) -> str:
        return f"<@{user}>"

    def group(self, group: str) -> str:
        return f"<@&{group}>"

    async def locate(self, key: MessageKey) -> str:
        if key.team == DIRECT:
            return " in a direct message"
        return f" in <#{key.channel}> (<https://discord.com/channels/{key.team}/{key.channel}/{key.message}>)"

    async def post(self, room: str, card: Card) -> str:
        """Messages one below the other; the last one has the buttons, and is the card."""
        place = self.client.get_partial_messageable(int(room))
        told = [discord.Object(int(group)) for group in card.told]
        allowed = discord.AllowedMentions(everyone=False, users=False, replied_user=False, roles=told)
        pieces, last = lay_out_card(card), 0
        for number, piece in enumerate(pieces):
            send = partial(
                place.send,
                piece,
                nonce=make_nonce(),
                view=view(card.verbs if number == len(pieces) - 1 else (), card.key),
                suppress_embeds=True,
                allowed_mentions=allowed,
            )
            last = (await reach(send)).id
        return str(last)

    async def post_where_asked(self, key: MessageKey, thread: str, card: Card) -> None:
        try:
            await self.post(thread.partition("/")[0], card)
        except ReplyGone:  # the thread was never opened, or is gone
            await self.post(key.channel, card)

    async def remove(self, room: str, message: str) -> None:
        place = self.client.get_partial_messageable(int(room))
        await attempt(place.get_partial_message(int(message)).delete)

    async def open_direct(self, user: str) -> str:
        return str((await reach(lambda: self.client.create_dm(discord.Object(int(user))))).id)

    async def tell(self, user: int, text: str) -> None:
        """A word to somebody who cannot be told where he asked; he may not take any."""
        nonce = make_nonce()

        async def send() -> None:
            await (await self.client.create_dm(discord.Object(user))).send(text, nonce=nonce)

        await attempt(send)

    async def take_up(self, claimed: Claimed) -> Reply:
        key = claimed.key
        earlier = self._sheets.get(key)
        noted = [claimed.reply, await earlier.rest() if earlier else ""]
        room = next((name.partition(":")[0] for name in noted if name), "0")
        outlet = self.open_outlet(await self._find_place(claimed), claimed.question, room=int(room))
        ids = ",".join(name.partition(":")[2] for name in noted).split(",")
        # What crashed or was cut short had perhaps no time to note it.
        written = sorted({int(number) for number in ids if number} | await outlet.find(key))
        # What is begun anew, and not after a crash, has messages of its own.
        mark = "" if claimed.attempt > 1 else secrets.token_hex(8)
        return self.answer(outlet, key, written=written, mark=mark)

    def reply(self, claimed: Claimed) -> ChatReply:
        return self.answer(self.open_outlet(place_of(claimed), claimed.question), claimed.key)

    def reply_below(self, claimed: Claimed, room: str, message: str) -> ChatReply:
        place = place_within(claimed.key.team, int(room), int(claimed.user))
        return self.answer(self.open_outlet(place, claimed.question), claimed.key)

    def crawl_message(self, key: MessageKey) -> CrawlPost:
        return CrawlPost(self.client, key)

    def open_outlet(self, place: Place, title: str, *, room: int = 0) -> ChannelOutlet:
        """`title`: of a thread that must be opened. `room`: where earlier messages of this answer are."""
        return ChannelOutlet(self.client, place, title=title, room=room)

    def first(self, asked: Asked) -> ChatReply:
        """The reply to a message."""
        return self.answer(self.open_outlet(asked.place, asked.heard.text), asked.heard.key)

    def answer(
        self, outlet: Outlet, key: MessageKey, *, written: Sequence[int] = (), mark: str = ""
    ) -> ChatReply:
        """A reply by this outlet. `written`, `mark`: as those of a MessageSheet."""
        shareable = isinstance(outlet, WhisperOutlet) and key.team != DIRECT
        sheet = MessageSheet(outlet, key, written=written, mark=mark)
        self._sheets.keep(key, sheet)
        below = below_answer(humans=self._humans, shareable=shareable)
        return ChatReply(sheet, self._freshness, below=below)

    async def _find_place(self, claimed: Claimed) -> Place:
        """A command whose interaction is not known any more is answered in direct messages."""
        if claimed.origin != "command":
            return place_of(claimed)
        return place_within(DIRECT, int(await self.open_direct(claimed.user)), int(claimed.user))
