"""A supervisor under test, and what it was told."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from bot.supervisor.supervisor import Supervisor


class Ward:
    def __init__(self, lock: int) -> None:
        self.told: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self.supervisor = Supervisor(self._tell, self.notes.append, lock=lock)

    def _tell(self, name: str, line: str) -> None:
        self.told.append((name, line))

    def lines(self, name: str) -> list[str]:
        return [line for said_by, line in self.told if said_by == name]

    def pids(self, name: str = "one") -> list[int]:
        """Of each life of a child that says its process id."""
        return [int(line) for line in self.lines(name) if line.isdigit()]

    def has_lived(self, times: int) -> bool:
        return len(self.pids()) == times

    async def until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < deadline, (self.told, self.notes)
            await asyncio.sleep(0.02)


def lives(pid: int) -> bool:
    """Whether the process runs; one that has ended and that nobody has asked for does not."""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (ProcessLookupError, FileNotFoundError):
        return False
