"""The place of a run: a small real index, the bot's process on it, and a folder for both."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.fixtures.processes import Ending, Leashed, ServerFailed, tail
from tests.load.chat import Chat
from tests.load.model import SteadyModel
from tests.load.probed import Block, read_blocks
from tests.load.words import PAGES

START_SECONDS = 60.0
"""For a process to be connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    docs: Path
    data: Path


def make_index(folder: Path) -> Index:
    """Writes the pages and indexes them with the real command."""
    docs, data = folder / "docs", folder / "data"
    docs.mkdir()
    for name, text in PAGES.items():
        (docs / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "bot", "--data", str(data), "index", str(docs)]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    return Index(docs=docs, data=data)


class Bot:
    """The process of one front, started and killed as often as a run wants; its state stays."""

    def __init__(
        self, chat: Chat, model: SteadyModel, index: Index, folder: Path, *, probed: bool = False
    ) -> None:
        """`probed`: its event loop is watched."""
        folder.mkdir(exist_ok=True)
        self.log = folder / "bot.log"
        self.started = 0.0
        """When the process was last begun, in seconds since 1970."""
        self._blocks = folder / "blocks.jsonl"
        self._chat = chat
        self._module = ["tests.load.probed", str(self._blocks)] if probed else ["bot"]
        self._env = {
            **chat.environment,
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": "test",
            "OPENAI_MODEL": "test",
            "DOCSBOT_DATA": str(index.data),
            "DOCS_SOURCES": str(index.docs),
            "DATABASE_URL": f"sqlite:///{folder / 'state.sqlite3'}",
            "DOCSBOT_USER_LIMIT": "0",
            "DOCSBOT_TEAM_LIMIT": "0",
        }
        self._process: Leashed | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Returns when it is connected. Raises ServerFailed."""
        before = self._chat.connections
        self.started = time.time()
        command = [sys.executable, "-m", *self._module, *self._chat.command]
        self._process = process = await asyncio.to_thread(
            Leashed, command, log=self.log, env=self._env, ending=Ending(grace=10)
        )
        while self._chat.connections < before + self._chat.wanted or not await self._chat.reach():
            if process.exit_status is not None or time.time() > self.started + START_SECONDS:
                raise ServerFailed(f"docsbot did not start: {tail(self.log)}")
            await asyncio.sleep(0.02)

    def stab(self) -> None:
        """SIGKILL, at this moment; `kill` waits for its end."""
        assert self._process is not None
        self._process.send(signal.SIGKILL)

    async def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            await asyncio.to_thread(self._process.end)
            self._process = None

    def blocks(self, *, since: float) -> list[Block]:
        """Times in which its loop was not back soon."""
        return read_blocks(self._blocks, since=since)
