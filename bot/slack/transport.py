"""What both transports have in common: crashed answers are taken up, begun ones are finished at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager

from slack_bolt.async_app import AsyncApp
from slack_bolt.listener.async_listener_start_handler import AsyncListenerStartHandler
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

SECONDS_TO_FINISH = 5.0
"""For answers that are being written when the process is to end; container runtimes leave it 10 in all."""


class _Listeners(AsyncListenerStartHandler):
    """The listeners that run: acknowledged, and so Slack doesn't send what they work on again."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle(self, request: AsyncBoltRequest, response: BoltResponse | None) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)  # bolt itself keeps none, and a task that nobody keeps may vanish
            task.add_done_callback(self._tasks.discard)

    async def finish(self, seconds: float) -> None:
        await asyncio.sleep(0)  # those of this very moment enter
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)


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
    listeners = _Listeners()
    app.listener_runner.listener_start_handler = listeners
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
