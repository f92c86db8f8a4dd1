"""Lines from a pipe, read without holding up the event loop."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Protocol

BLOCK = 65536
LONGEST_LINE = 4 * 1024 * 1024
"""Bytes; a longer line is cut, so that a stream without line breaks cannot fill the memory."""


class Raw(Protocol):
    """An unbuffered stream of bytes."""

    def read(self, size: int, /) -> bytes | None: ...


class _Reader:
    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._buffer = bytearray()

    def line(self) -> bytes:
        """The next line with its line break; empty at the end."""
        while (place := self._buffer.find(b"\n")) < 0 and len(self._buffer) < LONGEST_LINE:
            block = self._raw.read(BLOCK)
            if not block:
                place = len(self._buffer) - 1
                break
            self._buffer += block
        end = place + 1 if place >= 0 else len(self._buffer)
        line = bytes(self._buffer[:end])
        del self._buffer[:end]
        return line


async def read_lines(raw: Raw) -> AsyncIterator[str]:
    """Each line without its line break, as UTF-8; what is not UTF-8 is replaced.

    Reads on demand. The thread is a daemon, because a read that waits cannot be called off: the program must
    be able to end while it does.
    """
    loop = asyncio.get_running_loop()
    demands: queue.SimpleQueue[asyncio.Future[bytes] | None] = queue.SimpleQueue()

    def serve() -> None:
        reader = _Reader(raw)
        while (demand := demands.get()) is not None:
            try:
                line = reader.line()
            except OSError:
                line = b""
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_deliver, demand, line)

    threading.Thread(target=serve, name="lines", daemon=True).start()
    try:
        while True:
            demand: asyncio.Future[bytes] = loop.create_future()
            demands.put(demand)
            line = await demand
            if not line:
                return
            yield line.decode("utf-8", errors="replace").rstrip("\r\n")
    finally:
        demands.put(None)


def _deliver(demand: asyncio.Future[bytes], line: bytes) -> None:
    if not demand.done():
        demand.set_result(line)
