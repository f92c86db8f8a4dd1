"""What a test looks at: the guild as its people see it, and what the app did."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import TypeVar

from tests.fakes.discord.acts import Where
from tests.fakes.discord.calls import Call
from tests.fakes.discord.models import Channel, Interaction, Message, Refusal, Typing
from tests.fakes.discord.names import BOT
from tests.fakes.discord.server import Server
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json

T = TypeVar("T")


class Looks:
    """Reading only; from any thread."""

    server: Server
    world: World

    @property
    def refused(self) -> list[Refusal]:
        """Calls that Discord would refuse for what is in them."""
        return self.server.refused

    @property
    def syncs(self) -> int:
        """How often the whole command tree was written."""
        return self.world.syncs

    @property
    def commands(self) -> dict[str, Json]:
        """The synced commands by name."""
        return {str(each["name"]): each for each in list(self.world.commands.values())}

    @property
    def interactions(self) -> list[Interaction]:
        return list(self.world.interactions.values())

    @property
    def late(self) -> list[Interaction]:
        """Interactions whose first response did not come in time: people saw "did not respond"."""
        now = self.world.clock.now()
        ended = [(each, each.acknowledged or now) for each in self.interactions]
        return [each for each, end in ended if end - each.created > self.world.deadline]

    @property
    def invalid_requests(self) -> int:
        """Answers with 401, 403 and 429: at 10,000 in 10 minutes Discord bans the address."""
        return sum(call.status in (401, 403, 429) for call in list(self.server.calls))

    def messages(self, where: Where) -> list[Message]:
        """What stands in a channel, a thread or direct messages, oldest first; no ephemeral ones."""
        return self.world.standing(where.id if isinstance(where, Channel) else where)

    def said(self, where: Where) -> list[Message]:
        """The bot's messages there, without a new thread's system message."""
        return [each for each in self.messages(where) if each.author == BOT and each.kind not in (18, 21)]

    def thread(self, message: Message) -> Channel | None:
        """The thread that was opened on a message."""
        return self.world.channels.get(message.thread)

    def answers(self, message: Message) -> list[Message]:
        """The bot's answers to a message: in its thread, else its replies; all, in direct messages."""
        thread = self.thread(message)
        if thread is not None:
            return self.said(thread)
        here = self.said(message.channel)
        if self.world.channels[message.channel].kind in (1, 10, 11):
            return [each for each in here if int(each.id) > int(message.id)]
        return [each for each in here if each.reference == message.id]

    def direct(self, user: str) -> list[Message]:
        """The direct messages between a user and the bot; empty when there are none yet."""
        known = [each for each in list(self.world.channels.values()) if each.is_dm and user in each.members]
        return self.world.standing(known[0].id) if known else []

    def ephemerals(self, user: str) -> list[Message]:
        """What only this user sees."""
        return [
            message
            for channel in list(self.world.channels.values())
            for message in list(channel.messages.values())
            if message.ephemeral_for == user and not message.deleted
        ]

    def typings(self, where: Where) -> list[Typing]:
        """When the bot was typing in a channel."""
        name = where.id if isinstance(where, Channel) else where
        return [each for each in list(self.world.typings) if each.channel == name]

    def calls(self, route: str = "*") -> list[Call]:
        """The calls of a route, in order: `POST /channels/*/messages`; a star is one step of the path."""
        pattern = re.escape(route).replace(r"\*", "[^/]+").replace(r"\ ", " ")
        return [
            call
            for call in list(self.server.calls)
            if route == "*" or re.fullmatch(pattern, f"{call.method} {call.path}")
        ]

    async def wait_for(self, condition: Callable[[], T], seconds: float = 10.0) -> T:
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
        calls = [
            f"{call.route} {call.status}{f' {call.code}' if call.code else ''}" for call in self.calls()[-15:]
        ]
        waiting = [f"{each.id} {each.data}" for each in self.interactions if not each.acknowledged]
        return f"calls {calls}; unanswered {waiting[-5:]}; refused {self.refused[-3:]}"
