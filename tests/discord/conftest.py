"""The real bot process, on a fake Discord and a fake model server, over a small real index."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from tests.fakes.discord import DESK, VOLUNTEERS, FakeDiscord
from tests.fakes.openai import FakeOpenAI
from tests.fixtures.processes import Ending, Leashed
from tests.slack.conftest import Indexed, indexed

__all__ = ["indexed"]


@pytest.fixture
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(granted={"message_content"}) as server:
        yield server


class BotProcess:
    """`docsbot discord` as a process."""

    def __init__(
        self,
        discord: FakeDiscord,
        model: FakeOpenAI,
        indexed: Indexed,
        folder: Path,
        *,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.log = folder / "bot.log"
        self.state = folder / "state.sqlite3"
        self._env = {
            **discord.environment,
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": "test",
            "OPENAI_MODEL": "test",
            "DOCSBOT_DATA": str(indexed.data),
            "DOCS_SOURCES": str(indexed.docs),
            "DATABASE_URL": f"sqlite:///{self.state}",
            "DOCSBOT_USER_LIMIT": "0",
            "DOCSBOT_TEAM_LIMIT": "0",
            "DISCORD_MESSAGE_CONTENT": "on",
            "DISCORD_ESCALATION": f"{DESK} {VOLUNTEERS}",
            **(env or {}),
        }
        self._discord = discord
        self._processes: list[Leashed] = []

    async def start(self) -> None:
        before = self._discord.online
        self._processes.append(
            Leashed(
                [sys.executable, "-m", "bot", "discord", "-v"],
                log=self.log,
                env=self._env,
                ending=Ending(grace=10),
            )
        )
        await self._discord.wait_for(lambda: self._discord.online > before, seconds=30)

    def kill(self) -> None:
        """SIGKILL."""
        while self._processes:
            self._processes.pop().end()


@pytest.fixture
async def bot(
    discord: FakeDiscord, model: FakeOpenAI, indexed: Indexed, tmp_path: Path
) -> AsyncIterator[BotProcess]:
    process = BotProcess(discord, model, indexed, tmp_path)
    await process.start()
    try:
        yield process
    finally:
        process.kill()
