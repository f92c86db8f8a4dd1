"""One child process: what it is, and one life of it, on a leash."""

from __future__ import annotations

import asyncio
import codecs
import json
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from bot.supervisor import leash

LONGEST = 16_000
"""Characters of a line; a longer one is shown in pieces."""
_DRAIN = 2.0  # seconds for the last output of a process that has ended


class Tell(Protocol):
    def __call__(self, name: str, line: str) -> None:
        """Shows a line that the process of that name wrote, without its line break; it may hold anything."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What is to run."""

    name: str
    command: tuple[str, ...]
    environ: Callable[[], Mapping[str, str]]
    """The whole environment, asked for at each start."""
    stage: int
    """Higher ones are started later and ended earlier."""
    grace: float = 10.0
    """Seconds from `end_signal` to SIGKILL."""
    end_signal: int = signal.SIGTERM
    account: tuple[int, int] | None = None
    """User and group id to run it as."""
    quiet: bool = False
    """Its standard output is thrown away."""
    noise: re.Pattern[str] | None = None
    """Lines of its that are not told."""
    prepare: Callable[[], Awaitable[None]] | None = None
    """Awaited before each start."""
    ready: Callable[[], Awaitable[bool]] | None = None
    """Whether it can be used now; without it, at once."""
    patience: float = 60.0
    """Seconds from its start until it is ready."""
    final: frozenset[int] = frozenset()
    """Exit statuses after which starting it again would mend nothing."""


class Process:
    """One life of a child, on a leash."""

    def __init__(
        self, process: asyncio.subprocess.Process, child: Child, tell: Tell, *, captured: bool
    ) -> None:
        self._process = process
        self._child = child
        self._tell = tell
        out, error = process.stdout, process.stderr
        self._reading = asyncio.create_task(self._read(out if error is None else error))
        self._capturing = asyncio.create_task(out.read()) if captured and out is not None else None
        self.last_line = ""
        """What it said last."""

    @classmethod
    async def start(cls, child: Child, tell: Tell, *, lock: int, captured: bool = False) -> Process:
        """Starts the command; `lock` is a descriptor that is held open until its leash ends. Its standard
        output is for `output` if it is to be captured, else it is told as its standard error is."""
        order = leash.Order(
            command=list(child.command),
            account=child.account,
            end_signal=child.end_signal,
            grace=child.grace,
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", leash.__file__, json.dumps(order)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL if child.quiet else asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE if child.quiet or captured else asyncio.subprocess.STDOUT,
            env=dict(child.environ()),
            pass_fds=(lock,),
            # Ctrl-C is for the supervisor alone, which ends the rest in order.
            start_new_session=True,
        )
        return cls(process, child, tell, captured=captured)

    @property
    def pid(self) -> int:
        """The leash's; it leads a process group of the child and all its descendants."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.returncode is not None

    async def wait(self) -> int:
        """The exit status, 128 + n for a signal n, when it has ended and all its output was told."""
        code = await self._process.wait()
        # A leash that was killed has swept nothing away; its group is still its own while a member lives.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._reading, _DRAIN)
        return code if code >= 0 else 128 - code

    async def output(self) -> str:
        """All of its captured standard output, after its end."""
        return (await self._capturing).decode("utf-8", "replace") if self._capturing is not None else ""

    def end(self) -> None:
        """Asks it to end within its grace."""
        self._say(leash.END)

    def kill(self) -> None:
        """Ends it now."""
        self._say(leash.KILL)

    def _say(self, word: bytes) -> None:
        pipe = self._process.stdin
        if pipe is not None and not pipe.is_closing():
            pipe.write(word)

    async def _read(self, stream: asyncio.StreamReader | None) -> None:
        if stream is None:
            return
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        while piece := await stream.read(65_536):
            *lines, rest = (rest + decoder.decode(piece)).split("\n")
            for line in lines:
                self._show(line)
            if len(rest) > LONGEST:
                self._show(rest)
                rest = ""
        self._show(rest)

    def _show(self, line: str) -> None:
        for start in range(0, len(line), LONGEST):
            part = line[start : start + LONGEST].rstrip("\r")
            if part.strip() and not (self._child.noise and self._child.noise.search(part)):
                self.last_line = part.strip()
                self._tell(self._child.name, part)
