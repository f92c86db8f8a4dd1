"""The tables as they stand at one moment, whatever their version, while others write."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

from sqlalchemy import Connection, MetaData, RowMapping, Table, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.engine import Database, connect_database
from bot.adapters.store.failures import explain
from bot.adapters.store.migrate import read_version
from bot.adapters.store.places import Place, read_place
from bot.adapters.store.schema import VERSION_TABLE
from bot.core.errors import StateUnusable

PREFIX = "docsbot_"
"""Of every table of ours."""

Scalar = str | int | bool | None
Row = Mapping[str, Scalar]

_PAGE = 500  # rows that are fetched at once


class Tables:
    """One moment of a database."""

    def __init__(self, connection: AsyncConnection, database: Database, *, revision: str | None) -> None:
        self._connection = connection
        self._database = database
        self._found = MetaData()
        self.revision = revision
        """Of the schema; None where nothing was ever kept."""

    async def names(self) -> tuple[str, ...]:
        """The tables of ours but the one with the schema's revision. Raises StateUnusable, as all here."""
        try:
            self._found = await self._connection.run_sync(reflect)
        except SQLAlchemyError as error:
            raise explain(error, self._database.place) from None
        return tuple(sorted(self._found.tables))

    async def rows(self, name: str) -> AsyncGenerator[Row, None]:
        """The rows of one table, as they were written."""
        table = self._found.tables[name]
        place, patience = self._database.place, self._database.patience
        try:
            result = await self._connection.stream(select(table).order_by(*table.primary_key))
            try:
                pages = result.mappings().partitions(_PAGE)
                while (page := await _next(pages, patience.long)) is not None:
                    for row in page:
                        yield _plain(row, name)
            finally:
                await result.close()
        except (SQLAlchemyError, OSError) as error:
            raise explain(error, place) from None


@asynccontextmanager
async def read_tables(place: str | Path, *, scratch: Path) -> AsyncIterator[Tables]:
    """One moment of the state. Raises StateUnusable, StateUnavailable.

    SQLite is copied into a folder below `scratch`, which only this user may enter, and read there; Postgres
    shows one transaction the same moment for as long as it lasts. Neither keeps a bot from writing.
    """
    where = read_place(place)
    if where.kind == "postgres":
        async with _moment(place) as tables:
            yield tables
        return
    with tempfile.TemporaryDirectory(dir=scratch, prefix=".docsbot-") as folder:
        copy = Path(folder, "state.sqlite3")
        await asyncio.to_thread(_copy, where, copy)
        async with _moment(copy) as tables:
            yield tables


@asynccontextmanager
async def _moment(place: str | Path) -> AsyncIterator[Tables]:
    async with connect_database(place) as database:
        # Tried again while the server is away; what follows is not: half a moment is of no use.
        await database.rows(select(1))
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        async with database.engine.connect() as connection:
            if database.place.kind == "postgres":
                await connection.execution_options(**options)
            try:
                revision = await connection.run_sync(read_version)
            except (SQLAlchemyError, OSError) as error:
                raise explain(error, database.place) from None
            yield Tables(connection, database, revision=revision)


def _copy(place: Place, target: Path) -> None:
    """SQLite's own online backup: in one step, as it would begin anew whenever another process writes."""
    try:
        with closing(sqlite3.connect(target)) as copy:
            if place.file.exists():
                with closing(sqlite3.connect(f"{place.file.as_uri()}?mode=ro", uri=True)) as source:
                    source.backup(copy)
            found = copy.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise explain(error, place) from None
    if found != ("ok",):
        raise StateUnusable(f"{place.shown} is damaged: SQLite's own check of it fails.")


def reflect(connection: Connection) -> MetaData:
    """The tables of ours as the database describes them."""
    found = MetaData()
    names = [
        name
        for name in inspect(connection).get_table_names()
        if name.startswith(PREFIX) and name != VERSION_TABLE
    ]
    if names:
        found.reflect(connection, only=names)
    return found


def has_rows(connection: Connection) -> bool:
    """Whether any table of ours holds anything."""
    found = reflect(connection)
    return any(_any(connection, table) for table in found.tables.values())


def _any(connection: Connection, table: Table) -> bool:
    return connection.execute(select(table).limit(1)).first() is not None


async def _next(pages: AsyncIterator[Sequence[RowMapping]], seconds: float) -> Sequence[RowMapping] | None:
    async with asyncio.timeout(seconds):
        return await anext(pages, None)


def _plain(row: RowMapping, name: str) -> Row:
    for value in row.values():
        if not isinstance(value, (str, int, bool, type(None))):
            raise StateUnusable(f"The table {name} holds a value of a kind that no backup knows.")
    return dict(row)
