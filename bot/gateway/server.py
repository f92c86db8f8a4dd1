"""The server of the web application: its socket, its life, its end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from bot.core.errors import FrontUnusable

GRACE = 8
"""Seconds for requests that are under way when the server is to end."""
MOST_AT_ONCE = 1_000
"""Connections; the next ones are told to come again."""
_HEADERS = 64 * 1024  # bytes of a request's head


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Raises FrontUnusable, where the original would end the program."""
        try:
            await super().startup(sockets)
        except SystemExit:
            raise FrontUnusable("The gateway could not start; its log says why.") from None
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves them to the process, which ends more than this server."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises FrontUnusable."""
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    try:
        listener = socket.create_server((bare, port), family=family, backlog=2048)
        # Inherited by each connection. The event loop sets it only where a socket's protocol is named, and
        # without it every answer on a connection that stays open waits 40 ms for the client's ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        raise FrontUnusable(
            f"The gateway cannot listen on {host}:{port}: {error.strerror or error}. "
            "Choose another address by DOCSBOT_HOST and DOCSBOT_PORT, or --host and --port."
        ) from error


def address_of(listener: socket.socket) -> str:
    """The web address that the socket is reached at from this machine."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(
    app: FastAPI,
    listener: socket.socket,
    *,
    ready: Callable[[str], None],
    ending: Callable[[], Awaitable[None]],
) -> None:
    """Serves until it is cancelled; then what is under way has `GRACE` seconds. Raises FrontUnusable.

    `ready` is told the address; `ending` lets go what would last longer than that.
    """
    config = uvicorn.Config(
        app,
        log_config=None,  # the program's own
        access_log=False,  # it would write addresses with ids and questions
        lifespan="on",
        ws="none",
        proxy_headers=False,  # who is believed is decided where addresses are read
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        h11_max_incomplete_event_size=_HEADERS,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config, lambda: ready(address_of(listener)))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await ending()
        await serving
        raise
