"""The database: its connections, each call bounded in time, and tried again where that may help."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
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

CALL_SECONDS = 5.0
"""For one try of a call. A statement of ours takes milliseconds."""
LONG_SECONDS = 120.0
"""For one try of a call that removes many rows."""
PAUSES = (0.1, 0.3, 0.7, 1.5, 2.5, 4.0)
"""Seconds between two tries: 9 in all, in which a Postgres restarts or its replica takes over."""
PERSIST_SECONDS = 15.0
"""After which no other try begins: whoever waits for an answer would rather know."""
CONNECTIONS = 10
"""To Postgres, for one process at most; 5 of them are kept open."""


class Database:
    """An open database. Each statement is a transaction of its own, but in `transact`."""

    def __init__(self, engine: AsyncEngine, place: Place) -> None:
        self.engine = engine
        self.place = place

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
            async with asyncio.timeout(CALL_SECONDS), self.engine.connect() as connection:
                return await work(connection, again)

        return await self._persist(attempt)

    async def transact(self, work: Work[T], *, seconds: float = CALL_SECONDS) -> T:
        """Does the work in one transaction."""

        async def attempt(again: bool) -> T:
            async with asyncio.timeout(seconds), transaction(self.engine) as connection:
                return await work(connection, again)

        return await self._persist(attempt)

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An insert that knows ON CONFLICT, which each database spells for itself."""
        return sqlite.insert(table) if self.place.kind == "sqlite" else postgresql.insert(table)

    async def _persist(self, attempt: Callable[[bool], Awaitable[T]]) -> T:
        end = time.monotonic() + PERSIST_SECONDS
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
async def open_database(place: str | Path) -> AsyncIterator[Database]:
    """The database of that file name or address, with its tables as this program knows them.

    Raises StateUnusable, StateUnavailable.
    """
    where = read_place(place)
    engine = _make_engine(where)
    try:
        database = Database(engine, where)
        await migrate(database)
        yield database
    finally:
        await engine.dispose()


def _make_engine(place: Place) -> AsyncEngine:
    if place.kind == "sqlite":
        # One connection: SQLite writes one at a time anyway, and its lock is a slower queue than ours.
        engine = create_async_engine(
            place.url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_size=1,
            max_overflow=0,
            pool_timeout=CALL_SECONDS,
            connect_args={"timeout": CALL_SECONDS / 2},
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
        pool_timeout=CALL_SECONDS,
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
