"""Makes and upgrades the tables at start, by one process at a time."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, column, func, inspect, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.failures import explain
from bot.adapters.store.places import Place
from bot.adapters.store.schema import HEAD, VERSION_TABLE
from bot.core.errors import StateUnavailable, StateUnusable

if TYPE_CHECKING:
    from alembic.config import Config

LOCK_SECONDS = 60.0
"""For which another process may migrate before this one gives up."""
_LOCK_NUMBER = 0x646F6373626F74  # "docsbot"
_LOOK_SECONDS = 0.1


class Transact(Protocol):
    """Does some work in one transaction; a `long` one may take its time."""

    async def __call__(
        self, work: Callable[[AsyncConnection, bool], Awaitable[None]], *, long: bool = False
    ) -> None: ...


async def migrate(place: Place, transact: Transact) -> None:
    """Brings the tables to `HEAD`. Raises StateUnusable where a newer program made them."""

    async def work(connection: AsyncConnection, again: bool) -> None:
        if place.kind == "postgres":
            await lock_postgres(connection, place)
        await connection.run_sync(_upgrade, place)

    async with locked_file(place):
        if place.kind == "sqlite":
            await asyncio.to_thread(prepare_file, place)
        await transact(work, long=True)


def prepare_file(place: Place) -> None:
    """Makes it a database that many read while one writes. Raises StateUnusable.

    By a connection of its own: one of the engine's that cannot be opened leaves a thread behind.
    """
    try:
        with closing(sqlite3.connect(place.file)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise explain(error, place) from None


def _upgrade(connection: Connection, place: Place) -> None:
    found = read_version(connection)
    if found == HEAD:
        return
    # Half of a start's time, which only a start with something to do pays.
    from alembic import command
    from alembic.script import ScriptDirectory

    config = make_config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StateUnusable(
            f"{place.shown} was written by a newer docsbot (its tables are of version {found}, this program "
            f"knows {HEAD}). Update docsbot, or give it another database by DATABASE_URL or DOCSBOT_DATA."
        )
    command.upgrade(config, "head")


def read_version(connection: Connection) -> str | None:
    """The revision of the tables that are there; None where there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))


def make_config(connection: Connection) -> Config:
    """Alembic's configuration, without a file of its own."""
    from alembic.config import Config

    config = Config()
    # ConfigParser reads % as the beginning of a reference.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def lock_postgres(connection: AsyncConnection, place: Place) -> None:
    """Takes a lock that the server frees at the transaction's end, however it ends."""
    async with _deadline(place):
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK_NUMBER)))


@asynccontextmanager
async def locked_file(place: Place) -> AsyncIterator[None]:
    """Holds a file beside the database that the system frees when this process ends; its folder is made."""
    if place.kind != "sqlite":
        yield
        return
    from filelock import FileLock, Timeout

    try:
        place.file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{place.file}.lock")
        async with _deadline(place):
            while True:
                try:
                    lock.acquire(blocking=False)
                    break
                except Timeout:
                    await asyncio.sleep(_LOOK_SECONDS)
    except OSError as error:
        raise StateUnusable(
            f"{place.shown} cannot be opened: {error.strerror}. Give docsbot a folder that it may write, by "
            "DOCSBOT_DATA or --data."
        ) from error
    try:
        yield
    finally:
        lock.release()


@asynccontextmanager
async def _deadline(place: Place) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(LOCK_SECONDS):
            yield
    except TimeoutError:
        raise StateUnavailable(
            f"{place.shown} has been upgraded by another process for over {LOCK_SECONDS:.0f} s. Is it stuck?"
        ) from None
