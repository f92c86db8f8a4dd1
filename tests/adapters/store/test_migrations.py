"""Making and upgrading the tables."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy import Connection, inspect, text

from bot.adapters.store.engine import Database, open_database, transaction
from bot.adapters.store.ledger import StoredLedger
from bot.adapters.store.migrate import make_config, migrate, read_version
from bot.adapters.store.schema import HEAD, VERSION_TABLE, metadata
from bot.core.errors import StateUnusable
from tests.contracts.state_cases import claim, key


async def test_from_nothing_to_the_tables_of_this_program(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True, "version_table": VERSION_TABLE}
        found: list[object] = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        return found

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(read_version) == HEAD


async def test_the_newest_revision_is_what_the_program_says(database: Database) -> None:
    async with database.engine.connect() as connection:
        config = await connection.run_sync(make_config)
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_a_second_start_changes_nothing(place: str) -> None:
    async with open_database(place) as database:
        first = await claim(StoredLedger(database), key())
    async with open_database(place) as database:
        await migrate(database.place, database.transact)
        assert await StoredLedger(database).get(key()) == first


async def test_many_starts_at_once(place: str) -> None:
    async def start(owner: int) -> bool:
        async with open_database(place) as database:
            ledger = StoredLedger(database)
            won = await ledger.claim(key(), owner=str(owner), thread="", user="", question="", origin="")
            return won is not None

    assert sum(await asyncio.gather(*map(start, range(6)))) == 1


async def test_a_file_waits_for_the_process_that_upgrades_it(tmp_path: Path) -> None:
    async def start() -> None:
        async with open_database(tmp_path / "state.db"):
            pass

    with FileLock(tmp_path / "state.db.lock"):
        starting = asyncio.create_task(start())
        await asyncio.wait({starting}, timeout=0.3)
        assert not starting.done()
        assert not (tmp_path / "state.db").exists()
    await starting


async def test_tables_of_a_newer_program_are_refused(place: str) -> None:
    async with open_database(place) as database:
        await database.change(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StateUnusable, match="newer docsbot") as error:
        async with open_database(place):
            pass
    assert not error.value.retryable
    assert f"version 9999, this program knows {HEAD}" in error.value.detail
    assert "Update docsbot" in error.value.detail


async def test_an_upgrade_that_fails_leaves_nothing_behind(place: str) -> None:
    async with open_database(place) as database:
        tables = [*metadata.tables, VERSION_TABLE]
        # What is in the way: the last table that the first revision makes.
        async with transaction(database.engine) as connection:
            for table in tables:
                await connection.execute(text(f"DROP TABLE {table}"))
            await connection.execute(text("CREATE TABLE docsbot_escalations (x INTEGER)"))
    with pytest.raises(StateUnusable, match="already exists"):
        async with open_database(place):
            pass
    # Then it is out of the way, and nothing else is.
    async with transaction(database.engine) as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        await connection.execute(text("DROP TABLE docsbot_escalations"))
    await database.close()
    assert names == ["docsbot_escalations"]
    async with open_database(place) as database:
        await claim(StoredLedger(database), key())


async def test_a_file_is_opened_for_many(tmp_path: Path) -> None:
    async with open_database(tmp_path / "state.db") as database:
        for pragma, value in (("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 2500)):
            (row,) = await database.rows(text(f"PRAGMA {pragma}"))
            assert list(row.values()) == [value]


async def test_claims_of_the_first_version_are_kept(place: str) -> None:
    async with open_database(place) as database:
        first = await claim(StoredLedger(database), key())
        # As the first version left it.
        async with transaction(database.engine) as connection:
            for table in ("docsbot_keys", "docsbot_deliveries"):
                await connection.execute(text(f"DROP TABLE {table}"))
            await connection.execute(text("ALTER TABLE docsbot_claims DROP COLUMN citations"))
            await connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
    async with open_database(place) as database:
        assert await StoredLedger(database).get(key()) == first
        async with database.engine.connect() as connection:
            assert await connection.run_sync(read_version) == HEAD
