"""Ctrl-C that stops one piece of work and not the program."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import TypeVar

Result = TypeVar("Result")


class Stopped(Exception):
    """The work was stopped from the keyboard."""


@contextmanager
def _on_interrupt(act: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def handle(number: int, frame: FrameType | None) -> None:
        # A signal comes between any two instructions: the loop is told, and acts when it is ready.
        loop.call_soon_threadsafe(act)

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def ignoring() -> AbstractContextManager[None]:
    """Between two pieces of work, a Ctrl-C that comes a moment late does nothing."""
    return _on_interrupt(lambda: None)


async def stoppable(work: Coroutine[None, None, Result]) -> Result:
    """Does the work; Ctrl-C cancels it, which raises Stopped. In the main thread only."""
    task = asyncio.ensure_future(work)
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        task.cancel()

    try:
        with _on_interrupt(stop):
            return await task
    except asyncio.CancelledError:
        if stopped:
            raise Stopped from None
        raise
