"""Work besides answers that is done once, across processes and restarts: claimed in the ledger too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal

from bot.core.errors import DocsbotError
from bot.core.state import JOB, LEASE, AnswerLedger, Claimed, MessageKey

logger = logging.getLogger(__name__)

Kind = Literal["escalate", "relay", "post", "share", "crawl", "sync", "excuse"]
RENEW = 3.0
"""Seconds between two signs of life of a job that takes long."""


class Jobs:
    """Each job belongs to a message and a kind. `owner` names this process."""

    def __init__(self, ledger: AnswerLedger, *, owner: str) -> None:
        self._ledger = ledger
        self._owner = owner
        self._kept: set[MessageKey] = set()

    async def start(
        self, key: MessageKey, kind: Kind, *, thread: str = "", user: str = "", subject: str = ""
    ) -> Claimed | None:
        """Takes it up; None where it was before, and did not fail."""
        job = _name(key, kind)
        claimed = await self._ledger.claim(
            job, owner=self._owner, thread=thread, user=user, question=subject, origin=f"{JOB}{kind}"
        )
        return claimed or await self._ledger.reopen(job, owner=self._owner, question=subject)

    async def end(self, job: Claimed, *, ok: bool = True, reply: str = "") -> None:
        """Ends it; one that is not `ok` may be started again. `reply`: the message that it led to."""
        if reply:
            await self._ledger.note_reply(job.key, owner=self._owner, reply=reply)
        await self._ledger.finish(
            job.key, owner=self._owner, outcome="answered" if ok else "failed", answer=""
        )

    async def find(self, key: MessageKey, kind: Kind) -> Claimed | None:
        return await self._ledger.get(_name(key, kind))

    @asynccontextmanager
    async def keeping(self, job: Claimed) -> AsyncIterator[None]:
        """Keeps a job from being taken up by others while the context lasts."""
        renewing = asyncio.create_task(self._renew(job))
        self._kept.add(job.key)
        try:
            yield
        finally:
            self._kept.discard(job.key)
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    def is_kept(self, job: Claimed) -> bool:
        """Whether it goes on here: then it was only late with its sign of life."""
        return job.key in self._kept

    async def _renew(self, job: Claimed) -> None:
        while True:
            try:
                await self._ledger.renew(job.key, owner=self._owner, lease=LEASE)
            except DocsbotError as error:
                logger.warning("renewing a job: %s", error.detail or error.text)
            await asyncio.sleep(RENEW)


def subject_of(job: Claimed) -> MessageKey:
    """The message that the job belongs to."""
    return replace(job.key, message=job.key.message.partition(":")[2])


def _name(key: MessageKey, kind: Kind) -> MessageKey:
    return replace(key, message=f"{kind}:{key.message}")
