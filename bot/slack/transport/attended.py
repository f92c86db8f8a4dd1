"""What both transports have in common: crashed answers are taken up, begun ones are finished at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager

from slack_bolt.async_app import AsyncApp

from bot.slack.transport.delivery import Listeners

SECONDS_TO_FINISH = 5.0
"""For answers that are being written when the process is to end; container runtimes leave it 10 in all."""


@asynccontextmanager
async def attended(
    app: AsyncApp,
    watch: Coroutine[None, None, None],
    close: Callable[[], Awaitable[None]],
    *,
    seconds: float = SECONDS_TO_FINISH,
) -> AsyncIterator[None]:
    """Runs `watch`, which takes up what crashed processes left, while the context lasts.

    At its end, when nothing comes in any more, what has begun has so many seconds to finish; `close` leaves
    the rest to the next process.
    """
    listeners = Listeners(app)
    watching = asyncio.create_task(watch)
    try:
        yield
    finally:
        try:
            await listeners.finish(seconds)
        finally:  # a second Ctrl-C
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await close()
