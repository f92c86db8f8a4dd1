"""The real gateway process, over a small real index and a fake model server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping

import httpx
import pytest

from tests.fakes.openai import FakeOpenAI, quote_sources
from tests.gateway.process import Gateway, Indexed

PAGES = {
    "keys.md": "# Keys\n\n## Rotate a key\n\nRun `widgets rotate` for a new key. The old one works a day.\n",
    "retries.md": "# Retries\n\nA failed task is retried three times, with a backoff of two seconds.\n",
}


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    """The pages, and a data folder with their index."""
    folder = tmp_path_factory.mktemp("docs") / "handbook"
    folder.mkdir()
    for name, text in PAGES.items():
        (folder / name).write_text(text)
    data = tmp_path_factory.mktemp("data")
    subprocess.run(
        [sys.executable, "-m", "bot", "--data", str(data), "index", str(folder)], check=True, timeout=120
    )
    return Indexed(docs=folder, data=data)


@pytest.fixture(scope="package")
def model() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture(scope="package")
def started(
    indexed: Indexed, model: FakeOpenAI, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """One gateway for all tests that leave it as it is: strangers may ask, nobody is limited."""
    with Gateway(indexed, tmp_path_factory.mktemp("gateway"), model_environment(model)) as gateway:
        yield gateway


@pytest.fixture(scope="package")
def closed(
    indexed: Indexed, model: FakeOpenAI, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """One that strangers may not ask, with a webhook."""
    environment = {
        **model_environment(model),
        "DOCSBOT_ANONYMOUS": "off",
        "GITHUB_WEBHOOK_SECRET": "a-long-random-word",
    }
    with Gateway(indexed, tmp_path_factory.mktemp("closed"), environment) as gateway:
        yield gateway


@pytest.fixture
def gateway(started: Gateway, model: FakeOpenAI) -> Gateway:
    """It, with a model that quotes its sources."""
    model.then(quote_sources)
    model.requests.clear()
    model.disconnects = 0
    return started


def model_environment(model: FakeOpenAI) -> Mapping[str, str]:
    return {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "sk-of-the-tests", "OPENAI_MODEL": "fake"}


@pytest.fixture
async def anybody(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """Without a key."""
    async with gateway.client() as client:
        yield client


@pytest.fixture
async def asker(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """With a key of scope ask."""
    async with gateway.client(gateway.ask_key) as client:
        yield client


@pytest.fixture
async def maintainer(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """With a key of scope maintain alone."""
    async with gateway.client(gateway.maintain_key) as client:
        yield client
