"""The real bot process, on a fake Discord and a fake model server, over a small real index."""

from __future__ import annotations

import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.discord import DESK, VOLUNTEERS, FakeDiscord
from tests.fakes.openai import FakeOpenAI, quote_sources
from tests.fixtures.processes import Ending, Leashed
from tests.slack.conftest import Indexed, indexed

__all__ = ["indexed"]


class BotProcess:
    """`docsbot discord` as a process, or as several."""

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

    @property
    def count(self) -> int:
        """Of its processes that were started and not killed."""
        return len(self._processes)

    def launch(self) -> Leashed:
        """A process that perhaps never connects."""
        command = [sys.executable, "-m", "bot", "discord", "-v"]
        return Leashed(command, log=self.log, env=self._env, ending=Ending(grace=10))

    async def start(self) -> None:
        before = self._discord.online
        self._processes.append(self.launch())
        await self._discord.wait_for(lambda: self._discord.online > before, seconds=30)

    def end(self) -> int:
        """SIGTERM; the exit status."""
        process = self._processes.pop()
        process.send(signal.SIGTERM)
        status = process.wait(20)
        process.end()
        return status

    def kill(self) -> None:
        """SIGKILL."""
        while self._processes:
            self._processes.pop().end()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Of its database."""
        with closing(sqlite3.connect(self.state, timeout=10)) as database, database:
            return database.execute(query).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the tests of a module share: starting a bot takes longer than most of them."""

    discord: FakeDiscord
    model: FakeOpenAI
    bot: BotProcess


@pytest.fixture(scope="module")
def house(indexed: Indexed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with FakeDiscord(granted={"message_content"}, strict=False) as discord, FakeOpenAI() as model:
        bot = BotProcess(discord, model, indexed, tmp_path_factory.mktemp("bot"))
        yield House(discord=discord, model=model, bot=bot)
        bot.kill()


@pytest.fixture
def model(house: House) -> FakeOpenAI:
    house.model.then(quote_sources)
    house.model.requests.clear()
    house.model.disconnects = 0
    return house.model


@pytest.fixture
async def discord(house: House) -> AsyncIterator[FakeDiscord]:
    await house.discord.refresh()
    yield house.discord
    house.discord.assert_clean()


@pytest.fixture
async def bot(house: House, discord: FakeDiscord, model: FakeOpenAI) -> BotProcess:
    """One process, in a guild where nothing was said or set yet."""
    if house.bot.count != 1:
        house.bot.kill()
        await discord.wait_for(lambda: not discord.online)
        await house.bot.start()
    house.bot.rows("DELETE FROM docsbot_channels")
    return house.bot
