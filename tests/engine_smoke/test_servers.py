"""The servers that the tests run on: on loopback, able to go and come back, and gone with their owner."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import chromadb
import pytest

from tests.fixtures.binary import GIVEN
from tests.fixtures.chroma import ChromaServer
from tests.fixtures.engine import REQUIRED, Engine
from tests.fixtures.postgres import Postgres

_LOOPBACK = "0100007F"
_LISTENING = "0A"


def listening_addresses(pid: int) -> list[str]:
    """The addresses, as /proc/net writes them, on which a process accepts TCP connections."""
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = {
        link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:[")
    }
    found = []
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and fields[9] in sockets:
                found.append(fields[1].partition(":")[0])
    return found


def test_all_ports_are_on_loopback(engine: Engine, postgres: Postgres, chroma_server: ChromaServer) -> None:
    assert listening_addresses(engine.pid) == [_LOOPBACK, _LOOPBACK]  # gRPC and REST
    assert listening_addresses(postgres.pid) == [_LOOPBACK]
    assert listening_addresses(chroma_server.pid) == [_LOOPBACK]


def test_postgres_comes_back_with_its_data(postgres: Postgres) -> None:
    postgres.query("CREATE TABLE kept AS SELECT 1 AS n")
    postgres.stop()
    with pytest.raises(AssertionError, match="refused"):
        postgres.query("SELECT 1")
    postgres.start()
    assert postgres.query("SELECT n FROM kept") == "1"


def test_chroma_comes_back_with_its_data(chroma_server: ChromaServer) -> None:
    client = chromadb.HttpClient(host=chroma_server.host, port=chroma_server.port)
    client.create_collection("kept").add(ids=["a"], embeddings=[1.0, 0.0], documents=["text"])
    chroma_server.kill()
    chroma_server.start()
    assert client.get_collection("kept").get()["documents"] == ["text"]
    client.delete_collection("kept")


def test_nothing_survives_a_killed_owner(engine_program: Path) -> None:
    """A test run that is killed leaves neither processes nor folders behind."""
    command = [sys.executable, "-m", "tests.engine_smoke.owner", str(engine_program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        started = json.loads(owner.stdout.readline())
        assert all(Path(f"/proc/{pid}").exists() for pid in started["pids"])
        owner.send_signal(signal.SIGKILL)
    remains = [Path(f"/proc/{pid}") for pid in started["pids"]] + [
        Path(folder) for folder in started["folders"]
    ]
    deadline = time.monotonic() + 15
    while (left := [place for place in remains if place.exists()]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []


@pytest.mark.parametrize(
    ("required", "status", "word"),
    [
        # A machine where no engine can be had: one line says so, the rest of the suite goes on.
        ("", 0, "1 skipped"),
        # Continuous integration, where a silent skip would hide the loss of all these tests.
        ("1", 1, "1 error"),
    ],
)
def test_a_missing_engine_is_told(required: str, status: int, word: str, tmp_path: Path) -> None:
    test = tmp_path / "test_one.py"
    test.write_text("def test_one(engine_program):\n    pass\n")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.fixtures.engine", "-rs", str(test)],
        env={**os.environ, GIVEN: "/nowhere/engine", REQUIRED: required},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == status, result.stdout
    assert word in result.stdout
    assert "names /nowhere/engine, which is no file" in result.stdout
