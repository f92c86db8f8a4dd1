"""Slack for the runs: many people in several channels, by either transport."""

from __future__ import annotations

import random
import socket
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bot.slack.setup.manifest import EVENTS, SCOPES
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.calls import Call
from tests.fakes.slack.models import User
from tests.fakes.slack.names import BOT_USER
from tests.fakes.slack.wire import as_objects
from tests.fixtures.processes import free_port
from tests.load.chat import Times
from tests.load.words import question

STATUS = "assistant.threads.setStatus"
WRITING = ("chat.startStream", "chat.appendStream", "chat.stopStream", "chat.postMessage", "chat.update")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    channel: str
    ts: str


class SlackChat:
    """A Chat over FakeSlack, which the caller has entered."""

    def __init__(self, slack: FakeSlack, *, http: bool = False, channels: int = 8) -> None:
        self.name = "Slack over HTTP" if http else "Slack"
        self.command = ["slack", "--http"] if http else ["slack"]
        self.wanted = 0 if http else 2
        self.again = 60.0 if http else 0.0  # the retry at once comes while there is no bot
        self._slack = slack
        self._port = free_port()
        self.environment = {**slack.environment, "DOCSBOT_PORT": str(self._port)}
        self._asked: dict[int, Asked] = {}
        self._times: dict[int, Times] = {}
        self._by_thread: dict[tuple[str, str], int] = {}
        self._threads: dict[tuple[str, str], str] = {}
        """The thread of each message of the bot's."""
        self._seen = 0
        self._waiting: list[Call] = []
        self._channels = [f"C0LOAD{index:04d}" for index in range(channels)]
        slack.world.scopes[:] = SCOPES
        slack.world.subscriptions = set(EVENTS)
        for name in self._channels:
            slack.world.create_channel(name, name.lower(), members={BOT_USER})
        if http:
            slack.use_http(f"http://127.0.0.1:{self._port}/slack/events")

    @property
    def connections(self) -> int:
        return self._slack.server.sockets.hellos

    async def reach(self) -> bool:
        if self.wanted:
            return True
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    async def ask(self, number: int) -> None:
        channel, user = self._channels[number % len(self._channels)], f"U0LOAD{number:05d}"
        with self._slack.world.lock:
            name = f"user{number}"
            self._slack.world.users[user] = User(id=user, name=name, real_name=name)
            self._slack.world.channels[channel].members.add(user)
            asked = time.time()
            ts = self._slack.mention(user, channel, question(number))
        self._asked[number] = Asked(channel=channel, ts=ts)
        self._by_thread[(channel, ts)] = number
        self._times[number] = Times(asked=asked)

    def look(self) -> None:
        calls = self._slack.calls()
        fresh, self._seen = [*self._waiting, *calls[self._seen :]], len(calls)
        self._waiting = []
        for call in fresh:
            if not call.answer and not call.error:
                self._waiting.append(call)
            elif call.ok:
                self._take(call)

    def _take(self, call: Call) -> None:
        if call.text("channel_id"):
            number = self._by_thread.get((call.text("channel_id"), call.text("thread_ts")))
            if number is not None:
                times = self._times[number]
                times.calls += 1
                if call.method == STATUS and call.text("status"):
                    times.status = times.status or call.at
            return
        if call.method not in WRITING:
            return
        channel = call.text("channel")
        ts = call.text("ts") or str(call.answer.get("ts", ""))
        thread = self._threads.setdefault((channel, ts), call.text("thread_ts"))
        number = self._by_thread.get((channel, thread))
        if number is not None:
            _note(self._times[number], call)

    def times(self, number: int) -> Times:
        return self._times[number]

    def answers(self, number: int) -> list[str]:
        asked = self._asked[number]
        return [message.shown for message in self._slack.answers(asked.channel, asked.ts)]

    def settled(self, number: int) -> bool:
        asked = self._asked[number]
        answers = self._slack.answers(asked.channel, asked.ts)
        return bool(answers) and not any(message.streaming for message in answers)

    async def cut(self, dice: random.Random) -> str:
        if not self._slack.connections:
            return ""
        index = dice.randrange(len(self._slack.connections))
        if dice.random() < 0.5:
            self._slack.kill_socket(index)
            return "torn"
        await self._slack.refresh(index, grace=dice.uniform(0, 0.3))
        return "refreshed"

    async def repeat(self) -> None:
        known = {asked.ts for asked in self._asked.values()}
        for parcel in [each for each in self._slack.parcels if each.event.get("ts") in known]:
            self._slack.redeliver(parcel.event_id)

    def refusals(self) -> Mapping[str, int]:
        return Counter(call.method for call in self._slack.calls() if call.error == "ratelimited")

    def complaints(self) -> list[str]:
        late = Counter(f"acknowledged late: {each.name}" for each in self._slack.late_acks)
        return [
            *map(str, self._slack.violations),
            *self._slack.server.bugs.found,
            *(f"{what}, {times} times" for what, times in late.items()),
        ]


def _note(times: Times, call: Call) -> None:
    times.calls += 1
    texts = [chunk for chunk in as_objects(call.args.get("chunks")) if chunk.get("type") == "markdown_text"]
    if texts or call.method in ("chat.postMessage", "chat.update"):
        times.first = times.first or call.at
    times.streamed = times.streamed or call.method == "chat.startStream"
    times.last = call.at
