"""One stack for all tests here: each has a folder of the repository, which is a source, for itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.engine_crawl.stack import Stack, write_files
from tests.fakes.github import FakeGitHub
from tests.fakes.openai import FakeOpenAI
from tests.fixtures.chroma import ChromaServer
from tests.fixtures.engine import Engine

FOLDERS = (
    *("commands", "five", "alone", "dropped", "again", "cancelled", "left", "scheduled", "refused"),
    *("killed", "engine", "postgres", "chroma", "flaky", "late"),
)
FILES = 12
CRON = "0 0 1 1 *"  # once a year: no test is disturbed


def source(folder: str) -> str:
    return f"acme/docs@main:{folder}"


@pytest.fixture(scope="package")
def shared_stack(
    engine: Engine, chroma_server: ChromaServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    files: dict[str, str] = {}
    for folder in FOLDERS:
        files |= write_files(folder, FILES)
    with FakeGitHub(files) as github, FakeOpenAI() as openai:
        stack = Stack(
            engine=engine,
            chroma=chroma_server,
            github=github,
            openai=openai,
            folder=tmp_path_factory.mktemp("stack"),
            sources=tuple(map(source, FOLDERS)),
        )
        try:
            stack.start_worker(DOCS_CRAWL_CRON=CRON)
            yield stack
        finally:
            stack.close()


@pytest_asyncio.fixture(loop_scope="package")
async def stack(shared_stack: Stack) -> AsyncIterator[Stack]:
    """The stack with a worker at least; GitHub is well again after the test."""
    if not shared_stack.alive:
        shared_stack.start_worker(DOCS_CRAWL_CRON=CRON)
    await shared_stack.until_known()
    yield shared_stack
    shared_stack.github.flaky(0)
    shared_stack.github.limit(None)
