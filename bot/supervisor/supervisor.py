"""All children of one host: started one after another, ended in the reverse order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import groupby

from bot.supervisor.child import Child, Process, Tell
from bot.supervisor.keeper import Keeper


class Supervisor:
    """`tell` gets each line that a child writes, `note` what a person should know of the children."""

    def __init__(self, tell: Tell, note: Callable[[str], None], *, lock: int) -> None:
        """`lock` is a descriptor that stays open in some process until the last child has ended."""
        self._tell = tell
        self._note = note
        self._lock = lock
        self._keepers: list[Keeper] = []
        self._jobs: set[Process] = set()

    async def start(self, child: Child) -> None:
        """Starts a child and keeps it alive; returns when it is ready. Raises ChildFailed."""
        keeper = Keeper(child, self._tell, self._note, lock=self._lock)
        self._keepers.append(keeper)
        await keeper.start()

    async def run_once(self, child: Child, *, captured: bool = False) -> tuple[int, str]:
        """Runs a child to its end; its exit status, and its standard output if that is to be captured."""
        process = await Process.start(child, self._tell, lock=self._lock, captured=captured)
        self._jobs.add(process)
        try:
            return await process.wait(), await process.output()
        finally:
            self._jobs.discard(process)
            if not process.ended:
                process.kill()
                await process.wait()

    def process_group(self, name: str) -> int:
        """Of the child of that name and all its descendants; 0 where it does not run now."""
        return next((keeper.process_group for keeper in self._keepers if keeper.child.name == name), 0)

    async def drop(self, name: str) -> None:
        """Ends the child of that name for good."""
        for keeper in [keeper for keeper in self._keepers if keeper.child.name == name]:
            await keeper.end()
            self._keepers.remove(keeper)

    async def renew(self, name: str) -> None:
        """Ends the child of that name in order; it comes back at once, with the environment of then."""
        for keeper in self._keepers:
            if keeper.child.name == name:
                await keeper.renew()

    async def stop(self) -> None:
        """Ends all within their grace, the last stage first; returns when none is left."""
        for process in self._jobs:
            process.end()
        last_first = sorted(self._keepers, key=lambda keeper: -keeper.child.stage)
        for _, stage in groupby(last_first, key=lambda keeper: keeper.child.stage):
            await asyncio.gather(*(keeper.end() for keeper in stage))

    def kill(self) -> None:
        """Ends all now; a `stop` under way returns."""
        for keeper in self._keepers:
            keeper.kill()
        for process in self._jobs:
            process.kill()
