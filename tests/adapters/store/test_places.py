"""What names a database, and what is said of it."""

from __future__ import annotations

import logging
import os
import stat
import traceback
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.adapters.store import open_state
from bot.adapters.store.engine import Database
from bot.adapters.store.places import read_place
from bot.adapters.store.schema import claims, key_values
from bot.core.errors import StateUnusable
from tests.contracts.state_cases import claim, key

SECRET = "s3cr3t:p@ss/w%rd"
ESCAPED = "s3cr3t%3Ap%40ss%2Fw%25rd"


@pytest.mark.parametrize(
    ("place", "driver", "database", "shown"),
    [
        (Path("/data/state.db"), "sqlite+aiosqlite", "/data/state.db", "/data/state.db"),
        ("/data/state.db", "sqlite+aiosqlite", "/data/state.db", "/data/state.db"),
        ("sqlite:////data/state.db", "sqlite+aiosqlite", "/data/state.db", "/data/state.db"),
        ("sqlite+aiosqlite:////data/state.db", "sqlite+aiosqlite", "/data/state.db", "/data/state.db"),
        # As Heroku and others give it.
        ("postgres://u@db/docs", "postgresql+psycopg", "docs", "Postgres at db, database docs"),
        (
            f"postgresql://u:{ESCAPED}@db:5433/docs?sslmode=verify-full&sslrootcert=/ca.pem",
            "postgresql+psycopg",
            "docs",
            "Postgres at db:5433, database docs",
        ),
        # Of another driver, as a host's template has it.
        ("postgresql+asyncpg://u@db/docs", "postgresql+psycopg", "docs", "Postgres at db, database docs"),
        ("postgresql:///docs", "postgresql+psycopg", "docs", "Postgres at the local socket, database docs"),
    ],
)
def test_places(place: str | Path, driver: str, database: str, shown: str) -> None:
    read = read_place(place)
    assert (read.url.drivername, read.url.database, read.shown) == (driver, database, shown)
    assert SECRET not in repr(read)
    assert ESCAPED not in repr(read)


def test_a_password_and_parameters_reach_the_driver() -> None:
    url = read_place(f"postgresql://u:{ESCAPED}@db/docs?sslmode=verify-full&sslrootcert=/ca.pem").url
    assert url.password == SECRET
    assert url.query == {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}


def test_a_relative_file_stays_the_same_file() -> None:
    assert read_place("state.db").file == Path.cwd() / "state.db"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("mysql://u:s3cr3t@db/docs", "neither SQLite nor Postgres"),
        # An unescaped password: parts of it would be read as host and port.
        ("postgresql://u:s3cr3t/p@ss:word@db:54x/docs", "not the address of a database"),
        ("postgresql://u:s3cr3t@db:port/docs", "not the address of a database"),
        ("://s3cr3t", "not the address of a database"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_what_names_no_database(place: str, reason: str) -> None:
    with pytest.raises(StateUnusable, match=reason) as error:
        read_place(place)
    assert "s3cr3t" not in f"{error.value!r} {error.value.detail} {error.value.__cause__!r}"
    assert "DATABASE_URL" in error.value.detail
    assert "Example:" in error.value.detail


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    place = tmp_path / "state.db"
    place.write_bytes(b"not a database, but long enough to be looked at" * 50)
    with pytest.raises(StateUnusable, match="file is not a database"):
        async with open_state(place):
            pass


@pytest.mark.parametrize("name", ["state.db", "below/state.db"])
async def test_a_folder_in_the_way(tmp_path: Path, name: str) -> None:
    """A folder where the file should be, or a file where its folder should be."""
    if name == "state.db":
        (tmp_path / "state.db").mkdir()
    else:
        (tmp_path / "below").touch()
    with pytest.raises(StateUnusable, match=str(tmp_path)):
        async with open_state(tmp_path / name):
            pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StateUnusable, match="DOCSBOT_DATA"):
        async with open_state(tmp_path / "state.db"):
            pass


async def test_no_question_stands_in_a_log(place: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_state(place) as state:
        await claim(state.ledger, key(), question="a private matter")
    assert "a private matter" not in caplog.text


async def test_no_question_stands_in_an_error(database: Database) -> None:
    statement = insert(claims).values(**key_values(key()), question="a private matter")
    with pytest.raises(StateUnusable, match=r"thread|null value") as error:
        await database.change(statement)
    told = "".join(traceback.format_exception(error.value))
    assert "a private matter" not in told
    assert not error.value.retryable
