"""Messages → answers: who is answered, where, and what an edit or a deletion does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.chat.desk import PeopleDesk
from bot.chat.platform import AnswerReply, Message, Platform
from bot.conversation.attention import Attention
from bot.conversation.drafts import DRAFT, Drafted, DraftReply
from bot.conversation.escalation import DeskMessage, Escalations
from bot.conversation.models import Incoming, Reply
from bot.conversation.newest import Newest
from bot.conversation.rescue import Rescue
from bot.conversation.rooms import Rooms
from bot.core.state import Claimed, MessageKey

First = Callable[[], Reply]
"""Makes the reply to a message, where it is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    rooms: Rooms
    platform: Platform
    desk: PeopleDesk
    escalations: Escalations
    attention: Attention
    _newest: Newest[MessageKey, str] = field(default_factory=Newest)
    """What was edited last: of two quick edits, the listener of the first may come last."""

    async def hear(self, message: Message, first: First) -> str:
        """Answers a message that is meant for the bot, or takes a person's answer back to its question.

        Why it was answered; empty where it was not.
        """
        heard = message.heard
        if message.below and message.room == self.desk.channel:
            said = DeskMessage(key=heard.key, thread=message.below, author=message.user, text=heard.text)
            if await self.escalations.take(said):
                return ""
        if origin := await self.attention.origin(heard):
            await self.answer(message, first, origin=origin)
        return origin

    async def answer(self, message: Message, first: First, *, origin: str) -> None:
        """Whatever it is: answers it. `origin`: why."""
        heard = message.heard
        drafted = Drafted(key=heard.key, user=message.user, text=heard.text)
        reply = DraftReply(self.desk, drafted) if origin == DRAFT else first()
        incoming = Incoming(
            key=heard.key, thread=message.thread, user=message.user, text=heard.text, origin=origin
        )
        await self.rooms.responder.answer(incoming, reply)

    async def hear_edit(self, message: Message, first: First) -> None:
        """An edited question gets its answer anew."""
        key = message.heard.key
        self._newest.keep(key, message.heard.text)
        if await self._find_post(await self.rooms.state.ledger.get(key)):
            return  # a maintainer has posted it as it is
        newest = self._newest.get(key)
        text = message.heard.text if newest is None else newest
        if not await self.rooms.responder.edited(key, text, self.take_up):
            await self.hear(message, first)  # the edit may have added the mention

    async def hear_deletion(self, key: MessageKey) -> None:
        """A question is gone: so is its answer, and what was posted of its draft."""
        claimed = await self.rooms.state.ledger.get(key)
        if claimed is not None and (post := await self._find_post(claimed)):
            shown = await self.platform.take_up(replace(claimed, origin="mention", reply=post))
            await shown.retract()
        await self.rooms.responder.deleted(key, self.take_up)

    async def take_up(self, claimed: Claimed) -> Reply:
        """A reply that goes on where an earlier one of this claim stands. Raises ReplyGone."""
        if claimed.origin == DRAFT:
            drafted = Drafted(key=claimed.key, user=claimed.user, text=claimed.question)
            return DraftReply(self.desk, drafted, written=claimed.reply)
        return await self.platform.take_up(claimed)

    async def show_draft(self, claimed: Claimed) -> str:
        """Posts an answer that waited, where it was asked; its id. Raises ReplyGone."""
        reply: AnswerReply = self.platform.reply(claimed)
        return await reply.show(claimed)

    async def watch(self) -> None:
        """Takes up what crashed processes left, until it is cancelled."""
        rescue = Rescue(
            rooms=self.rooms,
            escalations=self.escalations,
            make_reply=self.take_up,
            make_crawl_message=self.platform.crawl_message,
        )
        await rescue.watch()

    async def _find_post(self, claimed: Claimed | None) -> str:
        """Where a maintainer has posted the draft for this question; empty where nobody has."""
        if claimed is None or claimed.origin != DRAFT:
            return ""
        return await self.rooms.drafts.find_post(claimed)
