"""The fake Slack as a program, to play a user by hand: `python -m tests.fakes.slack [--port N] [--http URL]`.

Prints the environment for the bot, then reads lines: `@ text` mentions the bot in #general, `> text` goes on
in the same thread, `dm text` writes to it directly, `/ask text` is a command, `stop` presses Stop,
`quit` ends.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable

from tests.fakes.slack import ALICE, GENERAL, FakeSlack, Message, typed


class Console:
    """Prints what the bot says, and does what a line asks."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        self.channel, self.thread = GENERAL, ""
        self._printed: dict[str, str] = {}

    def watch(self, stopped: threading.Event) -> None:
        """Prints messages of the bot's, and every change of them, until told to stop."""
        while not stopped.wait(0.2):
            channels = [GENERAL, self.slack.direct(ALICE)]
            said = [each for channel in channels for each in self.slack.messages(channel) if each.by_bot]
            for message in [*said, *self.slack.ephemerals]:
                self._show(message)
            for violation in self.slack.violations[len(self._printed.get("", "")) :]:
                self._printed[""] = self._printed.get("", "") + "!"
                print(f"refused: {violation.method}: {violation.problem}", flush=True)

    def obey(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        text = typed(rest)
        if word == "@":
            self.channel, self.thread = GENERAL, self.slack.mention(ALICE, GENERAL, text)
        elif word == ">":
            self.slack.post(ALICE, self.channel, text, thread=self.thread)
        elif word == "dm":
            self.channel, self.thread = self.slack.direct(ALICE), self.slack.dm(ALICE, text)
        elif word == "stop":
            self.slack.stop(ALICE, self.channel, self.thread)
        elif word.startswith("/"):
            self.slack.command(ALICE, GENERAL, word, rest)
        else:
            print(__doc__, flush=True)

    def _show(self, message: Message) -> None:
        text = f"{message.shown}{' …' if message.streaming else ''}"
        if self._printed.get(message.ts) != text:
            self._printed[message.ts] = text
            print(f"[{time.strftime('%X')} {message.channel} {message.ts}]\n{text}\n", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.slack")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; any free one by default")
    parser.add_argument("--http", default="", help="request URL of the bot; Socket Mode by default")
    options = parser.parse_args()
    with FakeSlack(strict=False, port=options.port) as slack:
        slack.use_http(options.http)
        for name, value in slack.environment.items():
            print(f"export {name}={value}", flush=True)
        _converse(Console(slack))
    return 0


def _converse(console: Console) -> None:
    stopped = threading.Event()
    watcher = threading.Thread(target=console.watch, args=(stopped,), daemon=True)
    watcher.start()
    try:
        for line in sys.stdin:
            if line.strip() == "quit":
                break
            _try(console.obey, line.strip())
    except KeyboardInterrupt:
        pass  # the usual way to end it
    finally:
        stopped.set()
        watcher.join()


def _try(obey: Callable[[str], None], line: str) -> None:
    try:
        obey(line)
    except LookupError as error:
        print(f"no: {error}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
