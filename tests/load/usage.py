"""What a process has of the machine: memory, and processor time."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY = 0.25
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """In MB. `pss`: pages that are shared count by their share."""

    pss: float = 0.0
    rss: float = 0.0


def read_memory(pid: int) -> Memory | None:
    """None where there is no such process."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    kilobytes = {name: value.split()[0] for name, _, value in (line.partition(":") for line in lines[1:])}
    return Memory(pss=int(kilobytes["Pss"]) / 1024, rss=int(kilobytes["Rss"]) / 1024)


def read_seconds(pid: int) -> float:
    """Processor time that a process has had; 0 where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Peak:
    """The most that a process has while the context lasts."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.memory = Memory()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while (now := read_memory(self._pid)) is not None:
            self.memory = Memory(pss=max(now.pss, self.memory.pss), rss=max(now.rss, self.memory.rss))
            if self._end.wait(EVERY):
                return
