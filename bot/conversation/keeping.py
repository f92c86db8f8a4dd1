"""Keeps the claims of the answers that are being written here, all of them with one call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta

from bot.core.errors import DocsbotError
from bot.core.state import AnswerLedger, MessageKey, Outcome

logger = logging.getLogger(__name__)

RENEW = 0.8
"""Seconds between two signs of life; another process's word that the answer is to stop comes with them."""


@dataclass(slots=True, eq=False)
class Running:
    """An answer that is being written here."""

    task: asyncio.Task[None]
    thread: str
    ending: Outcome | None = None
    """Why it is being ended from outside; None while it runs."""
    silently: bool = False
    """What was shown is left as it is."""
    ended: bool = False
    """It was ended from outside, in time: what that wants was done."""
    said: bool = False
    """Nothing more is sent: its claim is being ended."""


class Keeper:
    """Renews what runs. `owner` names this process, as in its claims."""

    def __init__(self, ledger: AnswerLedger, *, owner: str, lease: timedelta) -> None:
        self._ledger = ledger
        self._owner = owner
        self._lease = lease
        self._keeping: asyncio.Task[None] | None = None
        self.running: dict[MessageKey, Running] = {}

    def add(self, key: MessageKey, running: Running) -> None:
        self.running[key] = running
        if self._keeping is None or self._keeping.done():
            # In a context of its own: it belongs to no question.
            self._keeping = asyncio.create_task(self._keep(), context=Context())

    def remove(self, key: MessageKey, running: Running) -> None:
        """Unless another answer to the same message has taken its place."""
        if self.running.get(key) is running:
            del self.running[key]

    async def close(self) -> None:
        """Ends all that runs, and leaves it to the next process: its claims run out."""
        running = list(self.running.values())
        for item in running:
            item.task.cancel()
        await asyncio.gather(*(item.task for item in running), return_exceptions=True)
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)

    async def _keep(self) -> None:
        while self.running:
            await asyncio.sleep(RENEW)
            try:
                await self._renew({key: item for key, item in self.running.items() if not item.said})
            except DocsbotError as error:
                logger.warning("renewing claims: %s", error.detail or error.text)

    async def _renew(self, running: Mapping[MessageKey, Running]) -> None:
        """Once a claim is lost nothing is sent, but for what another process was told to do."""
        held = await self._ledger.renew_all(tuple(running), owner=self._owner, lease=self._lease)
        for key in running.keys() - held:
            claimed, item = await self._ledger.get(key), running[key]
            if item.said:
                continue  # it has ended meanwhile
            if claimed is not None and claimed.outcome in ("stopped", "retracted"):
                item.ending = claimed.outcome
            item.task.cancel()
