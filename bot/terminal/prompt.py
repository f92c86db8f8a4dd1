"""Where questions come from: a prompt with history, or a pipe."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.terminal.lines import Raw, read_lines

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import History

HISTORY = "history"


class Prompt(Protocol):
    @property
    def interactive(self) -> bool:
        """Whether a person sits at it: then Ctrl-C stops an answer, and not the program."""
        ...

    async def read(self) -> str | None:
        """The next line; None at the end."""
        ...


class PipePrompt:
    """One question a line."""

    interactive = False

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._lines: AsyncIterator[str] | None = None

    async def read(self) -> str | None:
        if self._lines is None:
            self._lines = read_lines(self._raw)
        return await anext(self._lines, None)


class KeyboardPrompt:
    """A line editor, whose history outlives the program in the data folder."""

    interactive = True

    def __init__(self, data: Path, commands: tuple[str, ...]) -> None:
        self._data = data
        self._commands = commands
        self._session: PromptSession[str] | None = None

    def _open(self) -> PromptSession[str]:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter

        return PromptSession(
            message="> ",
            history=_history(self._data),
            completer=WordCompleter(list(self._commands), sentence=True),
            complete_while_typing=False,
        )

    async def read(self) -> str | None:
        self._session = self._session or self._open()
        while True:
            try:
                return await self._session.prompt_async()
            except EOFError:
                return None
            except KeyboardInterrupt:
                continue  # takes back the line that was begun, as in a shell


def _history(data: Path) -> History:
    """In a file that only its owner may read, for people paste all kinds of things; else in memory."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    path = data / HISTORY
    try:
        data.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError:
        return InMemoryHistory()
    return FileHistory(path)
