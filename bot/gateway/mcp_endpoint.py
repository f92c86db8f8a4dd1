"""`/mcp`: MCP over HTTP, behind the same guard as the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from bot.core.errors import DocsbotError
from bot.gateway.access import Guard
from bot.gateway.hosts import Hosts
from bot.gateway.problems import Problem, respond, unavailable

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PATH = "/mcp"
LARGEST = 256 * 1024
"""Bytes of a message: a question, and what a client says of itself."""


class McpEndpoint:
    """An ASGI app. Stateless: each message stands for itself, so that any replica can answer it."""

    def __init__(self, guard: Guard, hosts: Hosts) -> None:
        self._guard = guard
        self._hosts = hosts
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def serving(self, manager: StreamableHTTPSessionManager) -> AsyncIterator[None]:
        """Messages are answered while the context lasts."""
        async with manager.run():
            self._manager = manager
            try:
                yield
            finally:
                self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            self._hosts.check_origin(request.headers.get("origin"), request.headers.get("host", ""))
            request.state.caller = await self._guard.admit(request, "ask")
            if request.method != "POST":
                # A stream of the server's own, and a session to end, are what the stateless form has not.
                raise Problem(405, "method_not_allowed", "Send messages by POST.", headers={"Allow": "POST"})
            if self._manager is None:
                raise Problem(503, "unavailable", "The gateway is about to end.")
        except Problem as problem:
            await respond(problem)(scope, receive, send)
        except DocsbotError as error:
            await respond(unavailable(error))(scope, receive, send)
        else:
            await self._manager.handle_request(scope, receive, send)
