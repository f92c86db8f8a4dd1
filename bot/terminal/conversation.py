"""The conversation: a line from the prompt is a question or a command."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TextIO

from bot.core.errors import DocsbotError
from bot.core.models import Answer, Failed, Question, Turn
from bot.core.ports import Service
from bot.terminal.answer import show_answer
from bot.terminal.interrupt import Stopped, ignoring, stoppable
from bot.terminal.progress import follow, open_display
from bot.terminal.prompt import Prompt
from bot.terminal.screen import Screen
from bot.terminal.summary import describe_crawl, describe_status

REMEMBERED_TURNS = 6
"""Messages of either side."""

COMMANDS: Mapping[str, str] = {
    "/sources": "the last answer's sources, with the words that it rests on",
    "/reindex": "index what has changed",
    "/status": "what is indexed, and how fresh it is",
    "/help": "these commands",
    "/quit": "leave (as Ctrl-D does)",
}


class Conversation:
    """One person at one terminal; `sources` is what he named to be indexed, empty for the configured ones."""

    def __init__(
        self,
        service: Service,
        screen: Screen,
        prompt: Prompt,
        *,
        sources: tuple[str, ...] = (),
        progress: TextIO,
        environ: Mapping[str, str],
        fancy: bool,
    ) -> None:
        self._service = service
        self._screen = screen
        self._prompt = prompt
        self._sources_named = sources
        self._progress = progress
        self._environ = environ
        self._fancy = fancy
        self._thread: deque[Turn] = deque(maxlen=REMEMBERED_TURNS)
        self._last: Answer | None = None
        self._open = True

    async def hold(self) -> None:
        """Goes on until the prompt ends or somebody leaves."""
        with ignoring() if self._prompt.interactive else nullcontext():
            while self._open and (line := await self._prompt.read()) is not None:
                if line.strip():
                    await self._work(line.strip())

    async def _work(self, line: str) -> None:
        if self._prompt.interactive:
            try:
                await stoppable(self._take(line))
            except Stopped:
                self._screen.say("Stopped.")
        else:
            await self._take(line)
        self._screen.say("")

    async def _take(self, line: str) -> None:
        try:
            if re.fullmatch(r"/\w*", line):
                await self._obey(line)
            else:
                await self._answer(line)
        except DocsbotError as error:
            self._screen.say(error.detail or error.text)

    async def _obey(self, line: str) -> None:
        actions: dict[str, Callable[[], Awaitable[None]]] = {
            "/sources": self._sources,
            "/reindex": self._reindex,
            "/status": self._status,
            "/help": self._help,
            "/quit": self._quit,
        }
        if line not in actions:
            self._screen.say(f"There is no command {line}; /help lists those there are.")
            return
        await actions[line]()

    async def _answer(self, line: str) -> None:
        question = Question(text=line, thread=tuple(self._thread))
        ended = await show_answer(self._service.answerer.ask(question), self._screen)
        if isinstance(ended, Failed):
            self._screen.say(ended.message)
            return
        self._last = ended
        self._thread += (
            Turn(role="user", text=line),
            Turn(role="assistant", text=ended.text or ended.reason),
        )

    async def _sources(self) -> None:
        if self._last is None or not self._last.citations:
            self._screen.say("No answer with sources yet.")
            return
        self._screen.list_sources(self._last.citations, heading="Sources of the last answer", quotes=True)

    async def _reindex(self) -> None:
        with open_display(self._progress, self._environ, fancy=self._fancy) as show:
            ends = await follow(self._service.index.reindex(self._sources_named), show)
        for end in ends:
            self._screen.say(describe_crawl(end, listing=False))

    async def _status(self) -> None:
        self._screen.say(describe_status(await self._service.index.status(), datetime.now(UTC)))

    async def _help(self) -> None:
        self._screen.say("\n".join(f"{name:<10}{text}" for name, text in COMMANDS.items()))
        self._screen.say("Anything else is a question. Ctrl-C stops an answer.")

    async def _quit(self) -> None:
        self._open = False
