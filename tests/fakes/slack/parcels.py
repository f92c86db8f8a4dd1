"""What Slack sends to the app, and its delivery until it is acknowledged or given up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import uuid4

from tests.fakes.slack import events
from tests.fakes.slack.wire import Json, as_object, text_of

ParcelKind = Literal["events_api", "slash_commands", "interactive"]


@dataclass(slots=True, eq=False, kw_only=True)
class Parcel:
    """One thing to deliver; a test may keep it and look at what became of it."""

    kind: ParcelKind
    payload: Json
    name: str
    """The event's type, the command, or the interaction's type."""
    event_id: str = ""
    sent: float = 0.0
    """time.time() of the first attempt."""
    attempts: int = 0
    acked: float | None = None
    """time.time() of the first acknowledgement."""
    reply: Json = field(default_factory=dict)
    """What came with the acknowledgement."""
    failures: list[str] = field(default_factory=list)
    """Why each attempt failed, as Slack's retry reasons."""
    done: bool = False
    """Acknowledged or given up."""

    @property
    def event(self) -> Json:
        """The inner event."""
        return as_object(self.payload.get("event"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAck:
    """An attempt that was not acknowledged in time, though there was somebody to do it."""

    kind: ParcelKind
    name: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt."""

    failure: str = ""
    """Empty when it was acknowledged."""
    reply: Json = field(default_factory=dict)
    final: bool = False
    """Whether the app asked for no retry."""


class Transport(Protocol):
    async def attempt(self, parcel: Parcel, number: int, reason: str, seconds: float) -> Outcome:
        """Tries once, waiting so many seconds for the acknowledgement."""


class Courier:
    """Delivers parcels, retrying events as Slack does; commands and presses are tried once."""

    def __init__(self, transport: Callable[[], Transport], settle: Callable[[Parcel], None]) -> None:
        self.ack_seconds = 3.0
        self.retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
        """Seconds before each further attempt."""
        self.parcels: list[Parcel] = []
        self.late: list[LateAck] = []
        self.loop: asyncio.AbstractEventLoop | None = None
        self._transport = transport
        self._settle = settle
        self._tasks: set[asyncio.Task[None]] = set()

    def send_event(self, event: Json) -> None:
        event_id = f"Ev{uuid4().hex[:10].upper()}"
        payload = events.envelope(event, event_id, int(time.time()))
        self.send(Parcel(kind="events_api", payload=payload, name=text_of(event, "type"), event_id=event_id))

    def send(self, parcel: Parcel) -> Parcel:
        """Starts a delivery, from any thread."""
        self.parcels.append(parcel)
        self._start(parcel)
        return parcel

    def redeliver(self, event_id: str) -> Parcel:
        """Delivers an event once more, as if its acknowledgement had been lost."""
        parcel = next(each for each in self.parcels if each.event_id == event_id)
        parcel.failures.append("timeout")
        parcel.done = False
        self._start(parcel)
        return parcel

    def _start(self, parcel: Parcel) -> None:
        if self.loop is None:
            raise RuntimeError("the fake Slack is not running")
        self.loop.call_soon_threadsafe(self._spawn, parcel)

    def _spawn(self, parcel: Parcel) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(parcel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, parcel: Parcel) -> None:
        delays = (0.0, *self.retry_delays) if parcel.kind == "events_api" else (0.0,)
        for delay in delays:
            if delay:
                await asyncio.sleep(delay)
            parcel.sent = parcel.sent or time.time()
            reason = parcel.failures[-1] if parcel.failures else ""
            number, parcel.attempts = parcel.attempts, parcel.attempts + 1
            outcome = await self._transport().attempt(parcel, number, reason, self.ack_seconds)
            if not outcome.failure:
                self._acknowledged(parcel, outcome)
                return
            parcel.failures.append(outcome.failure)
            if outcome.failure in ("timeout", "http_timeout"):
                self.late.append(LateAck(kind=parcel.kind, name=parcel.name, attempt=number))
            if outcome.final:
                break
        parcel.done = True

    def _acknowledged(self, parcel: Parcel, outcome: Outcome) -> None:
        parcel.acked = parcel.acked or time.time()
        parcel.reply = outcome.reply
        self._settle(parcel)
        parcel.done = True
