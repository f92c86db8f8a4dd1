"""What the buttons below the bot's messages do."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.chat.card import Card, Quote, Words
from bot.chat.commands import NOT_YOURS, Commands
from bot.chat.platform import Act
from bot.chat.talk import Talk
from bot.chat.verbs import MANAGED, Verb
from bot.conversation import drafts, escalation
from bot.conversation.models import Reply
from bot.core.errors import DocsbotError
from bot.core.state import Claimed, MessageKey

logger = logging.getLogger(__name__)

COMMENT = 2_000
"""Characters of what is written to a thumb down."""
THANKS = "Thank you."
FORGOTTEN = "That answer is not known any more."
NOT_TO_STOP = "Only who asked, or a maintainer, may stop it."
NOT_AGAIN = "That cannot be tried again now. Please ask it once more in a minute."
OVER = "That crawl cannot be cancelled, or is over."

Work = Callable[[Act, MessageKey], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    talk: Talk
    commands: Commands

    async def press(self, act: Act, verb: Verb, key: MessageKey) -> None:
        """Acts on a button; whatever becomes of it, who pressed it is told."""
        works: dict[Verb, Work] = {
            "stop": self._stop,
            "up": self._vote_up,
            "down": self._vote_down,
            "human": self._hand_over,
            "retry": self._retry,
            "share": self._share,
            "post": self._post,
            "discard": self._discard,
            "cancel": self._cancel,
            "again": self._crawl_again,
        }
        try:
            if verb in MANAGED and not await act.may_manage():
                await act.tell(NOT_YOURS)
            else:
                await works[verb](act, key)
        except DocsbotError as error:
            logger.warning("the button %s: %s", verb, error.detail or error.text)
            await act.tell(error.text)

    async def explain(self, act: Act, key: MessageKey, comment: str) -> None:
        """Why a thumb is down."""
        await self._thank(act, await self._vote(act, key, up=False, comment=comment[:COMMENT]))

    async def _vote_up(self, act: Act, key: MessageKey) -> None:
        await self._thank(act, await self._vote(act, key, up=True))

    async def _vote_down(self, act: Act, key: MessageKey) -> None:
        """The modal comes first, as platforms wait for seconds; the vote counts also where it is left."""
        await act.ask_why(key)
        await self._vote(act, key, up=False)

    async def _vote(self, act: Act, key: MessageKey, *, up: bool, comment: str = "") -> bool:
        return await self.talk.rooms.vote(key, user=act.user, up=up, comment=comment)

    async def _thank(self, act: Act, known: bool) -> None:
        if act.confirms or not known:
            await act.tell(THANKS if known else FORGOTTEN)

    async def _stop(self, act: Act, key: MessageKey) -> None:
        claimed = await self.talk.rooms.state.ledger.get(key)
        if (claimed is not None and claimed.user == act.user) or await act.may_manage():
            await self.talk.rooms.responder.stop(key)
        else:
            await act.tell(NOT_TO_STOP)

    async def _hand_over(self, act: Act, key: MessageKey) -> None:
        await act.tell(escalation.WORDS[await self.talk.escalations.hand_over(key, by=act.user)])

    async def _retry(self, act: Act, key: MessageKey) -> None:
        async def make_reply(claimed: Claimed) -> Reply:
            return await act.take_up(claimed) or await self.talk.take_up(claimed)

        if not await self.talk.rooms.responder.retry(key, make_reply, user=act.user):
            await act.tell(NOT_AGAIN)

    async def _share(self, act: Act, key: MessageKey) -> None:
        """A private answer, in the channel."""
        platform = self.talk.platform

        async def show(claimed: Claimed) -> str:
            asked = Words(f"{platform.person(claimed.user)} asked:")
            head = Card(parts=(asked, Quote(claimed.question)), summary=claimed.question)
            message = await platform.post(act.room, head)
            await platform.reply_below(claimed, act.room, message).show(claimed)
            return message

        posted = await self.talk.rooms.drafts.post(key, "share", show, by=act.user)
        await act.tell(drafts.WORDS[posted])

    async def _post(self, act: Act, key: MessageKey) -> None:
        posted = await self.talk.rooms.drafts.post(key, "post", self.talk.show_draft, by=act.user)
        if posted == "posted":
            await act.close(f"Posted by {self.talk.platform.person(act.user)}.")
        else:
            await act.tell(drafts.WORDS[posted])

    async def _discard(self, act: Act, _key: MessageKey) -> None:
        await act.close(f"Discarded by {self.talk.platform.person(act.user)}.")

    async def _cancel(self, act: Act, key: MessageKey) -> None:
        try:
            cancelled = await self.talk.rooms.crawls.cancel(await self._sources(key))
        except DocsbotError as error:
            logger.warning("cancelling a crawl: %s", error.detail or error.text)
            cancelled = False
        if not cancelled:
            await act.tell(OVER)

    async def _crawl_again(self, act: Act, key: MessageKey) -> None:
        await self.commands.follow(act, await self._sources(key))

    async def _sources(self, key: MessageKey) -> tuple[str, ...]:
        """What the crawl that this message follows was asked for."""
        job = await self.talk.rooms.jobs.find(key, "crawl")
        return tuple(job.question.splitlines()) if job else ()
