"""A wire to a server that can lose its answers, or fall silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit


class Wire:
    """Passes bytes both ways. Questions always arrive; what becomes of the answers can be set."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self.port = 0
        self.passing: int | None = None
        """Answers that still arrive before the connection is cut, once; None: all."""
        self.silent = False
        """No answer arrives any more, and no connection ends."""
        self.cuts = 0

    @property
    def url(self) -> str:
        """The server's address by way of this wire."""
        user, _, _ = self._parts.netloc.rpartition("@")
        return urlunsplit(self._parts._replace(netloc=f"{user}@127.0.0.1:{self.port}"))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        asking = asyncio.create_task(self._ask(reader, back))
        try:
            while answer := await there.read(65536):
                if self.silent:
                    continue
                if self.passing == 0:
                    self.passing, self.cuts = None, self.cuts + 1
                    break
                if self.passing is not None:
                    self.passing -= 1
                writer.write(answer)
        finally:
            asking.cancel()
            for end in (writer, back):
                end.transport.abort()

    async def _ask(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        while question := await reader.read(65536):
            back.write(question)
        back.close()


@asynccontextmanager
async def lay_wire(url: str) -> AsyncIterator[Wire]:
    """A wire to the server of that address."""
    wire = Wire(url)
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(wire.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # in which what was aborted is closed
