"""Looks for what crashed processes left, and has it taken up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.conversation.models import ReplyGone
from bot.core.errors import DocsbotError
from bot.core.state import LEASE, AnswerLedger, Claimed, MessageKey, Platform

logger = logging.getLogger(__name__)

LOOK = 3.0
"""Seconds between two looks."""

ENDING = 3.0
"""Seconds between an answer's last word and the ledger's, at the most."""

TakeUp = Callable[[Claimed], Awaitable[None]]


async def find_ended(ledger: AnswerLedger, key: MessageKey, *, seconds: float = ENDING) -> Claimed | None:
    """The claim once it has ended; as it is, where that takes longer.

    A reader may press a button on an answer a moment before the ledger knows that it is whole.
    """
    end = asyncio.get_running_loop().time() + seconds
    while True:
        claimed = await ledger.get(key)
        if claimed is None or claimed.outcome is not None or asyncio.get_running_loop().time() > end:
            return claimed
        await asyncio.sleep(0.1)


class Watch:
    """Looks through one platform's claims. `owner` names this process, as in its other claims."""

    def __init__(
        self, ledger: AnswerLedger, *, platform: Platform, owner: str, lease: timedelta = LEASE
    ) -> None:
        self._ledger = ledger
        self._platform = platform
        self._owner = owner
        self._lease = lease

    async def run(self, take_up: TakeUp) -> None:
        """Takes up what was left, each in a task of its own, until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    left = await self._ledger.take_over(
                        platform=self._platform, owner=self._owner, lease=self._lease
                    )
                except DocsbotError as error:
                    logger.warning("looking for unfinished answers: %s", error.detail or error.text)
                    left = ()
                for claimed in left:
                    tasks.create_task(_guarded(take_up, claimed))
                await asyncio.sleep(LOOK)


async def _guarded(take_up: TakeUp, claimed: Claimed) -> None:
    """What cannot be taken up now is looked at again when its lease has run out."""
    try:
        await take_up(claimed)
    except DocsbotError as error:
        logger.warning("taking up an answer: %s", error.detail or error.text)
    except ReplyGone as gone:
        logger.warning("taking up an answer: %s", gone)
