"""Slack over HTTP: the one Request URL for events, commands and interactivity, and a server for it."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.requests import ClientDisconnect
from starlette.types import Message

from bot.core.errors import FrontUnusable
from bot.slack.transport.delivery import delivering
from bot.slack.transport.path import PATH

logger = logging.getLogger(__name__)

LARGEST = 1024 * 1024
"""Bytes of a request: Slack's are much smaller."""
SECONDS_TO_READ = 10.0
"""For the body of a request to arrive."""
SECONDS_TO_END = 3.0
"""For requests that are under way when the server is to end; Slack waits 3 for an answer."""


def slack_routes(
    app: AsyncApp, *, signing_secret: str, seconds_to_read: float = SECONDS_TO_READ
) -> APIRouter:
    """The Request URL, `POST /slack/events`.

    What Slack has not signed within five minutes gets 401 and is not parsed; what is larger than 1 MiB is not
    read, 413.

    Raises ValueError without a secret: anybody could speak for Slack.
    """
    router = APIRouter()
    handler = AsyncSlackRequestHandler(app)
    verifier = SignatureVerifier(signing_secret)

    @router.post(PATH, include_in_schema=False)
    async def receive(request: Request) -> Response:
        try:
            async with asyncio.timeout(seconds_to_read):
                body = await _read(request)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=408)
        if body is None:
            return Response(status_code=413)
        if not _signed(verifier, request, body):
            return Response(status_code=401)
        return await _hand(handler, request, body)

    return router


async def _read(request: Request) -> bytes | None:
    """The body; None where it is too large."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > LARGEST:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            return None
    return bytes(body)


def _signed(verifier: SignatureVerifier, request: Request, body: bytes) -> bool:
    """Whether Slack has signed it, in constant time. The SDK expects headers that are well formed."""
    stamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12 and signature.isascii()):
        return False
    try:
        return verifier.is_valid(body=body, timestamp=stamp, signature=signature)
    except UnicodeDecodeError:  # Slack sends text
        return False


async def _hand(handler: AsyncSlackRequestHandler, request: Request, body: bytes) -> Response:
    """An answer is written on behind the response. What is not acknowledged, Slack sends again."""

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    is_event = "json" in request.headers.get("content-type", "")
    try:
        if is_event and not isinstance(json.loads(body), dict):
            return Response(status_code=400)
        with delivering() as delivery:
            answer = await handler.handle(Request(request.scope, replay))
            if is_event and not await delivery.claimed():
                return Response(status_code=503)
    except (ValueError, RecursionError):
        return Response(status_code=400)  # signed, and yet no JSON
    if answer.status_code == 404 and is_event:
        return Response(status_code=200)  # an event that nobody listens to would come again and again
    return answer


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves them to the process, which ends more than this server."""
        yield


class HttpServer:
    """The app behind its Request URL, while the context lasts. Entering it raises FrontUnusable."""

    def __init__(self, app: AsyncApp, *, signing_secret: str, host: str, port: int) -> None:
        self._app = app
        self._secret = signing_secret
        self._address = (host, port)
        self.way = f"over HTTP at {host}:{port}{PATH}"
        """How events come, for a person."""

    async def __aenter__(self) -> Self:
        web = FastAPI(title="docsbot", docs_url=None, redoc_url=None, openapi_url=None)
        web.include_router(slack_routes(self._app, signing_secret=self._secret))
        web.add_api_route("/healthz", _health, include_in_schema=False)
        config = uvicorn.Config(
            web,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=int(SECONDS_TO_END),
        )
        self._server = _Server(config)
        listener = _listen(*self._address)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        return self

    async def __aexit__(self, *_: object) -> None:
        """What is under way is answered, nothing else is taken."""
        self._server.should_exit = True
        await asyncio.gather(self._task, return_exceptions=True)

    async def wait(self) -> None:
        """Returns never; raises what should not have happened."""
        await asyncio.shield(self._task)


async def _health() -> dict[str, str]:
    return {"status": "ok"}


def _listen(host: str, port: int) -> socket.socket:
    """The listening socket; from now on connections wait until they are served. Raises FrontUnusable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise FrontUnusable(
            f"Nothing can be served at {host}:{port}: {error.strerror or error}. "
            "Set DOCSBOT_HOST and DOCSBOT_PORT to an address that is free."
        ) from error
    # asyncio does it only where the socket names its protocol; each answer would wait 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
