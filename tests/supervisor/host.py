"""`docsbot run` as a process, and all that it starts."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.supervisor.programs import others_enter
from tests.fixtures.processes import Ending, Leashed, free_port, tail

_PROJECT = Path(__file__).parents[2]
MARK = "RUN_MARK"


def make_open_folder(prefix: str) -> Path:
    """A folder that any account may enter: as root, Postgres is run as one that must reach its data."""
    usual = Path(tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=usual if others_enter(usual) else "/tmp"))
    folder.chmod(0o755)
    return folder


class HostRun:
    """One `docsbot run` with a folder of its own; it may be started again there."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.folder = make_open_folder("docsbot-run-")
        self.docs = self.folder / "docs"
        self.docs.mkdir()
        self.data = self.folder / "data"
        self.log = self.folder / "run.log"
        self._mark = uuid.uuid4().hex
        self.port = free_port()
        mine = {MARK: self._mark, "DOCS_SOURCES": str(self.docs), "DOCSBOT_PORT": str(self.port)}
        self._env = {**env, **mine}
        self._process: Leashed | None = None

    def write(self, name: str, text: str) -> None:
        (self.docs / name).write_text(text)

    def command(self, *argv: str, **extra: str) -> list[str]:
        """A command of the program in this environment alone, out of reach of the tester's own settings."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
        env = {**kept, "PYTHONPATH": str(_PROJECT), **self._env, **extra}
        program = [sys.executable, "-m", "bot", "--data", str(self.data), *argv]
        return ["env", "-i", *(f"{name}={value}" for name, value in env.items()), *program]

    def start(self) -> None:
        """Starts it, anew where it has ended."""
        self._end()
        self._process = Leashed(self.command("run"), log=self.log, ending=Ending(signal=signal.SIGKILL))

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()

    def call(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Another command beside it."""
        return subprocess.run(self.command(*argv), capture_output=True, text=True, timeout=60, check=False)

    @property
    def process(self) -> Leashed:
        assert self._process is not None
        return self._process

    @property
    def said(self) -> str:
        """All that it and its children have said."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def count(self, pattern: str) -> int:
        return len(re.findall(pattern, self.said, re.MULTILINE))

    def until(self, holds: Callable[[], object], *, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, tail(self.log, 40)
            time.sleep(0.05)

    def until_said(self, pattern: str, *, seconds: float = 60, times: int = 1) -> None:
        self.until(lambda: self.count(pattern) >= times, seconds=seconds)

    def processes(self) -> dict[int, str]:
        """Every process that it started and what they started: process id → command line."""
        found = {}
        for place in Path("/proc").glob("[0-9]*"):
            try:
                marked = f"{MARK}={self._mark}".encode() in (place / "environ").read_bytes()
                # Postgres writes its title over its environment.
                inside = (place / "cwd").resolve().is_relative_to(self.data)
                if marked or inside:
                    found[int(place.name)] = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, ValueError):
                continue  # it has ended
        found.pop(self._process.pid if self._process else 0, None)
        return {pid: line for pid, line in found.items() if line and " -m bot --data" not in line}

    def pid_of(self, part: str) -> int:
        """The one process whose command line ends with or holds that; not its leash."""
        pids = [pid for pid, line in self.processes().items() if part in line and "leash.py" not in line]
        assert pids, (part, self.processes(), tail(self.log, 20))
        return min(pids)

    def close(self) -> None:
        self._end()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)
