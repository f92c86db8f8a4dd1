"""What the bot answers from and how fresh that is, in words for a chat."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from bot.core.amounts import age, count
from bot.core.errors import DocsbotError
from bot.core.markdown import escape
from bot.core.models import IndexStatus, SourceStatus
from bot.core.ports import IndexControl

logger = logging.getLogger(__name__)

KEPT = 60.0
"""Seconds that ages are remembered: they are told in minutes at the finest."""
PATIENCE = 1.0
"""Seconds that an answer waits for the ages of its sources; then it goes without."""
FAILED_NAMED = 5


def _now() -> datetime:
    return datetime.now(UTC)


class Freshness:
    """Ages of the commits that answers cite."""

    def __init__(
        self,
        index: IndexControl,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._index = index
        self._clock = clock
        self._now = now
        self._read_at = float("-inf")
        self._ages: Mapping[str, str] = {}

    async def ages(self) -> Mapping[str, str]:
        """By commit, how old it is. What cannot be read in time is left out."""
        if self._clock() - self._read_at < KEPT:
            return self._ages
        try:
            status = await asyncio.wait_for(self._index.status(), PATIENCE)
        except (DocsbotError, TimeoutError) as error:
            logger.info("the sources' ages: %s", type(error).__name__)
            return self._ages
        self._read_at, now = self._clock(), self._now()
        self._ages = {
            item.commit: age(item.committed_at, now)
            for item in status.sources
            if item.commit and item.committed_at
        }
        return self._ages

    async def describe(self) -> str:
        """The status as Markdown, read now. Raises IndexUnusable."""
        return describe_status(await self._index.status(), self._now())

    async def sources(self) -> tuple[str, ...]:
        """The names of what is indexed. Raises IndexUnusable."""
        return tuple(item.source for item in (await self._index.status()).sources)


def describe_status(status: IndexStatus, now: datetime) -> str:
    """Sources with commit, age and last crawl; chunks; models. No folder or address of the operator's."""
    lines = [line for source in status.sources for line in _describe_source(source, now)]
    quoted = status.language_model == "extractive"
    model = "none, the documentation is quoted" if quoted else escape(status.language_model)
    return "\n".join(
        [
            *(lines or ["Nothing is indexed yet."]),
            f"**Index**: {count(status.chunks, 'chunk')}, embedded by {escape(status.embedding_model)}",
            f"**Model**: {model}",
        ]
    )


def _describe_source(source: SourceStatus, now: datetime) -> Iterator[str]:
    commit = f" at `{source.commit[:7]}`" if source.commit else ""
    old = f", {age(source.committed_at, now)}" if source.commit and source.committed_at else ""
    crawled = f"crawled {age(source.crawled_at, now)}" if source.crawled_at else "never crawled whole"
    size = f"{count(source.files, 'file')}, {count(source.chunks, 'chunk')}"
    yield f"**{escape(source.source)}**{commit}{old}: {size}, {crawled}"
    for item in source.failed[:FAILED_NAMED]:
        yield f"• failed: {escape(item.path)}: {escape(item.reason)}"
    more = len(source.failed) - FAILED_NAMED
    if more > 0:
        yield f"• and {count(more, 'more file')} failed"
