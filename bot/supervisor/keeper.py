"""Keeps one child alive: started again whenever it ends, until it is told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.supervisor.backoff import pause_after
from bot.supervisor.child import Child, Process, Tell

_POLL = 0.1  # seconds between two looks whether a child is ready
_SIGNALLED = 128


class ChildFailed(Exception):
    """A child ended, or was not ready in time, at its first start; the text holds what it said last."""


class Keeper:
    """One child. `note` gets what a person should know of it, in words."""

    def __init__(self, child: Child, tell: Tell, note: Callable[[str], None], *, lock: int) -> None:
        self.child = child
        self._tell = tell
        self._note = note
        self._lock = lock
        self._ending = asyncio.Event()
        self._process: Process | None = None
        self._renewed = False
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    @property
    def process_group(self) -> int:
        """0 where the child does not run now."""
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Returns when the child is ready. Raises ChildFailed, and then it is not kept."""
        self._task = asyncio.create_task(self._keep())
        await self._first

    async def end(self) -> None:
        """Ends the child within its grace. Idempotent."""
        self._ending.set()
        if self._process is not None:
            self._process.end()
        if self._task is not None:
            await asyncio.wait({self._task})

    def kill(self) -> None:
        """Ends the child now; who waits in `end` returns."""
        self._ending.set()
        if self._process is not None:
            self._process.kill()

    async def renew(self) -> None:
        """Ends the child in order; it comes back at once."""
        self._renewed = True
        if self._process is not None:
            self._process.end()

    async def _keep(self) -> None:
        clock, pause = asyncio.get_running_loop().time, 0.0
        while not self._ending.is_set():
            started = clock()
            end = await self._live()
            if self._ending.is_set():
                break
            if not self._first.done():
                self._first.set_exception(ChildFailed(f"{self.child.name} {end.text}"))
                return
            if end.code in self.child.final:
                self._note(f"{self.child.name} {end.text}. It is not started again.")
                return
            if self._renewed:
                self._renewed, pause = False, 0.0
                continue
            pause = pause_after(pause, clock() - started)
            self._note(f"{self.child.name} {end.text}; it is started again in {pause:g} s.")
            await self._rest(pause)
        if not self._first.done():
            self._first.cancel()

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._ending.wait(), seconds)
        except TimeoutError:
            return

    async def _live(self) -> End:
        """One life; how it ended."""
        try:
            if self.child.prepare is not None:
                await self.child.prepare()
            process = await Process.start(self.child, self._tell, lock=self._lock)
        except OSError as error:  # no memory, no process left, a folder that was closed
            return End(code=1, text=f"cannot be started ({error.strerror})")
        self._process = process
        if self._ending.is_set():  # it was told while the process was being made
            process.end()
        ended = asyncio.create_task(process.wait())
        in_time = await self._until_ready(ended)
        if not in_time:
            process.kill()
        elif not ended.done():
            self._welcome()
        code = await ended
        self._process = None
        if not in_time:
            return End(code=code, text=f"was not ready within {self.child.patience:g} s")
        return End(code=code, text=describe_end(code, process.last_line))

    def _welcome(self) -> None:
        if not self._first.done():
            self._first.set_result(None)
        elif self.child.ready is not None:
            self._note(f"{self.child.name} is back.")

    async def _until_ready(self, ended: asyncio.Task[int]) -> bool:
        """False where the child is not ready when its patience is over; True also where it ended."""
        if self.child.ready is None:
            return True
        clock = asyncio.get_running_loop().time
        deadline = clock() + self.child.patience
        while not ended.done() and not self._ending.is_set():
            if await self.child.ready():
                return True
            if clock() > deadline:
                return False
            await asyncio.wait({ended}, timeout=_POLL)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a life ended; the text goes behind the child's name."""

    code: int
    text: str


def describe_end(code: int, said: str) -> str:
    """In words; `said` is the last line of the process."""
    if code > _SIGNALLED:
        return f"was ended by signal {code - _SIGNALLED}"
    if code:
        return f"failed with exit status {code}" + (f" ({said[:300]})" if said else "")
    return "ended by itself"
