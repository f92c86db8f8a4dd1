"""The real bot process, on a fake Slack and a fake model server, over a small real index."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from bot.slack.setup.manifest import EVENTS, SCOPES
from tests.fakes.openai import FakeOpenAI
from tests.fakes.slack import CAROL, FakeSlack
from tests.fixtures.processes import Ending, Leashed, free_port, wait_until_ready

PAGES = {
    "keys.md": "# Keys\n\n## Rotate a key\n\nRun `widgets rotate` for a new key. The old one works a day.\n",
    "retries.md": "# Retries\n\nA failed task is retried three times, with a backoff of two seconds.\n",
}


Transport = Literal["socket", "http"]
BOTH = pytest.mark.parametrize("transport", ["socket", "http"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    docs: Path
    data: Path


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    """The pages, and a data folder with their index."""
    folder = tmp_path_factory.mktemp("docs")
    for name, text in PAGES.items():
        (folder / name).write_text(text)
    data = tmp_path_factory.mktemp("data")
    subprocess.run(
        [sys.executable, "-m", "bot", "--data", str(data), "index", str(folder)], check=True, timeout=120
    )
    return Indexed(docs=folder, data=data)


@pytest.fixture
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """The app is as the manifest makes it: what it does not ask for is refused, and does not come."""
    async with FakeSlack() as server:
        server.courier.retry_delays = (0.0, 0.5, 1.0)
        server.world.scopes[:] = SCOPES
        server.world.subscriptions = set(EVENTS)
        yield server


class BotProcess:
    """`docsbot slack` as a process, which Slack reaches by `transport`."""

    def __init__(
        self,
        slack: FakeSlack,
        model: FakeOpenAI,
        indexed: Indexed,
        folder: Path,
        *,
        transport: Transport = "socket",
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.log = folder / "bot.log"
        self.transport = transport
        self.port = free_port()
        self.state = folder / "state.sqlite3"
        self._env = {
            **slack.environment,
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": "test",
            "OPENAI_MODEL": "test",
            "DOCSBOT_DATA": str(indexed.data),
            "DOCS_SOURCES": str(indexed.docs),
            "DATABASE_URL": f"sqlite:///{self.state}",
            "SLACK_MAINTAINERS": CAROL,
            "DOCSBOT_USER_LIMIT": "0",
            "DOCSBOT_TEAM_LIMIT": "0",
            "DOCSBOT_PORT": str(self.port),
            **(env or {}),
        }
        self._slack = slack
        self._process: Leashed | None = None

    @property
    def url(self) -> str:
        """The Request URL, over HTTP."""
        return f"http://127.0.0.1:{self.port}/slack/events"

    @property
    def process(self) -> Leashed:
        assert self._process is not None
        return self._process

    async def start(self) -> None:
        before = len(self._slack.connections)
        http = ["--http"] if self.transport == "http" else []
        self._process = Leashed(
            [sys.executable, "-m", "bot", "slack", *http],
            log=self.log,
            env=self._env,
            ending=Ending(grace=10),
        )
        if http:
            self._slack.use_http(self.url)
            await asyncio.to_thread(
                wait_until_ready, self._listens, self._process, name="docsbot slack", seconds=30
            )
        else:
            await self._slack.wait_for(lambda: len(self._slack.connections) >= before + 2, seconds=30)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.end()
            self._process = None


@pytest.fixture
def transport() -> Transport:
    """How Slack reaches the bot; a test may run with both by parametrising this name."""
    return "socket"


@pytest.fixture
async def bot(
    slack: FakeSlack, model: FakeOpenAI, indexed: Indexed, tmp_path: Path, transport: Transport
) -> AsyncIterator[BotProcess]:
    process = BotProcess(slack, model, indexed, tmp_path, transport=transport)
    await process.start()
    try:
        yield process
    finally:
        process.kill()
