"""Server-sent events, and what ends when a client hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

T = TypeVar("T")

HEARTBEAT = 15.0
"""Seconds of silence after which a comment says that the connection lives: proxies cut silent ones."""
_AHEAD = 32  # events that wait for a slow reader; then the one who makes them waits
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class ClientGone(Exception):
    """The client hung up before it had its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: its name, and its data as a JSON object on one line."""

    name: str
    data: BaseModel

    def encode(self, number: int) -> bytes:
        return f"id: {number}\nevent: {self.name}\ndata: {self.data.model_dump_json()}\n\n".encode()


def describe_stream(*names: str) -> dict[str, Any]:
    """For an operation's description: a stream of events of these names."""
    event = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "event": {"type": "string", "enum": list(names)},
            "data": {"type": "string", "contentMediaType": "application/json"},
        },
        "required": ["id", "event", "data"],
    }
    return {"content": {"text/event-stream": {"itemSchema": event}}}


class EventStream(Response):
    """Sends events as they come. The generator is closed when the client hangs up, at once."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[Event, None], *, heartbeat: float = HEARTBEAT) -> None:
        self.status_code = 200
        self.background = None
        self._events = events
        self._heartbeat = heartbeat
        self.init_headers(_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(send))
        try:
            await race(sending, receive)
        except ClientGone:
            return

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        waiting: asyncio.Queue[Event | None] = asyncio.Queue(_AHEAD)
        # In a task of its own from begin to end: what a generator opens must be closed by the same task.
        making = asyncio.create_task(self._make(waiting))
        try:
            number = 0
            while True:
                try:
                    async with asyncio.timeout(self._heartbeat):
                        event = await waiting.get()
                except TimeoutError:
                    await send({"type": "http.response.body", "body": b": still here\n\n", "more_body": True})
                    continue
                if event is None:
                    break
                number += 1
                await send({"type": "http.response.body", "body": event.encode(number), "more_body": True})
            await making
        finally:
            await end(making)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _make(self, waiting: asyncio.Queue[Event | None]) -> None:
        try:
            async with aclosing(self._events) as events:
                async for event in events:
                    await waiting.put(event)
        finally:
            this = asyncio.current_task()
            if this is not None and not this.cancelling():  # else nobody reads any more
                await waiting.put(None)


async def until_gone(work: Coroutine[Any, Any, T], receive: Receive) -> T:
    """What the work comes to; it is ended where the client hangs up first. Raises ClientGone."""
    return await race(asyncio.create_task(work), receive)


async def race(work: asyncio.Task[T], receive: Receive) -> T:
    """The result of the task, unless the client hangs up before. Raises ClientGone."""
    leaving = asyncio.create_task(_leave(receive))
    try:
        await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        raise ClientGone
    finally:
        await end(leaving)
        await end(work)


async def end(task: asyncio.Task[T]) -> None:
    """Cancels a task and waits until it has ended."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _leave(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
