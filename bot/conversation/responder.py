"""One answer a message: claimed before work, renewed while it is written, taken up again after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from weakref import WeakValueDictionary

from bot.conversation.keeping import RENEW, Keeper, Running
from bot.conversation.limits import RateLimit
from bot.conversation.models import Incoming, Reply, ReplyGone
from bot.conversation.watching import find_ended
from bot.conversation.writing import CUT_SHORT, Stores, Writing
from bot.core.correlation import correlated, question_id
from bot.core.ports import Asker
from bot.core.state import LEASE, Claimed, MessageKey, Outcome, Platform

ATTEMPTS = 5
"""Times that an answer is begun before it is given up: what crashes a process must not crash all of them."""
TOO_MANY = "You ask faster than I may answer. Please try again in {seconds:.0f} seconds."


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    user: RateLimit
    team: RateLimit


MakeReply = Callable[[Claimed], Awaitable[Reply | None]]
"""A reply that takes up a claim where a crashed process left it; None where that place is gone."""


class Responder:
    """Answers messages of one platform. `owner` names this process, differently at each start."""

    def __init__(
        self,
        asker: Asker,
        stores: Stores,
        *,
        platform: Platform,
        owner: str,
        limits: Limits,
        lease: timedelta = LEASE,
    ) -> None:
        self._asker = asker
        self._stores = stores
        self._platform = platform
        self._owner = owner
        self._limits = limits
        self._keeper = Keeper(stores.ledger, owner=owner, lease=lease)
        self._claiming: dict[MessageKey, asyncio.Future[Claimed | None]] = {}
        self._editing: WeakValueDictionary[MessageKey, asyncio.Lock] = WeakValueDictionary()

    async def answer(self, incoming: Incoming, reply: Reply) -> None:
        """Answers a message unless it was taken up before, by whatever process; returns when that is done."""
        if incoming.key in self._keeper.running:
            return
        if (claiming := self._claiming.get(incoming.key)) is not None:
            # A mention is told of twice at once, as itself and as a message: one claim is enough for both.
            await asyncio.shield(claiming)
            return
        claimed = await self._claim(incoming)
        if claimed is None:
            return
        wait = self._limits.user.take(incoming.user) or self._limits.team.take(incoming.key.team)
        await self._run(claimed, reply, refusal=TOO_MANY.format(seconds=max(wait, 1)) if wait else "")

    async def _claim(self, incoming: Incoming) -> Claimed | None:
        claim = self._stores.ledger.claim(
            incoming.key,
            owner=self._owner,
            thread=incoming.thread,
            user=incoming.user,
            question=incoming.text,
            origin=incoming.origin,
        )
        claiming = self._claiming[incoming.key] = asyncio.ensure_future(claim)
        try:
            return await asyncio.shield(claiming)
        finally:
            del self._claiming[incoming.key]

    async def edited(self, key: MessageKey, text: str, make_reply: MakeReply) -> bool:
        """A question was edited: its answer is written anew, in its place. False where it had none."""
        async with self._editing.setdefault(key, asyncio.Lock()):  # quick edits one by one
            claimed = await self._reopen(key, text)
        if claimed is not None and (reply := await make_reply(claimed)) is not None:
            await self._run(claimed, reply)
        return claimed is not None or await self._stores.ledger.get(key) is not None

    async def _reopen(self, key: MessageKey, text: str) -> Claimed | None:
        """None where there is nothing to write anew."""
        for _ in range(15):  # while an earlier edit has just begun it anew
            before = await self._stores.ledger.get(key)
            if before is None or before.question == text:
                return None
            await self._end(key, "retracted", silently=True)
            if claimed := await self._stores.ledger.reopen(key, owner=self._owner, question=text):
                return claimed
            await asyncio.sleep(RENEW / 4)
        return None

    async def retry(self, key: MessageKey, make_reply: MakeReply, *, user: str) -> bool:
        """An answer that failed is begun again, in its place; False where it did not. `user`: who asks."""
        before = await find_ended(self._stores.ledger, key)
        if before is None or before.outcome != "failed":
            return False
        if self._limits.user.take(user) or self._limits.team.take(key.team):
            return False
        claimed = await self._stores.ledger.reopen(key, owner=self._owner, question=before.question)
        if claimed is None or (reply := await make_reply(claimed)) is None:
            return False
        await self._run(claimed, reply)
        return True

    async def deleted(self, key: MessageKey, make_reply: MakeReply) -> None:
        """A question was deleted: its answer goes too, whichever process wrote it."""
        if await self._end(key, "retracted"):
            return
        claimed = await self._stores.ledger.revoke(key, outcome="retracted")
        if claimed is not None and (reply := await make_reply(claimed)) is not None:
            with suppress(ReplyGone):
                await reply.retract()

    async def stop(self, key: MessageKey) -> bool:
        """Ends an answer that is being written, here or in another process; False where it is not."""
        if await self._end(key, "stopped"):
            return True
        return await self._stores.ledger.revoke(key, outcome="stopped") is not None

    async def stop_thread(self, *, channel: str, thread: str) -> None:
        """Ends what is being written here into a thread."""
        running = [
            key
            for key, item in self._keeper.running.items()
            if (key.channel, item.thread) == (channel, thread)
        ]
        for key in running:
            await self._end(key, "stopped")

    async def take_up(self, claimed: Claimed, make_reply: MakeReply) -> None:
        """Goes on with what a crashed process left. Raises ReplyGone where that may pass."""
        if claimed.key in self._keeper.running:
            return  # its own, that it could not renew for a while
        try:
            reply = await make_reply(claimed)
        except ReplyGone:
            if claimed.attempt <= ATTEMPTS:
                raise
            reply = None
        given_up = claimed.attempt > ATTEMPTS and not claimed.answer
        if reply is None:
            await self._stores.ledger.finish(
                claimed.key, owner=self._owner, outcome="failed", answer=claimed.answer
            )
        else:
            await self._run(claimed, reply, refusal=CUT_SHORT if given_up else "")

    async def close(self) -> None:
        """Leaves what is being written to the next process: its claims run out."""
        await self._keeper.close()

    async def _run(self, claimed: Claimed, reply: Reply, *, refusal: str = "") -> None:
        """Writes an answer, or why there is none, in a task of its own, which can be ended from outside."""
        with correlated(question_id(claimed.key), platform=claimed.key.platform):
            task = asyncio.create_task(self._write(claimed, reply, refusal))
        running = Running(task, claimed.thread)
        self._keeper.add(claimed.key, running)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            self._keeper.remove(claimed.key, running)
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

    async def _end(self, key: MessageKey, outcome: Outcome, *, silently: bool = False) -> bool:
        """Ends an answer that is being written here, and waits; False where none is, or it is whole."""
        running = self._keeper.running.get(key)
        if running is None:
            return False
        await asyncio.sleep(0)  # a task that is ended before it has begun would leave its claim open
        running.ending, running.silently = outcome, silently
        running.task.cancel()
        await asyncio.wait({running.task})
        return running.ended

    async def _write(self, claimed: Claimed, reply: Reply, refusal: str) -> None:
        writing = Writing(self._asker, self._stores, claimed, reply)
        running = self._keeper.running[claimed.key]
        try:
            outcome = await (writing.refuse(refusal) if refusal else writing.show())
        except asyncio.CancelledError:
            if running.ending is None:
                raise  # another process has it now, or this one ends: nothing more is sent
            running.task.uncancel()
            outcome = running.ending
            running.ended = True
            if not running.silently:
                with suppress(ReplyGone):
                    await writing.wind_up(outcome)
        except ReplyGone:
            outcome = "failed"
        running.said = True
        if await self._stores.ledger.finish(
            claimed.key,
            owner=self._owner,
            outcome=outcome,
            answer=writing.text,
            citations=writing.citations,
        ):
            await writing.remember(outcome)
