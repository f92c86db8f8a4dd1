"""The tables made anew from rows of an earlier moment, in one transaction: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from sqlalchemy import Column, Connection, Table, func, inspect, select
from sqlalchemy import text as statement
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.engine import Patience, connect_database
from bot.adapters.store.migrate import lock_postgres, locked_file, make_config, prepare_file, read_version
from bot.adapters.store.places import read_place
from bot.adapters.store.reading import PREFIX, Row, Scalar, has_rows, reflect
from bot.adapters.store.schema import VERSION_TABLE
from bot.core.errors import StateUnusable

Source = Callable[[], Iterator[Row]]
"""The rows of one table; may be called again where the connection was lost."""

_BATCH = 500
_PATIENCE = Patience(long=3600.0, persist=60.0)


def known_revisions() -> frozenset[str]:
    """Revisions of the schema that this program can read."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return frozenset(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())


async def is_empty(place: str | Path) -> bool:
    """Whether nothing is kept there. Raises StateUnusable, also where a newer program's tables are."""
    where = read_place(place)
    if where.kind == "sqlite" and not where.file.exists():
        return True

    async def work(connection: AsyncConnection, again: bool) -> bool:
        found = await connection.run_sync(read_version)
        if found is not None and found not in known_revisions():
            raise StateUnusable(f"{where.shown} was written by a newer docsbot. Update docsbot.")
        return not await connection.run_sync(has_rows)

    async with connect_database(place) as database:
        return await database.run(work)


async def write_tables(
    place: str | Path, sources: Mapping[str, Source], *, revision: str, force: bool
) -> None:
    """Makes the tables of that revision, fills them, and upgrades them to this program's.

    What was there is gone then; without `force`, that must be nothing. A bot that runs on it waits.
    Raises StateUnusable, StateUnavailable.
    """
    async with connect_database(place, patience=_PATIENCE) as database:
        where = database.place

        async def work(connection: AsyncConnection, again: bool) -> None:
            if where.kind == "postgres":
                await lock_postgres(connection, where)
            await connection.run_sync(_remake, sources, revision, force or again)

        async with locked_file(where):
            if where.kind == "sqlite":
                prepare_file(where)
            await database.transact(work, long=True)


def _remake(connection: Connection, sources: Mapping[str, Source], revision: str, force: bool) -> None:
    from alembic import command

    if not force and has_rows(connection):
        raise StateUnusable("The state is not empty any more: something wrote to it just now.")
    _drop(connection)
    config = make_config(connection)
    command.upgrade(config, revision)
    tables = reflect(connection).tables
    for name, rows in sources.items():
        if name not in tables:
            raise StateUnusable(
                f"The backup has a table {name}, which its own version of the schema has not."
            )
        _fill(connection, tables[name], rows())
    command.upgrade(config, "head")


def _drop(connection: Connection) -> None:
    quote = connection.dialect.identifier_preparer.quote
    for name in sorted(inspect(connection).get_table_names()):
        if name.startswith(PREFIX) or name == VERSION_TABLE:
            connection.execute(statement(f"DROP TABLE {quote(name)}"))


def _fill(connection: Connection, table: Table, rows: Iterator[Row]) -> None:
    while batch := list(islice(rows, _BATCH)):
        for row in batch:
            _check(table, row)
        connection.execute(table.insert(), [dict(row) for row in batch])
    if connection.dialect.name == "postgresql":
        _number_on(connection, table)


def _check(table: Table, row: Row) -> None:
    """SQLite would store anything anywhere."""
    for name, value in row.items():
        column = table.columns.get(name)
        if column is None or not _fits(column, value):
            raise StateUnusable(f"The backup has a value in {table.name}.{name} that does not belong there.")


def _fits(column: Column[object], value: Scalar) -> bool:
    if value is None:
        return bool(column.nullable)
    kind = column.type.python_type
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _number_on(connection: Connection, table: Table) -> None:
    """New rows get numbers after those that were written with theirs."""
    for column in table.primary_key:
        sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        last = connection.scalar(select(func.max(column)))
        if sequence is not None and last is not None:
            connection.execute(select(func.setval(sequence, last)))
