"""The database: its connections, each call bounded in time, and tried again where that may help."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Executable, RowMapping, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.adapters.store.failures import explain, may_pass
from bot.adapters.store.migrate import migrate
from bot.adapters.store.places import Place, read_place

logger = logging.getLogger(__name__)
T = TypeVar("T")

Work = Callable[[AsyncConnection, bool], Awaitable[T]]
"""What is done on a connection. The flag says that it is done again: the first time may have been done, and
only its answer lost."""

PAUSES = (0.1, 0.3, 0.7, 1.5, 2.5, 4.0)
"""Seconds between two tries: 9 in all, in which a Postgres restarts or its replica takes over."""
CONNECTIONS = 10
"""To Postgres, for one process at most; 5 of them are kept open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited, in seconds."""

    call: float = 5.0
    """For one try of a call. A statement of ours takes milliseconds."""
    long: float = 120.0
    """For one try of a call that removes many rows, or makes tables."""
    persist: float = 15.0
    """After which no other try begins: whoever waits for an answer would rather know."""


class Database:
    """An open database. Each statement is a transaction of its own, but in `transact`.

    A call that is cancelled is done nevertheless, behind its caller's back: a connection that is left in the
    middle of a statement keeps its locks, and of SQLite that would be everybody's.
    """

    def __init__(self, engine: AsyncEngine, place: Place, patience: Patience) -> None:
        self.engine = engine
        self.place = place
        self.patience = patience
        self._calls: set[asyncio.Task[object]] = set()

    async def rows(self, statement: Executable) -> Sequence[RowMapping]:
        """The rows of one statement, which may be executed twice. Raises StateUnusable, as all below."""

        async def work(connection: AsyncConnection, again: bool) -> Sequence[RowMapping]:
            return await fetch(connection, statement)

        return await self.run(work)

    async def change(self, statement: Executable) -> int:
        """How many rows one statement changed, which may be executed twice."""

        async def work(connection: AsyncConnection, again: bool) -> int:
            return (await connection.execute(statement)).rowcount

        return await self.run(work)

    async def run(self, work: Work[T]) -> T:
        """Does the work on a connection on which each statement counts at once."""

        async def attempt(again: bool) -> T:
            async with self._bounded(self.patience.call), self.engine.connect() as connection:
                return await work(connection, again)

        return await self._complete(attempt)

    async def transact(self, work: Work[T], *, long: bool = False) -> T:
        """Does the work in one transaction; a `long` one may take its time."""
        seconds = self.patience.long if long else self.patience.call

        async def attempt(again: bool) -> T:
            async with self._bounded(seconds), transaction(self.engine) as connection:
                return await work(connection, again)

        return await self._complete(attempt)

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An insert that knows ON CONFLICT, which each database spells for itself."""
        return sqlite.insert(table) if self.place.kind == "sqlite" else postgresql.insert(table)

    async def close(self) -> None:
        """Waits for calls whose callers are gone, and ends the connections."""
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self.engine.dispose()

    def _bounded(self, seconds: float) -> asyncio.Timeout:
        # SQLite bounds its waiting by itself; a statement in its thread cannot be taken back.
        return asyncio.timeout(seconds if self.place.kind == "postgres" else None)

    async def _complete(self, attempt: Callable[[bool], Awaitable[T]]) -> T:
        call = asyncio.create_task(self._persist(attempt))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return await asyncio.shield(call)

    async def _persist(self, attempt: Callable[[bool], Awaitable[T]]) -> T:
        end = time.monotonic() + self.patience.persist
        pauses = list(PAUSES)
        while True:
            try:
                return await attempt(len(pauses) < len(PAUSES))
            except (SQLAlchemyError, OSError) as error:
                problem = explain(error, self.place)
                if not pauses or not may_pass(error) or time.monotonic() + pauses[0] > end:
                    # No chain: the original's text may hold people's questions.
                    raise problem from None
            logger.warning("%s", problem.detail)
            await asyncio.sleep(pauses.pop(0))


async def fetch(connection: AsyncConnection, statement: Executable) -> Sequence[RowMapping]:
    return (await connection.execute(statement)).mappings().all()


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in one transaction, which ends with the block."""
    async with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            await connection.execution_options(isolation_level="READ COMMITTED")
        else:
            # Takes the lock for writing now: one that is wanted in the middle is refused without waiting.
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection
        await connection.commit()


@asynccontextmanager
async def open_database(place: str | Path, *, patience: Patience | None = None) -> AsyncIterator[Database]:
    """The database of that file name or address, with its tables as this program knows them.

    Raises StateUnusable, StateUnavailable.
    """
    async with connect_database(place, patience=patience) as database:
        await migrate(database.place, database.transact)
        yield database


@asynccontextmanager
async def connect_database(place: str | Path, *, patience: Patience | None = None) -> AsyncIterator[Database]:
    """The database of that file name or address with the tables that it has; nothing is connected yet.

    Raises StateUnusable.
    """
    where = read_place(place)
    patience = patience or Patience()
    database = Database(_make_engine(where, patience), where, patience)
    try:
        yield database
    finally:
        await database.close()


def _make_engine(place: Place, patience: Patience) -> AsyncEngine:
    if place.kind == "sqlite":
        # At DEBUG it writes every statement's values, which are people's questions.
        logging.getLogger("aiosqlite").setLevel(logging.INFO)
        # One connection: SQLite writes one at a time anyway, and its lock is a slower queue than ours.
        engine = create_async_engine(
            place.url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_size=1,
            max_overflow=0,
            pool_timeout=patience.call,
            connect_args={"timeout": patience.call / 2},
        )
        event.listen(engine.sync_engine, "connect", _set_up)
        return engine
    given = place.url.query
    return create_async_engine(
        place.url,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_size=CONNECTIONS // 2,
        max_overflow=CONNECTIONS - CONNECTIONS // 2,
        pool_timeout=patience.call,
        pool_recycle=1800,
        connect_args={name: value for name, value in _NETWORK.items() if name not in given},
    )


# A server that is gone without a word is noticed by the kernel; what the address says goes before.
_NETWORK = {
    "connect_timeout": "5",
    "application_name": "docsbot",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}


def _set_up(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # NORMAL: a crash of the program loses nothing; a power cut may lose the last commits, never the file.
    for pragma in ("foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
