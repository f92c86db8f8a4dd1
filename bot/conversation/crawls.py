"""A crawl that a chat asked for, followed in one message, also after a restart of the bot."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import aclosing
from typing import Protocol

from bot.conversation.crawl_card import CrawlCard
from bot.conversation.jobs import Jobs
from bot.core.errors import DocsbotError
from bot.core.ports import CrawlControl
from bot.core.state import Claimed, MessageKey

logger = logging.getLogger(__name__)


class CrawlMessage(Protocol):
    async def show(self, card: CrawlCard) -> None:
        """Writes the message anew. A failure takes nothing from the crawl: it raises nothing of its own."""
        ...


class CrawlFollowing:
    def __init__(self, crawls: CrawlControl, jobs: Jobs) -> None:
        self._crawls = crawls
        self._jobs = jobs

    async def follow(self, key: MessageKey, sources: Sequence[str], message: CrawlMessage) -> None:
        """Asks for a crawl of these sources (none: the configured ones), and follows it to its end.

        `key`: the message that follows it.
        """
        job = await self._jobs.start(key, "crawl", subject="\n".join(sources))
        if job is not None:
            await self.resume(job, message)

    async def resume(self, job: Claimed, message: CrawlMessage) -> None:
        """Goes on where a crashed process stopped.

        Asking again for a crawl that goes on joins it, and one that is over costs a look.
        """
        card = CrawlCard()
        async with self._jobs.keeping(job):
            try:
                async with aclosing(self._crawls.reindex(tuple(job.question.splitlines()))) as events:
                    async for event in events:
                        if card.take(event):
                            await message.show(card)
            except DocsbotError as error:
                logger.warning("a crawl failed: %s", error.detail)
                card.give_up(error.text)
            await message.show(card)
        await self._jobs.end(job)

    async def cancel(self, sources: Sequence[str]) -> bool:
        """Asks the crawl to end; False where there is none."""
        return bool(await self._crawls.cancel(sources))
