"""Slack's events → the responder: who is answered, where, and what an edit or a deletion does."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.conversation.models import Incoming
from bot.conversation.responder import Responder
from bot.conversation.writing import Stores
from bot.core.state import Claimed, MessageKey
from bot.slack.budget import StreamBudget
from bot.slack.events import Changed, Message
from bot.slack.reply import ThreadReply
from bot.slack.stream import Clients, Place

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """One bot in one workspace."""

    responder: Responder
    stores: Stores
    clients: Clients
    budget: StreamBudget

    async def on_message(self, message: Message) -> None:
        """Answers a message that is meant for the bot."""
        origin = await self._origin(message)
        if origin:
            await self._answer(message, origin)

    async def on_change(self, change: Changed) -> None:
        """An edited question gets its answer anew, a deleted one loses it."""
        if change.kind == "deleted":
            await self.responder.deleted(change.key, self.make_reply)
        elif change.message is not None and change.text_changed:
            known = await self.responder.edited(change.key, change.message.text, self.make_reply)
            if not known:
                await self.on_message(change.message)  # the edit may have added the mention

    async def on_stop(self, team: str, channel: str, written: list[str], thread: str) -> None:
        """The reader wants no more of an answer."""
        await self.responder.stop_thread(channel=channel, thread=thread)
        for ts in written:  # it may be another process that writes it
            claimed = await self.stores.ledger.find_reply(
                platform="slack", team=team, channel=channel, reply=ts
            )
            if claimed is not None:
                await self.responder.stop(claimed.key)

    async def make_reply(self, claimed: Claimed) -> ThreadReply:
        """A reply that goes on where an earlier one of this claim stands."""
        return ThreadReply(
            self.clients,
            Place(
                team=claimed.key.team,
                channel=claimed.key.channel,
                thread=claimed.thread,
                question=claimed.key.message,
                user=claimed.user,
                direct=claimed.key.channel.startswith("D"),
            ),
            self.budget,
            written=[ts for ts in claimed.reply.split(",") if ts],
        )

    async def _origin(self, message: Message) -> str:
        """Why the bot answers; empty where it does not."""
        if message.direct:
            return "dm"
        if message.mentioned:
            return "mention"
        if not message.first and not message.others and await self._began(message):
            return "follow_up"
        settings = await self.stores.channels.read(
            platform="slack", team=message.key.team, channel=message.key.channel
        )
        asks = message.first and not message.others and "?" in message.text
        return "unmentioned" if settings.mode == "all" and asks else ""

    async def _began(self, message: Message) -> bool:
        """Whether the thread began with a question to the bot."""
        root = MessageKey(
            platform="slack", team=message.key.team, channel=message.key.channel, message=message.thread
        )
        claimed = await self.stores.ledger.get(root)
        return claimed is not None and claimed.outcome != "retracted"

    async def _answer(self, message: Message, origin: str) -> None:
        place = Place(
            team=message.key.team,
            channel=message.key.channel,
            thread=message.thread,
            question=message.key.message,
            user=message.user,
            direct=message.direct,
        )
        incoming = Incoming(
            key=message.key,
            thread=message.thread,
            user=message.user,
            text=message.text,
            origin=origin,
        )
        await self.responder.answer(incoming, ThreadReply(self.clients, place, self.budget))
