"""One WebSocket of Socket Mode, from its opening to its end."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.slack.transport.delivery import delivering

logger = logging.getLogger(__name__)


class WebSocket:
    """Hands what comes to the app and acknowledges it; says when another one is to take over."""

    def __init__(self, app: AsyncApp, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._app = app
        self._socket = socket
        self._tasks: set[asyncio.Task[None]] = set()
        self.leaving = asyncio.Event()
        """Slack asks for another connection, or this one has ended."""
        self.reason = ""
        """Why, in Slack's words or ours."""

    async def serve(self) -> None:
        """Reads until the connection ends, by whichever side, or is found deaf."""
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(message.data)
                elif message.type is aiohttp.WSMsgType.ERROR:
                    break
        finally:
            self.reason = self.reason or self._ending()
            self.leaving.set()
            await self._socket.close()

    async def close(self) -> None:
        """Ends it; `serve` returns."""
        await self._socket.close()

    async def drain(self) -> None:
        """Waits until all that came is acknowledged."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def _ending(self) -> str:
        error = self._socket.exception()
        if isinstance(error, aiohttp.ServerTimeoutError):
            return "it answers no ping"
        return type(error).__name__ if error else "it was closed"

    def _take(self, text: str) -> None:
        """Anything but an envelope and a farewell asks for nothing: `hello`, and what Slack may add."""
        said = _parse(text)
        if said.get("type") == "disconnect":
            self.reason = str(said.get("reason", "disconnect"))
            self.leaving.set()
        elif (request := _read(said)) is not None:
            task = asyncio.create_task(self._dispatch(request))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _dispatch(self, request: SocketModeRequest) -> None:
        """What is not acknowledged, Slack sends again."""
        is_event = request.type == "events_api"
        with delivering() as delivery:
            answer = await run_async_bolt_app(self._app, request)
            if is_event and not await delivery.claimed():
                return
        # An event that nobody listens to would come again and again.
        if answer.status != 200 and not (is_event and answer.status == 404):
            logger.warning("a delivery of Slack's is not acknowledged: %s, %d", request.type, answer.status)
            return
        said = SocketModeResponse(envelope_id=request.envelope_id, payload=_payload(answer))
        try:
            await self._socket.send_json(said.to_dict())
        except (ConnectionError, aiohttp.ClientError):
            logger.info("an acknowledgement came too late for its connection")


def _parse(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict):
        return said
    logger.warning("Slack sent something that is no object")
    return {}


def _read(said: dict[str, Any]) -> SocketModeRequest | None:
    """The envelope; None where it is none."""
    if not isinstance(said.get("payload"), dict) or not isinstance(said.get("envelope_id"), str):
        return None
    return SocketModeRequest.from_dict(said)


def _payload(answer: BoltResponse) -> dict[str, Any] | None:
    """What goes back with the acknowledgement: errors of a modal, options of a menu."""
    if answer.status != 200 or not answer.body:
        return None
    if answer.headers.get("content-type", [""])[0].startswith("application/json"):
        found = json.loads(answer.body)
        return found if isinstance(found, dict) else None
    return {"text": answer.body}
