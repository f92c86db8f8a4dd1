"""Forgets what is older than it may be, at start and once a day."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from bot.core.errors import StateUnusable
from bot.core.state import Privacy

logger = logging.getLogger(__name__)

DAY = 86_400.0
SOON = 600.0
"""Seconds until the next try, after one that failed."""


async def keep_expiring(privacy: Privacy, days: int, *, pause: float = DAY, soon: float = SOON) -> None:
    """Removes what is older than so many days, again and again, until it is cancelled; with 0 days, nothing.

    Any number of processes may do so: the database lets one do it at a time, and the next finds little left.
    """
    while days > 0:
        try:
            removed = await privacy.expire(older_than=datetime.now(UTC) - timedelta(days=days))
        except StateUnusable as error:
            logger.warning("removing what is older than %d days: %s", days, error.detail or error.text)
            await asyncio.sleep(soon)
            continue
        if any(removed.values()):
            counts = ", ".join(f"{table} {count}" for table, count in removed.items() if count)
            logger.info("removed what is older than %d days: %s", days, counts)
        await asyncio.sleep(pause)


@asynccontextmanager
async def expiring(privacy: Privacy, days: int) -> AsyncIterator[None]:
    """Keeps expiring behind the block's back."""
    task = asyncio.create_task(keep_expiring(privacy, days))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
