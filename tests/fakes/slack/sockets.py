"""Socket Mode: several WebSockets, each event to one of them, and everything that befalls them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from aiohttp import WSMsgType, web

from tests.fakes.slack.names import APP
from tests.fakes.slack.parcels import Outcome, Parcel
from tests.fakes.slack.wire import Json, as_object, parse_object, text_of

Reason = Literal["warning", "refresh_requested", "link_disabled"]
MOST = 10
"""Connections that Slack lets an app have."""


@dataclass(slots=True, eq=False)
class Connection:
    """One open WebSocket."""

    socket: web.WebSocketResponse
    request: web.Request
    deaf: bool = False
    waiting: dict[str, asyncio.Future[Outcome]] = field(default_factory=dict)
    """Envelopes that are not acknowledged yet."""
    envelopes: int = 0
    """How many were sent on it."""

    def kill(self) -> None:
        """Tears the connection down without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()


class Sockets:
    """The app's connections. Everything but reading counts happens on the server's loop."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.hellos = 0
        """Connections that were ever opened."""
        self.stray_acks = 0
        """Acknowledgements of envelopes that nobody waits for: late or repeated."""
        self._tickets: set[str] = set()
        self._turn = 0
        self._opened = asyncio.Event()

    def ticket(self) -> str:
        """Lets one connection in."""
        name = uuid4().hex
        self._tickets.add(name)
        return name

    async def accept(self, request: web.Request) -> web.WebSocketResponse:
        """Holds one connection until it ends."""
        if request.query.get("ticket", "") not in self._tickets:
            raise web.HTTPForbidden(text="the ticket is used or unknown")
        self._tickets.discard(request.query["ticket"])
        # Pings are answered by hand: a deaf connection answers none.
        socket = web.WebSocketResponse(autoping=False, timeout=0.2)
        await socket.prepare(request)
        connection = Connection(socket, request)
        try:
            await self._serve(connection)
        except ConnectionError:
            pass  # the app has left
        finally:
            self._forget(connection)
        return socket

    async def attempt(self, parcel: Parcel, number: int, reason: str, seconds: float) -> Outcome:
        """Sends an envelope on the connection whose turn it is and waits for its acknowledgement."""
        while not self.connections:
            if parcel.kind != "events_api":
                return Outcome(failure="no_connection")
            # Slack keeps events for an app that has no connection and retries them later.
            self._opened.clear()
            await self._opened.wait()
        self._turn += 1
        connection = self.connections[self._turn % len(self.connections)]
        envelope_id = str(uuid4())
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = answer
        connection.envelopes += 1
        try:
            if not connection.deaf:
                await connection.socket.send_str(json.dumps(_envelope(parcel, envelope_id, number, reason)))
            return await asyncio.wait_for(answer, seconds)
        except TimeoutError:
            return Outcome(failure="timeout")
        except ConnectionError:
            return Outcome(failure="connection_closed")
        finally:
            connection.waiting.pop(envelope_id, None)

    async def refresh(self, connection: Connection, reason: Reason, grace: float) -> None:
        """Asks the app to reconnect; all but a warning close the connection, after so many seconds."""
        said = {"type": "disconnect", "reason": reason, "debug_info": {"host": "fake-slack"}}
        await connection.socket.send_str(json.dumps(said))
        if reason != "warning":
            await asyncio.sleep(grace)
            await connection.socket.close()

    async def _serve(self, connection: Connection) -> None:
        if len(self.connections) >= MOST:
            said = {"type": "disconnect", "reason": "too_many_websockets"}
            await connection.socket.send_str(json.dumps(said))
            return
        self.hellos += 1
        self.connections.append(connection)
        await connection.socket.send_str(json.dumps(self._hello()))
        self._opened.set()
        async for message in connection.socket:
            if connection.deaf:
                continue
            if message.type is WSMsgType.PING:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._take(parse_object(message.data))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": "fake-slack", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": APP},
        }

    def _take(self, said: Json) -> None:
        """An acknowledgement; it may come on another connection than its envelope went."""
        for connection in self.connections:
            answer = connection.waiting.get(text_of(said, "envelope_id"))
            if answer is not None and not answer.done():
                answer.set_result(Outcome(reply=as_object(said.get("payload"))))
                return
        self.stray_acks += 1

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for answer in connection.waiting.values():
            if not answer.done():
                answer.set_result(Outcome(failure="connection_closed"))


def _envelope(parcel: Parcel, envelope_id: str, number: int, reason: str) -> Json:
    found: Json = {"envelope_id": envelope_id, "type": parcel.kind, "payload": parcel.payload}
    found["accepts_response_payload"] = parcel.kind != "events_api"
    if parcel.kind == "events_api":
        found |= {"retry_attempt": number, "retry_reason": reason}
    return found
