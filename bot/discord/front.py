"""Discord's events → the responder: who is answered, where, and what an edit or a deletion does."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import discord

from bot.conversation.attention import Attention
from bot.conversation.drafts import DRAFT, Drafted, DraftReply
from bot.conversation.escalation import DeskMessage, Escalations
from bot.conversation.models import Incoming, Reply
from bot.conversation.rescue import Rescue
from bot.conversation.rooms import Rooms
from bot.core.state import Claimed, MessageKey
from bot.discord.crawl import CrawlPost
from bot.discord.desk import PeopleDesk
from bot.discord.events import Message, key_of
from bot.discord.markup.buttons import Verb
from bot.discord.reply import MessageReply
from bot.discord.transport.interactions import acknowledge
from bot.discord.transport.outlet import ChannelOutlet, Outlet
from bot.discord.transport.place import DIRECT, Place, place_of, place_within
from bot.discord.transport.reach import attempt, make_nonce, reach

RECENT = timedelta(minutes=15)
"""A direct message goes on with the conversation before it when it comes within this time."""
T = TypeVar("T")
KEPT = 200
TOO_LATE = "That took too long to reach me. Please try it again."
NOT_HERE = "I may not answer in that channel. Please ask its moderators to let me write there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """One bot, in all its guilds."""

    client: discord.Client
    rooms: Rooms
    desk: PeopleDesk
    escalations: Escalations
    attention: Attention
    in_threads: bool
    _edits: dict[MessageKey, str] = field(default_factory=dict)
    """The newest texts of what was edited last: listeners of two quick edits may overtake each other."""
    _replies: dict[MessageKey, MessageReply] = field(default_factory=dict)
    """The newest ones."""

    @property
    def humans(self) -> bool:
        return bool(self.desk.channel)

    async def on_message(self, message: Message) -> None:
        """Answers a message that is meant for the bot, or takes a person's answer back to its question."""
        heard, place = message.heard, message.place
        if message.replies_to and place.asked_in == self.desk.channel and message.answers is None:
            said = DeskMessage(
                key=heard.key, thread=str(message.replies_to), author=str(place.user), text=heard.text
            )
            if await self.escalations.take(said):
                return
        origin = await self.attention.origin(heard)
        if origin:
            await self._answer(message, origin)

    async def on_edit(self, message: Message) -> None:
        """An edited question gets its answer anew."""
        key = message.heard.key
        _keep(self._edits, key, message.heard.text)
        if await self._post_of(key):
            return  # a maintainer has posted it as it is
        text = self._edits.get(key, message.heard.text)
        if not await self.rooms.responder.edited(key, text, self.make_reply):
            await self.on_message(message)  # the edit may have added the mention

    async def on_delete(self, key: MessageKey) -> None:
        """A question is gone: so is its answer, and what was posted of its draft."""
        if reply := await self._post_of(key):
            claimed = await self.rooms.state.ledger.get(key)
            if claimed is not None:
                shown = await self.make_reply(replace(claimed, origin="mention", reply=reply))
                await shown.retract()
        await self.rooms.responder.deleted(key, self.make_reply)

    async def watch(self) -> None:
        """Takes up what crashed processes left, until it is cancelled."""

        def crawl(key: MessageKey, sources: tuple[str, ...]) -> CrawlPost:
            return CrawlPost(self.client, key)

        rescue = Rescue(
            rooms=self.rooms,
            escalations=self.escalations,
            make_reply=self.make_reply,
            make_crawl_message=crawl,
        )
        await rescue.watch()

    async def make_reply(self, claimed: Claimed) -> Reply:
        """A reply that goes on where an earlier one of this claim stands. Raises ReplyGone."""
        key = claimed.key
        if claimed.origin == DRAFT:
            drafted = Drafted(key=key, user=claimed.user, text=claimed.question)
            return DraftReply(self.desk, drafted, written=claimed.reply)
        earlier = self._replies.get(key)
        noted = [claimed.reply, await earlier.rest() if earlier else ""]
        room = next((name.partition(":")[0] for name in noted if name), "0")
        outlet = ChannelOutlet(self.client, await self._find_place(claimed), room=int(room))
        ids = ",".join(name.partition(":")[2] for name in noted).split(",")
        # What crashed or was cut short had perhaps no time to note it.
        written = sorted({int(number) for number in ids if number} | await outlet.find(key))
        # What is begun anew, and not after a crash, has messages of its own.
        mark = "" if claimed.attempt > 1 else secrets.token_hex(8)
        return self.reply(outlet, key, claimed.question, written=written, mark=mark)

    def reply(
        self,
        outlet: Outlet,
        key: MessageKey,
        title: str,
        *,
        private: bool = False,
        written: Sequence[int] = (),
        mark: str = "",
    ) -> MessageReply:
        below: list[Verb] = ["up", "down"]
        below += ["human"] if self.humans else []
        below += ["share"] if private and key.team != DIRECT else []
        reply = MessageReply(
            outlet,
            key,
            title=" ".join(title.split()),
            freshness=self.rooms.freshness,
            below=tuple(below),
            written=written,
            mark=mark,
        )
        _keep(self._replies, key, reply)
        return reply

    async def show_draft(self, claimed: Claimed) -> str:
        """Posts an answer that waited, where it was asked; its id. Raises ReplyGone."""
        outlet = ChannelOutlet(self.client, place_of(claimed))
        return await self.reply(outlet, claimed.key, claimed.question).show(claimed)

    async def receive(
        self, interaction: discord.Interaction, *, private: bool = False, thinking: bool = True
    ) -> bool:
        """Acknowledges an interaction; whether it is this process's to act on.

        Where it came too late, who acted is told so directly, by one process.
        """
        receipt = await acknowledge(interaction, private=private, thinking=thinking)
        if receipt == "lost":
            key = key_of(
                guild=interaction.guild_id, channel=interaction.channel_id or 0, message=interaction.id
            )
            job = await self.rooms.jobs.start(key, "excuse", user=str(interaction.user.id))
            if job is not None:
                await self.tell(interaction.user.id, TOO_LATE)
                await self.rooms.jobs.end(job)
        return receipt == "mine"

    async def tell(self, user: int, text: str) -> None:
        """A word to somebody who cannot be told where he asked; he may not take any."""

        nonce = make_nonce()

        async def send() -> None:
            await (await self.client.create_dm(discord.Object(user))).send(text, nonce=nonce)

        await attempt(send)

    async def _answer(self, message: Message, origin: str) -> None:
        heard, place = message.heard, message.place
        reply: Reply
        outlet = ChannelOutlet(self.client, place)
        if origin == DRAFT:
            drafted = Drafted(key=heard.key, user=str(place.user), text=heard.text)
            reply = DraftReply(self.desk, drafted)
        else:
            reply = self.reply(outlet, heard.key, heard.text)
        incoming = Incoming(
            key=heard.key,
            thread=await self._conversation(message),
            user=str(place.user),
            text=heard.text,
            origin=origin,
        )
        await self.rooms.responder.answer(incoming, reply)
        if origin == "mention" and outlet.forbidden:
            await self.tell(place.user, NOT_HERE)

    async def _conversation(self, message: Message) -> str:
        """Which conversation a message belongs to."""
        if message.answers is not None:
            answered = await self.rooms.state.ledger.get(message.answers)
            return answered.thread if answered else message.thread
        if message.heard.direct:
            last = await self.rooms.state.ledger.asked_by(
                platform="discord", team=DIRECT, user=str(message.place.user), limit=1
            )
            if last and datetime.now(UTC) - last[0].claimed_at < RECENT:
                return last[0].thread
        return message.thread

    async def _find_place(self, claimed: Claimed) -> Place:
        """A command whose interaction is not known any more is answered in direct messages."""
        if claimed.origin != "command":
            return place_of(claimed)
        user = discord.Object(int(claimed.user))
        channel = await reach(lambda: self.client.create_dm(user))
        return place_within(DIRECT, channel.id, user.id)

    async def _post_of(self, key: MessageKey) -> str:
        """Where a maintainer has posted the draft for this question; empty where nobody has."""
        claimed = await self.rooms.state.ledger.get(key)
        if claimed is None or claimed.origin != DRAFT:
            return ""
        return await self.rooms.drafts.find_post(claimed)


def _keep(kept: dict[MessageKey, T], key: MessageKey, value: T) -> None:
    """Remembers the newest KEPT."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > KEPT:
        del kept[next(iter(kept))]
