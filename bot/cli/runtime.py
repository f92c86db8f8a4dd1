"""What a command works with: the process's streams and environment, and the way to open the bot."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from bot.check import Probe
    from bot.core.ports import Service
    from bot.settings import Settings
    from bot.terminal.lines import Raw

ANSWERED, FAILED, MISUSED, ABSTAINED, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes."""


class UsageError(Exception):
    """The command was called in a way that means nothing; the text says how to call it."""


class OpenBot(Protocol):
    def __call__(
        self, settings: Settings, *, sources: tuple[str, ...] = ()
    ) -> AbstractAsyncContextManager[Service]: ...


def _open_bot(settings: Settings, *, sources: tuple[str, ...] = ()) -> AbstractAsyncContextManager[Service]:
    from bot.wiring.service import open_bot

    return open_bot(settings, sources=sources)


def _probes(settings: Settings) -> tuple[Probe, ...]:
    from bot.wiring.service import probes

    return probes(settings)


def _stdin() -> Raw:
    # Unbuffered: a thread that waits in a buffered read would hold its lock while the program ends.
    return open(0, "rb", buffering=0, closefd=False)


def _tolerant(stream: TextIO) -> TextIO:
    """A character that the locale lacks is shown as a question mark, and does not end the program."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The process around a command. Without arguments, the real one."""

    open_bot: OpenBot = _open_bot
    probes: Callable[[Settings], tuple[Probe, ...]] = _probes
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    folder: Path = field(default_factory=Path.cwd)
    """Where `.env` is looked for."""
    open_stdin: Callable[[], Raw] = _stdin
    stdin_is_terminal: bool = field(default_factory=lambda: sys.stdin is not None and sys.stdin.isatty())
    stdout: TextIO = field(default_factory=lambda: _tolerant(sys.stdout))
    stderr: TextIO = field(default_factory=lambda: _tolerant(sys.stderr))

    def fancy(self, stream: TextIO) -> bool:
        """Whether the stream is a terminal that can draw."""
        return stream.isatty() and self.environ.get("TERM", "").lower() not in {"dumb", "unknown"}

    def print(self, text: str) -> None:
        """One or more lines on stdout, at once."""
        self.stdout.write(f"{text}\n")
        self.stdout.flush()

    def warn(self, text: str) -> None:
        """One or more lines on stderr, as the log is written."""
        from bot.cli.logs import say

        say(self.stderr, text)
