"""One WebSocket of the gateway's."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.slack.wire import Json

if TYPE_CHECKING:
    from tests.fakes.discord.sessions import Session


@dataclass(slots=True, eq=False)
class Connection:
    """One open WebSocket."""

    socket: web.WebSocketResponse
    request: web.Request
    session: Session | None = None
    deaf: bool = False
    """Delivers nothing and acknowledges no heartbeat; what it is given waits for a RESUME."""
    heartbeats: int = 0
    beat: float = 0.0
    """When the last heartbeat came, by the loop's clock."""
    outbox: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)
    received: deque[float] = field(default_factory=deque)

    def send(self, said: Json) -> None:
        if not self.deaf:
            self.outbox.put_nowait(said)

    def kill(self) -> None:
        """Tears the connection down without a word; its session can be resumed."""
        if self.session is not None:
            self.session.connection = None
        if self.request.transport is not None:
            self.request.transport.abort()
