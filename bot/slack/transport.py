"""What both transports have in common: while events come in, crashed answers are taken up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.slack.front import Front


@asynccontextmanager
async def attended(front: Front) -> AsyncIterator[None]:
    """Takes up what crashed processes left while the context lasts; at its end, leaves what is being written
    to the next process."""
    watching = asyncio.create_task(front.responder.watch(front.make_reply))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await front.responder.close()
