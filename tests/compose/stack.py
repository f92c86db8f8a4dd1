"""The services of compose.yaml as processes of this machine: the same commands and the same environment, with
addresses of loopback in the place of the services' names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.compose.reading import Service
from tests.fixtures.processes import Ending, Leashed, tail, wait_until_ready

ROOT = Path(__file__).parents[2]
PROGRAMS: Mapping[str, Sequence[str]] = {
    # Entry points of the images, as they are here.
    "chroma": (sys.executable, "-c", "from chromadb.cli.cli import app; app()"),
    "docsbot": (sys.executable, "-m", "bot"),
}


@dataclass
class Stack:
    """Processes, each with a folder for its log."""

    services: Mapping[str, Service]
    addresses: Mapping[str, str]
    """What stands in the file → what it is here; the longest first."""
    folder: Path
    path: str
    """PATH, with the programs of Postgres."""
    running: dict[str, Leashed] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """With addresses of this machine."""
        for name in sorted(self.addresses, key=len, reverse=True):
            text = text.replace(name, self.addresses[name])
        return text

    def environment(self, name: str) -> dict[str, str]:
        """The service's own, and what finds its programs here; nothing of the tester's."""
        own = {key: self.here(value) for key, value in self.services[name].environment.items()}
        kept = {key: os.environ[key] for key in ("HOME", "XDG_CACHE_HOME") if key in os.environ}
        return {**kept, "PATH": self.path, "PYTHONPATH": str(ROOT), **own}

    def start(self, name: str, program: str) -> Leashed:
        """Starts a service's command, behind the entry point of its image."""
        command = [self.here(word) for word in self.services[name].command]
        process = Leashed(
            ["env", "-i", *self._words(name), *PROGRAMS[program], *command],
            log=self.folder / f"{name}.log",
            ending=Ending(grace=10),
        )
        self.running[name] = process
        return process

    def run(
        self, name: str, command: Sequence[str], *, seconds: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """A command in the service's environment, as `docker compose exec` runs one."""
        program = [sys.executable, *command[1:]] if command[0] == "python" else list(command)
        return subprocess.run(
            [self.here(word) for word in program],
            env=self.environment(name),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def docsbot(self, name: str, *argv: str) -> str:
        """What `docsbot` says there."""
        done = self.run(name, [*PROGRAMS["docsbot"], *argv])
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self.logs()}"
        return done.stdout

    def is_well(self, name: str) -> bool:
        """Whether the service's own health check says so."""
        return self.run(name, self.services[name].health, seconds=30).returncode == 0

    def wait_until_well(self, name: str) -> None:
        wait_until_ready(lambda: self.is_well(name), self.running[name], name=name, seconds=90)

    def logs(self) -> str:
        return "\n\n".join(f"{name}:\n{tail(process.log, 30)}" for name, process in self.running.items())

    def close(self) -> None:
        for process in reversed(self.running.values()):
            process.end()

    def _words(self, name: str) -> list[str]:
        return [f"{key}={value}" for key, value in self.environment(name).items()]
