"""Slack's events → the responder: who is answered, where, and what an edit or a deletion does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.conversation.attention import Attention, Heard
from bot.conversation.drafts import DRAFT, Drafted, DraftReply
from bot.conversation.escalation import DeskMessage, Escalations
from bot.conversation.models import Incoming, Reply
from bot.conversation.rescue import Rescue
from bot.conversation.rooms import Rooms
from bot.core.state import Claimed, MessageKey
from bot.slack.crawl import CrawlPost
from bot.slack.desk import PeopleDesk
from bot.slack.events import Changed, Message
from bot.slack.private import ByMessage, PrivateReply
from bot.slack.reply import ThreadReply
from bot.slack.transport.account import Account
from bot.slack.transport.maintainers import Maintainers
from bot.slack.transport.means import Means
from bot.slack.transport.messages import find_marked
from bot.slack.transport.stream import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """One bot in one workspace."""

    account: Account
    rooms: Rooms
    means: Means
    maintainers: Maintainers
    desk: PeopleDesk
    escalations: Escalations
    attention: Attention

    def key(self, channel: str, message: str) -> MessageKey:
        return MessageKey(platform="slack", team=self.account.team, channel=channel, message=message)

    def place(self, channel: str, thread: str, question: str, user: str) -> Place:
        return Place(
            team=self.account.team,
            channel=channel,
            thread=thread,
            question=question,
            user=user,
            direct=channel.startswith("D"),
        )

    async def on_message(self, message: Message) -> None:
        """Answers a message that is meant for the bot, or takes a person's answer back to its question."""
        at_desk = not message.first and message.key.channel == self.desk.channel
        if at_desk and not message.mentioned:
            said = DeskMessage(key=message.key, thread=message.thread, author=message.user, text=message.text)
            if await self.escalations.take(said):
                return
        origin = await self.attention.origin(
            Heard(
                key=message.key,
                root=None if message.first else replace(message.key, message=message.thread),
                text=message.text,
                direct=message.direct,
                mentioned=message.mentioned,
                others=message.others,
            )
        )
        if origin:
            await self._answer(message, origin)

    async def on_change(self, change: Changed) -> None:
        """An edited question gets its answer anew, a deleted one loses it."""
        if change.kind == "deleted":
            await self._take_back(change.key)
        elif change.message is not None and change.text_changed and not await self._posts(change.key):
            known = await self.rooms.responder.edited(change.key, change.message.text, self.make_reply)
            if not known:
                await self.on_message(change.message)  # the edit may have added the mention

    async def on_stop(self, channel: str, written: list[str], thread: str) -> None:
        """The reader wants no more of an answer."""
        await self.rooms.responder.stop_thread(channel=channel, thread=thread)
        for ts in written:  # it may be another process that writes it
            claimed = await self.rooms.state.ledger.find_reply(
                platform="slack", team=self.account.team, channel=channel, reply=ts
            )
            if claimed is not None:
                await self.rooms.responder.stop(claimed.key)

    async def watch(self) -> None:
        """Takes up what crashed processes left, until it is cancelled."""

        def crawl(key: MessageKey, sources: tuple[str, ...]) -> CrawlPost:
            return CrawlPost(self.means, key.channel, key.message, sources)

        rescue = Rescue(
            rooms=self.rooms,
            escalations=self.escalations,
            make_reply=self.make_reply,
            make_crawl_message=crawl,
        )
        await rescue.watch()

    async def make_reply(self, claimed: Claimed) -> Reply:
        """A reply that goes on where an earlier one of this claim stands."""
        key = claimed.key
        place = self.place(key.channel, claimed.thread, key.message, claimed.user)
        if claimed.origin == DRAFT:
            drafted = Drafted(key=key, user=claimed.user, text=claimed.question)
            return DraftReply(self.desk, drafted, written=claimed.reply)
        if claimed.origin == "command":
            whisper = ByMessage(self.means.clients.patient, channel=key.channel, user=claimed.user)
            return PrivateReply(whisper, self.means, place)
        written = set(_timestamps(claimed.reply))
        if claimed.attempt > 1:  # what crashed had perhaps no time to note it
            written |= set(await find_marked(self.means.clients, place))
        return ThreadReply(self.means, place, written=sorted(written))

    async def _answer(self, message: Message, origin: str) -> None:
        key = message.key
        place = self.place(key.channel, message.thread, key.message, message.user)
        reply: Reply = ThreadReply(self.means, place)
        if origin == DRAFT:
            reply = DraftReply(self.desk, Drafted(key=key, user=message.user, text=message.text))
        incoming = Incoming(
            key=key, thread=message.thread, user=message.user, text=message.text, origin=origin
        )
        await self.rooms.responder.answer(incoming, reply)

    async def _posts(self, key: MessageKey) -> list[str]:
        """The messages in which a maintainer has posted the draft for this question."""
        claimed = await self.rooms.state.ledger.get(key)
        if claimed is None or claimed.origin != DRAFT:
            return []
        return _timestamps(await self.rooms.drafts.find_post(claimed))

    async def _take_back(self, key: MessageKey) -> None:
        """A question is gone: so is its answer, and what was posted of its draft."""
        if posts := await self._posts(key):
            place = self.place(key.channel, key.message, key.message, "")
            await ThreadReply(self.means, place, written=posts).retract()
        await self.rooms.responder.deleted(key, self.make_reply)


def _timestamps(reply: str) -> list[str]:
    return [ts for ts in reply.split(",") if ts]
