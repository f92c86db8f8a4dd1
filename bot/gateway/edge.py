"""What every request passes first: its id, size, time and host; the headers of the answer; the log."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.gateway.hosts import Hosts
from bot.gateway.metrics import Metrics
from bot.gateway.problems import Problem, respond

logger = logging.getLogger(__name__)

LARGEST = 64 * 1024
"""Bytes of a body, where nothing else is said of the path."""
SLOWEST = 30.0
"""Seconds in which a body must have arrived."""
_GIVEN_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a request may be."""

    largest: Mapping[str, int] = field(default_factory=dict)
    """Path → bytes, where it is not `LARGEST`."""
    any_host: frozenset[str] = frozenset()
    """Paths that may be called by any name of this machine."""
    slowest: float = SLOWEST

    def of(self, path: str) -> int:
        return self.largest.get(path, LARGEST)


class Edge:
    """ASGI middleware, the outermost one."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, hosts: Hosts, bounds: Bounds, secure: bool = False
    ) -> None:
        """`secure`: others reach the gateway by https, and browsers are to insist on it."""
        self._app = app
        self._metrics = metrics
        self._hosts = hosts
        self._bounds = bounds
        safe = dict(_SAFE)
        if secure:
            safe["Strict-Transport-Security"] = "max-age=31536000"
        self._safe = safe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, self._safe, request_id)
        began = time.monotonic()
        try:
            self._check(scope, headers)
            body = _Body(receive, self._bounds.of(scope["path"]), began + self._bounds.slowest)
            await self._app(scope, body.receive, answer.send)
        except Problem as problem:
            await answer.give(problem, scope, receive)
        # The process's edge: whatever was not foreseen is logged, and tells the client nothing.
        except Exception:
            logger.exception("request %s failed", request_id)
            await answer.give(Problem(500, "internal", "Something went wrong."), scope, receive)
        finally:
            self._tell(scope, answer.status or 499, time.monotonic() - began, request_id)

    def _check(self, scope: Scope, headers: Headers) -> None:
        # Whoever sends a key is no page of elsewhere, which would not know one; nor is a machine that signs.
        if "authorization" not in headers and scope["path"] not in self._bounds.any_host:
            self._hosts.check(headers.get("host", ""))
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdecimal() or int(length) > self._bounds.of(scope["path"]):
            raise _too_large()

    def _tell(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        """Names the route and not the address: ids in addresses are rights, and queries are questions."""
        route = str(getattr(scope.get("route"), "path", "") or "other")
        method = scope["method"] if scope["method"].isalpha() and len(scope["method"]) < 8 else "OTHER"
        self._metrics.count_request(method, route, status)
        logger.info("%s %s %d %.0f ms %s", method, route, status, seconds * 1_000, request_id)


class _Answer:
    """Adds the headers that every answer has, and knows whether it has begun."""

    def __init__(self, send: Send, safe: Mapping[str, str], request_id: str) -> None:
        self._send = send
        self._safe = safe
        self._request_id = request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._safe.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = self._request_id
        await self._send(message)

    async def give(self, problem: Problem, scope: Scope, receive: Receive) -> None:
        if not self.status:
            await respond(problem)(scope, receive, self.send)


class _Body:
    """Reads a body within its bounds; behind it, whatever comes. Raises Problem."""

    def __init__(self, receive: Receive, largest: int, deadline: float) -> None:
        self._receive = receive
        self._left = largest
        self._deadline = deadline
        self._whole = False

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(max(0.0, self._deadline - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            raise Problem(408, "too_slow", "The request took too long to arrive.") from None
        self._left -= len(message.get("body", b""))
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        if self._left < 0:
            raise _too_large()
        return message


def _too_large() -> Problem:
    return Problem(413, "too_large", "The request is larger than may be sent here.")
