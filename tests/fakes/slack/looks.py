"""What a test looks at: the workspace as its people see it, and what the app did."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from tests.fakes.slack.calls import Call
from tests.fakes.slack.methods import agents, views
from tests.fakes.slack.models import Channel, Message, Session, Status, Surface, User, Violation
from tests.fakes.slack.parcels import Courier, LateAck, Parcel
from tests.fakes.slack.server import Server
from tests.fakes.slack.wire import Json
from tests.fakes.slack.world import World

T = TypeVar("T")


class Looks:
    """Reading only; from any thread."""

    world: World
    courier: Courier
    server: Server

    @property
    def users(self) -> dict[str, User]:
        return self.world.users

    @property
    def channels(self) -> dict[str, Channel]:
        return self.world.channels

    @property
    def violations(self) -> list[Violation]:
        return self.server.violations

    @property
    def late_acks(self) -> list[LateAck]:
        """Deliveries that were not acknowledged within 3 seconds."""
        return self.courier.late

    @property
    def parcels(self) -> list[Parcel]:
        """Everything sent to the app, in order."""
        return self.courier.parcels

    @property
    def ephemerals(self) -> list[Message]:
        with self.world.lock:
            return [message for message in self.world.ephemerals if not message.deleted]

    @property
    def statuses(self) -> list[Status]:
        """Every call of assistant.threads.setStatus."""
        return list(self.world.statuses)

    @property
    def prompts(self) -> list[Json]:
        """Every call of assistant.threads.setSuggestedPrompts: channel, thread_ts, title, prompts."""
        return list(self.world.prompts)

    def messages(self, channel: str) -> list[Message]:
        """What stands in a channel, threads included, oldest first."""
        with self.world.lock:
            found = self.world.channel(channel).messages.values()
            return [message for message in found if not message.deleted]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The root and its replies."""
        with self.world.lock:
            return self.world.thread(channel, ts)

    def answers(self, channel: str, ts: str) -> list[Message]:
        """The app's messages in a thread."""
        return [message for message in self.thread(channel, ts) if message.by_bot]

    def finished(self, channel: str, ts: str) -> list[Message]:
        """The app's messages in a thread that are not being streamed any more."""
        return [message for message in self.answers(channel, ts) if not message.streaming]

    def texts(self, channel: str, ts: str) -> list[str]:
        """A thread as a reader sees it."""
        return [message.shown for message in self.thread(channel, ts)]

    def message(self, channel: str, ts: str) -> Message:
        with self.world.lock:
            return self.world.message(channel, ts)

    def status(self, channel: str, ts: str) -> str:
        """The status shown in a thread now; empty when there is none."""
        with self.world.lock:
            return agents.shown_status(self.world, self.world.channel(channel).id, ts)

    def session(self, channel: str, ts: str) -> Session | None:
        """A thread's agent session."""
        return self.world.sessions.get((channel, ts))

    def home(self, user: str) -> Surface | None:
        """A user's Home tab, once the app has published it."""
        with self.world.lock:
            return views.home(self.world, user)

    def modals(self, user: str) -> list[Surface]:
        """The open modals of a user, the uppermost last."""
        with self.world.lock:
            found = [each for each in self.world.surfaces.values() if each.user == user and each.open]
            return [each for each in found if each.body.get("type") == "modal"]

    def calls(self, method: str = "") -> list[Call]:
        """The calls of a method (`response_url` for those addresses), or all, in order of arrival."""
        return [call for call in list(self.server.calls) if method in ("", call.method)]

    def deliveries(self, ts: str) -> list[Parcel]:
        """The events that told of a message."""
        return [parcel for parcel in list(self.parcels) if parcel.event.get("ts") == ts]

    async def wait_for(self, condition: Callable[[], T], seconds: float = 5.0) -> T:
        """Waits until a condition holds and returns its value; AssertionError when it does not in time."""
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {self.report()}")
            await asyncio.sleep(0.005)

    def report(self) -> str:
        """The last calls and failures, for a failed test's message."""
        calls = [f"{call.method}{' ' + call.error if call.error else ''}" for call in self.calls()[-15:]]
        pending = [f"{parcel.name} {parcel.failures}" for parcel in list(self.parcels) if not parcel.acked]
        return f"calls {calls}; unacknowledged {pending[-10:]}; violations {self.violations[-3:]}"
