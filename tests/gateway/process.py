"""`docsbot serve` as a process, and how tests talk to it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from bot.adapters.store import open_state
from tests.fixtures.processes import Ending, Leashed, wait_until_ready

_numbers = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    docs: Path
    data: Path


class Gateway:
    """A running gateway; its state is in `folder`, its log beside it."""

    def __init__(self, indexed: Indexed, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.log = folder / "gateway.log"
        self.environment = {
            "DOCSBOT_DATA": str(indexed.data),
            "DOCS_SOURCES": str(indexed.docs),
            "DATABASE_URL": f"sqlite:///{folder / 'state.sqlite3'}",
            "DOCSBOT_ANONYMOUS": "on",
            "DOCSBOT_ADDRESS_LIMIT": "0",
            "DOCSBOT_USER_LIMIT": "0",
            **(environment or {}),
        }
        with ThreadPoolExecutor(1) as apart:  # from the test's own event loop, where there is one
            keys = apart.submit(asyncio.run, make_keys(self.environment["DATABASE_URL"])).result()
        self.ask_key, self.maintain_key = keys
        self.process: Leashed | None = None
        self.url = ""

    def add_key(self, name: str, *scopes: str) -> str:
        made = self.call("keys", "add", name, *(f"--scope={scope}" for scope in scopes))
        return made.stdout.strip()

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command on the same state."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            check=True,
            timeout=60,
            text=True,
            capture_output=True,
            env={**os.environ, **self.environment},
        )

    def start(self) -> None:
        self.process = Leashed(
            [sys.executable, "-m", "bot", "-v", "serve", "--port", "0"],
            log=self.log,
            env=self.environment,
            ending=Ending(signal=signal.SIGTERM, grace=15),
        )
        wait_until_ready(self._is_up, self.process, name="the gateway", seconds=60)

    def beside(self, environment: Mapping[str, str]) -> Gateway:
        """Another process on the same state, with another environment."""
        other = copy(self)
        other.environment = {**self.environment, **environment}
        other.log = self.log.with_name(f"beside-{next(_numbers)}.log")
        return other

    def _is_up(self) -> bool:
        found = re.search(r"Serves at (\S+)", self.log.read_text() if self.log.exists() else "")
        self.url = found[1] if found else ""
        return bool(found)

    def client(self, key: str = "") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30, trust_env=False)

    def end(self) -> None:
        if self.process is not None:
            self.process.end()

    def __enter__(self) -> Gateway:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


@dataclass(frozen=True, slots=True)
class Event:
    """A server-sent event."""

    id: str
    name: str
    data: dict[str, Any]


@asynccontextmanager
async def streaming(
    client: httpx.AsyncClient, method: str, path: str, body: object = None
) -> AsyncIterator[AsyncIterator[Event]]:
    """The events of a stream as they come; leaving the context hangs up."""
    headers = {"Accept": "text/event-stream"}
    async with client.stream(method, path, json=body, headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _read(response)


async def make_keys(database: str) -> tuple[str, str]:
    """A key of scope ask, and one of scope maintain alone."""
    async with open_state(database) as state:
        ask = await state.keyring.make("asker", ["ask"])
        maintain = await state.keyring.make("maintainer", ["maintain"])
    assert ask
    assert maintain
    return ask, maintain


async def stream_events(
    client: httpx.AsyncClient, method: str, path: str, body: object = None
) -> list[Event]:
    """All events of a stream that ends."""
    async with streaming(client, method, path, body) as events:
        return [event async for event in events]


async def _read(response: httpx.Response) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Event(fields["id"], fields["event"], json.loads(fields["data"]))
            fields = {}


async def until(condition: Callable[[], object], seconds: float = 15.0) -> None:
    """Waits until the condition holds; it may block."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)
