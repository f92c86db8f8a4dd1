"""The engine that the tests run on is the real one: it carries events, and comes back after its faults."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine_smoke.client import echo, wait_for_worker
from tests.engine_smoke.models import Echoed
from tests.fixtures.binary import GIVEN
from tests.fixtures.engine import Engine
from tests.fixtures.postgres import Postgres
from tests.fixtures.processes import Leashed, tail


@pytest.fixture(scope="module")
def worker(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leashed]:
    """A worker process on the session's engine."""
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    process = Leashed([sys.executable, "-m", "tests.engine_smoke.worker"], log=log, env=engine.env)
    yield process
    process.end()


async def test_an_event_is_run_by_a_worker_process(engine: Engine, worker: Leashed) -> None:
    hatchet = engine.client()
    await wait_for_worker(hatchet, seconds=30)
    assert await echo(hatchet, "hello", seconds=20) == Echoed(word="hello", worker_pid=worker.pid)


async def test_a_worker_finds_a_killed_engine_again(engine: Engine, worker: Leashed) -> None:
    """Same ports, same keysets: neither the worker nor the client, with their old token, is restarted."""
    hatchet = engine.client()
    await wait_for_worker(hatchet, seconds=30)
    engine.restart()
    # 3 s with the engine of tests/engine; a released one owns nothing until a minute has passed.
    assert await echo(hatchet, "again", seconds=90) == Echoed(word="again", worker_pid=worker.pid)


async def test_a_worker_finds_a_postgres_that_was_away(
    engine: Engine, worker: Leashed, postgres: Postgres
) -> None:
    hatchet = engine.client()
    await wait_for_worker(hatchet, seconds=30)
    postgres.stop()
    postgres.start()
    assert await echo(hatchet, "again", seconds=90) == Echoed(word="again", worker_pid=worker.pid)


def test_the_pool_is_small(engine: Engine, postgres: Postgres) -> None:
    """Each connection costs Postgres megabytes; the engine's own default is 50 of them and more."""
    count = postgres.query("SELECT count(*) FROM pg_stat_activity WHERE datname = 'hatchet'")
    assert 0 < int(count) <= 20


def test_from_embedded_runs_a_task(engine_program: Path, postgres: Postgres, tmp_path: Path) -> None:
    """The SDK starts the same program by its own handshake, and a child process shares that engine."""
    log = tmp_path / "embedded.log"
    env = {
        GIVEN: str(engine_program),
        "HATCHET_CLIENT_EMBEDDED_DATABASE_URL": postgres.create_database("embedded"),
        "HATCHET_CLIENT_EMBEDDED_READY_TIMEOUT_SECONDS": "60",
    }
    program = Leashed([sys.executable, "-m", "tests.engine_smoke.embedded"], log=log, env=env)
    try:
        assert program.wait(120) == 0, tail(log)
    finally:
        program.end()
    results = [line for line in log.read_text().splitlines() if line.startswith("{")]
    assert Echoed.model_validate_json(results[-1]).word == "embedded"
