"""When a delivery of Slack's is acknowledged: once what it leads to is claimed in the ledger.

Bolt acknowledges an event before its listener has done anything. A process that is killed in between would
lose it, as Slack does not send again what was acknowledged; so would a database that is away for a moment.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from slack_bolt.async_app import AsyncApp
from slack_bolt.listener.async_listener_start_handler import AsyncListenerStartHandler
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.core.errors import DocsbotError

logger = logging.getLogger(__name__)

SECONDS_TO_CLAIM = 0.5
"""A claim takes milliseconds, an answer seconds: a listener that goes on for longer has made its claim. Slack
waits 3 seconds for the acknowledgement."""


@dataclass(slots=True)
class Delivery:
    """One event, while it is dispatched."""

    listeners: set[asyncio.Task[None]] = field(default_factory=set)
    failed: bool = False

    async def claimed(self) -> bool:
        """Waits until its listeners have ended, or long enough; False where one failed, and may not the next
        time: then Slack is to send it again."""
        await asyncio.sleep(0)  # bolt has only just made their tasks
        if self.listeners:
            await asyncio.wait(set(self.listeners), timeout=SECONDS_TO_CLAIM)
        return not self.failed


_current: ContextVar[Delivery | None] = ContextVar("delivery", default=None)


@contextmanager
def delivering() -> Iterator[Delivery]:
    """Whatever listeners the dispatch within the context starts belong to this delivery."""
    delivery = Delivery()
    token = _current.set(delivery)
    try:
        yield delivery
    finally:
        _current.reset(token)


class Listeners(AsyncListenerStartHandler):
    """The listeners of an app that run, and what becomes of those that fail."""

    def __init__(self, app: AsyncApp) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        app.listener_runner.listener_start_handler = self
        app.error(_note)

    async def handle(self, request: AsyncBoltRequest, response: BoltResponse | None) -> None:
        """Called in the listener's task. Bolt keeps none of them, and a task that nobody keeps may vanish."""
        if (task := asyncio.current_task()) is None:
            return
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if (delivery := _current.get()) is not None:
            delivery.listeners.add(task)

    async def finish(self, seconds: float) -> None:
        """Waits for those that run, at most so long."""
        await asyncio.sleep(0)
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)


async def _note(error: Exception) -> None:
    """Bolt's own handler would say it to a log that nobody reads."""
    if not isinstance(error, DocsbotError):
        logger.error("what came from Slack could not be dealt with", exc_info=error)
        return
    logger.warning("what came from Slack could not be dealt with: %s", error.detail or error.text)
    if error.retryable and (delivery := _current.get()) is not None:
        delivery.failed = True
