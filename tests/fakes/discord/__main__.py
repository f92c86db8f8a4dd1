"""The fake Discord as a program, to play a user by hand: `python -m tests.fakes.discord [--port N]`.

Prints the environment for the bot, then reads lines: `@ text` mentions the bot in #general, `> text` goes on
in the thread that was opened on it, `dm text` writes to it directly, `/ask question=text` is a command,
`press label` presses a button of the bot's last message, `post text` is a forum's post, `quit` ends.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from tests.fakes.discord import ALICE, BOT, FORUM, GENERAL, FakeDiscord, Message
from tests.fakes.discord.invoking import Value


class Console:
    """Prints what the bot says, and does what a line asks."""

    def __init__(self, discord: FakeDiscord) -> None:
        self.discord = discord
        self.place = GENERAL
        self._printed: dict[str, str] = {}
        self._refused = 0

    async def watch(self) -> None:
        """Prints messages of the bot's, and every change of them, until cancelled."""
        while True:
            for message in self._said():
                self._show(message)
            for refusal in self.discord.refused[self._refused :]:
                self._refused += 1
                print(f"refused: {refusal.route}: {refusal.problem}", flush=True)
            await asyncio.sleep(0.2)

    async def obey(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "@":
            self.place = (await self.discord.mention(ALICE, GENERAL, rest)).id
        elif word == ">":
            place = self.place if self.place in self.discord.world.channels else GENERAL
            await self.discord.say(ALICE, place, rest)
        elif word == "dm":
            self.place = (await self.discord.dm(ALICE, rest)).channel
        elif word == "post":
            self.place = (await self.discord.post_in_forum(ALICE, FORUM, rest[:40] or "post", rest)).channel
        elif word == "press":
            await self.discord.press(ALICE, max(self._said(), key=lambda each: int(each.id)), rest)
        elif word.startswith("/"):
            await self.discord.command(ALICE, GENERAL, word[1:], even_hidden=True, **_options(rest))
        else:
            print(__doc__, flush=True)

    def _said(self) -> list[Message]:
        """All that the bot said, to everybody and to Alice alone."""
        places = [each.id for each in list(self.discord.world.channels.values())]
        public = [message for place in places for message in self.discord.said(place)]
        return [message for message in [*public, *self.discord.ephemerals(ALICE)] if message.author == BOT]

    def _show(self, message: Message) -> None:
        text = f"{message.text}{' …' if message.thinking else ''} {message.labels or ''}"
        if self._printed.get(message.id) != text:
            self._printed[message.id] = text
            print(f"[{time.strftime('%X')} {message.channel} {message.id}]\n{text}\n", flush=True)


def _options(text: str) -> dict[str, Value]:
    """`question=How are tasks retried?` is one option, with all that follows it."""
    name, _, value = text.partition("=")
    return {name: value} if value else {}


async def converse(discord: FakeDiscord) -> None:
    """Obeys the lines of stdin until it ends."""
    console = Console(discord)
    watcher = asyncio.create_task(console.watch())
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip() == "quit":
                break
            try:
                await console.obey(line.strip())
            except (LookupError, PermissionError, TypeError, ValueError) as error:
                print(f"no: {error}", flush=True)
    finally:
        watcher.cancel()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.discord")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; any free one by default")
    options = parser.parse_args()
    granted = ("members", "message_content", "presences")
    with FakeDiscord(granted=granted, strict=False, port=options.port) as discord:
        for name, value in discord.environment.items():
            print(f"export {name}={value}", flush=True)
        asyncio.run(converse(discord))
    return 0


if __name__ == "__main__":
    sys.exit(main())
