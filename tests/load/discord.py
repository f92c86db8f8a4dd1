"""Discord for the runs: a guild in which many people mention the bot, each answered in a thread."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Mapping

from tests.fakes.discord import FakeDiscord, Message
from tests.fakes.discord.calls import Call
from tests.fakes.discord.models import Channel, User
from tests.load.chat import Times
from tests.load.words import question

_WRITING = re.compile(r"(POST|PATCH) /channels/(\d+)/messages(?:/\d+)?")
_TYPING = re.compile(r"POST /channels/(\d+)/typing")
_OPENING = re.compile(r"POST /channels/\d+/messages/(\d+)/threads")
_SHOWN = 10.0
"""Seconds that Discord shows a sign of typing for."""
_IDS = re.compile(r"\d{5,}")


class DiscordChat:
    """A Chat over FakeDiscord, which the caller has entered."""

    name = "Discord"
    command = ("discord",)
    wanted = 1
    again = 0.0

    def __init__(self, discord: FakeDiscord, *, channels: int = 8) -> None:
        self._discord = discord
        self.environment = {**discord.environment, "DISCORD_MESSAGE_CONTENT": "on"}
        self._asked: dict[int, Message] = {}
        self._times: dict[int, Times] = {}
        self._by_thread: dict[str, int] = {}
        self._seen = 0
        self._waiting: list[Call] = []
        self._channels = [str(1_100_000_000_000_001_000 + index) for index in range(channels)]
        for name in self._channels:
            discord.world.channels[name] = Channel(id=name, name=f"load-{name[-2:]}")

    @property
    def connections(self) -> int:
        return self._discord.gateway.identifies

    async def reach(self) -> bool:
        return True

    async def ask(self, number: int) -> None:
        user, name = str(1_100_000_000_000_010_000 + number), f"user{number}"
        self._discord.world.users[user] = User(id=user, name=name, display=name)
        asked = time.time()
        channel = self._channels[number % len(self._channels)]
        message = await self._discord.mention(user, channel, question(number))
        self._asked[number] = message
        self._by_thread[message.id] = number  # a thread has the id of the message that it is opened on
        self._times[number] = Times(asked=asked)

    def look(self) -> None:
        calls = self._discord.calls()
        fresh, self._seen = [*self._waiting, *calls[self._seen :]], len(calls)
        self._waiting = []
        for call in fresh:
            if not call.ended:
                self._waiting.append(call)
            elif call.ok:
                self._take(call)

    def _take(self, call: Call) -> None:
        for name in set(_IDS.findall(call.path)) & self._by_thread.keys():
            self._times[self._by_thread[name]].calls += 1
        if found := _TYPING.fullmatch(call.route):
            self._note_typing(found[1], call.at)
        elif found := _OPENING.fullmatch(call.route):
            self._note_status(self._by_thread.get(found[1]), call.at)
        elif found := _WRITING.fullmatch(call.route):
            number = self._by_thread.get(found[2])
            if number is not None:
                times = self._times[number]
                times.streamed = times.streamed or (found[1] == "PATCH" and bool(times.first))
                times.first, times.last = times.first or call.at, call.at

    def _note_typing(self, place: str, at: float) -> None:
        """In a question's thread, or in the channel where it was asked: all who wait there see it."""
        self._note_status(self._by_thread.get(place), at)
        for number, message in self._asked.items():
            if message.channel == place and at - _SHOWN < self._times[number].asked:
                self._note_status(number, max(at, self._times[number].asked))

    def _note_status(self, number: int | None, at: float) -> None:
        if number is not None:
            self._times[number].status = self._times[number].status or at

    def times(self, number: int) -> Times:
        return self._times[number]

    def answers(self, number: int) -> list[str]:
        return [message.text for message in self._discord.answers(self._asked[number])]

    def settled(self, number: int) -> bool:
        """Its last message has the thumbs, which come with the end."""
        answers = self._discord.answers(self._asked[number])
        return bool(answers) and "👍" in answers[-1].labels

    async def cut(self, dice: random.Random) -> str:
        if not self._discord.online:
            return ""
        way = dice.choice(("dropped", "asked to reconnect", "invalidated, resumable"))
        if way == "dropped":
            await self._discord.drop()
        elif way == "asked to reconnect":
            await self._discord.reconnect(grace=dice.uniform(0, 0.3))
        else:
            await self._discord.invalidate(resumable=True)
        return way

    async def repeat(self) -> None:
        """As a RESUME from an old place does: the app is told again what it has heard."""

        def tell() -> None:
            for message in self._asked.values():
                self._discord.world.tell_message("MESSAGE_CREATE", message)

        await self._discord.server.do(tell)

    def refusals(self) -> Mapping[str, int]:
        limited = [call for call in self._discord.calls() if call.status == 429]
        return Counter(call.operation or _IDS.sub("…", call.route) for call in limited)

    def complaints(self) -> list[str]:
        return [*map(str, self._discord.refused), *self._discord.server.bugs.found]
