"""The state in a backup: from either database into either, at one moment, whatever its version."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.adapters.backup.manifest import Manifest, StatePart
from bot.adapters.backup.opening import open_backup
from bot.adapters.backup.state import check_state, load_state, save_state
from bot.adapters.backup.writing import write_backup
from bot.adapters.store import open_state
from bot.adapters.store.engine import connect_database, open_database, transaction
from bot.adapters.store.migrate import read_version
from bot.adapters.store.reading import Row, read_tables
from bot.adapters.store.rewriting import Source, known_revisions, write_tables
from bot.adapters.store.schema import HEAD, VERSION_TABLE
from bot.core.errors import StateUnusable
from bot.core.models import Turn
from tests.adapters.backup.places import dump_state, fill_state
from tests.contracts.state_cases import claim, key, thread
from tests.fixtures.postgres import Postgres

KINDS = ("sqlite", "postgres")


def pick(request: pytest.FixtureRequest, kind: str, file: Path) -> str | Path:
    """A place for the state where nothing is yet."""
    if kind == "sqlite":
        return file
    url: str = request.getfixturevalue("postgres_url")
    return url


async def save(place: str | Path, file: Path) -> StatePart | None:
    with write_backup(file) as backup:
        part = await save_state(place, backup, scratch=file.parent, note=lambda text: None)
        now = datetime.now(UTC)
        backup.finish(Manifest(docsbot="1", made_at=now, state=part, members=backup.members))
    return part


async def load(place: str | Path, file: Path, *, force: bool = False) -> None:
    with open_backup(file) as backup:
        check_state(backup)
        await load_state(place, backup, force=force)


@pytest.mark.parametrize("into", KINDS)
@pytest.mark.parametrize("out_of", KINDS)
async def test_a_backup_restores_into_either_database(
    request: pytest.FixtureRequest, postgres: Postgres, tmp_path: Path, out_of: str, into: str
) -> None:
    source = pick(request, out_of, tmp_path / "one" / "state.db")
    target = pick(request, into, tmp_path / "two" / "state.db")
    if out_of == into == "postgres":
        target = postgres.create_database("other")
    await fill_state(source)
    before = await dump_state(source, tmp_path)
    assert all(before.values())  # no table is forgotten here
    assert await save(source, tmp_path / "b.zip") == StatePart(revision=HEAD)
    await load(target, tmp_path / "b.zip")
    assert await dump_state(target, tmp_path) == before
    # It goes on from there: new rows get new numbers, and what was answered is not answered again.
    async with open_state(target) as state:
        await claim(state.ledger, key("new"))
        await state.memory.remember(thread(), Turn(role="user", text="newest"))
        assert (await state.memory.turns(thread(), limit=1))[0].text == "newest"
        assert not await state.ledger.claim(
            key("asked0"), owner="b", thread="", user="", question="", origin=""
        )


async def test_keys_are_in_it_by_their_digests_alone(tmp_path: Path) -> None:
    made = await fill_state(tmp_path / "state.db")
    await save(tmp_path / "state.db", tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert not [name for name in archive.namelist() if made[3:].encode() in archive.read(name)]
    await load(tmp_path / "other.db", tmp_path / "b.zip")
    async with open_state(tmp_path / "other.db") as state:
        found = await state.keyring.find(made)
    assert found is not None
    assert found.name == "used"


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_there_goes_only_by_force_and_then_wholly(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    await fill_state(tmp_path / "source.db")
    await save(tmp_path / "source.db", tmp_path / "b.zip")
    target = pick(request, kind, tmp_path / "state.db")
    async with open_state(target) as state:
        await claim(state.ledger, key("of the target"))
        before = await dump_state(target, tmp_path)
        with pytest.raises(StateUnusable, match="not empty"):
            await load(target, tmp_path / "b.zip")
        assert await dump_state(target, tmp_path) == before
        await load(target, tmp_path / "b.zip", force=True)
        # The bot that was there all the time goes on with what is there now.
        assert await state.ledger.get(key("of the target")) is None
        assert await state.ledger.get(key("asked0"))
        await claim(state.ledger, key("new"))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_backup_of_an_older_version_is_upgraded(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    source = pick(request, kind, tmp_path / "state.db")
    async with open_state(source) as state:
        before = await claim(state.ledger, key())
    async with connect_database(source) as database, transaction(database.engine) as connection:
        for table in ("docsbot_keys", "docsbot_deliveries"):
            await connection.execute(text(f"DROP TABLE {table}"))
        await connection.execute(text("ALTER TABLE docsbot_claims DROP COLUMN citations"))
        await connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
    assert await save(source, tmp_path / "b.zip") == StatePart(revision="0001")
    async with connect_database(source) as database, database.engine.connect() as connection:
        assert await connection.run_sync(read_version) == "0001"  # a backup upgrades nothing
    await load(source, tmp_path / "b.zip", force=True)
    async with open_state(source) as state:
        assert await state.ledger.get(key()) == before


async def write_pairs(place: str | Path, stop: asyncio.Event) -> int:
    """Writes into two tables in one transaction each time; how often."""
    count = 0
    insert = {
        "docsbot_gaps": "(platform, team, channel, message, fold, question, reason, asked_at) "
        "VALUES ('web', '', '', :name, '', '', '', 1)",
        "docsbot_deliveries": "(origin, delivery, seen_at) VALUES ('web', :name, 1)",
    }
    async with open_database(place) as database:
        while not stop.is_set():
            count += 1
            async with transaction(database.engine) as connection:
                for table, values in insert.items():
                    await connection.execute(text(f"INSERT INTO {table} {values}"), {"name": str(count)})
            await asyncio.sleep(0)
    return count


@pytest.mark.parametrize("kind", KINDS)
async def test_a_backup_shows_one_moment_while_others_write(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    place = pick(request, kind, tmp_path / "state.db")
    await fill_state(place)
    stop = asyncio.Event()
    writing = asyncio.create_task(write_pairs(place, stop))
    seen: list[int] = []
    while len(set(seen)) < 3:  # the writer gets on between two of them
        async with read_tables(place, scratch=tmp_path) as tables:
            names = await tables.names()
            held = {name: [row async for row in tables.rows(name)] for name in reversed(names)}
        pairs = [
            [row["message"] for row in held["docsbot_gaps"] if row["platform"] == "web"],
            [row["delivery"] for row in held["docsbot_deliveries"] if row["origin"] == "web"],
        ]
        assert pairs[0] == pairs[1]
        seen.append(len(pairs[0]))
    stop.set()
    assert await writing >= seen[-1]


async def test_where_nothing_was_kept_there_is_nothing(tmp_path: Path) -> None:
    assert await save(tmp_path / "none" / "state.db", tmp_path / "b.zip") is None
    assert not (tmp_path / "none").exists()
    await load(tmp_path / "other.db", tmp_path / "b.zip")
    assert not (tmp_path / "other.db").exists()
    assert [file.name for file in tmp_path.iterdir()] == ["b.zip"]


async def test_a_damaged_database_makes_no_backup(tmp_path: Path) -> None:
    await fill_state(tmp_path / "state.db")
    content = bytearray((tmp_path / "state.db").read_bytes())
    content[3 * 4096 : 4 * 4096] = b"\xff" * 4096
    (tmp_path / "state.db").write_bytes(content)
    with pytest.raises(StateUnusable):
        await save(tmp_path / "state.db", tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


GOOD: Row = {
    "id": 1,
    "platform": "web",
    "team": "",
    "channel": "",
    "message": "1",
    "fold": "",
    "question": "",
}


@pytest.mark.parametrize(
    ("table", "row"),
    [
        # A table that there never was, and one that is not ours.
        ("docsbot_nothing", GOOD),
        ("pg_authid", GOOD),
        # A column that there is not, also one with something in it to be executed.
        ("docsbot_gaps", {**GOOD, "reason": "", "asked_at": 1, "extra": 1}),
        ("docsbot_gaps", {**GOOD, "reason": "", "asked_at": 1, '"; DROP TABLE docsbot_claims; --': 1}),
        # Values of the wrong kind: SQLite would take each.
        ("docsbot_gaps", {**GOOD, "reason": "", "asked_at": "soon"}),
        ("docsbot_gaps", {**GOOD, "reason": "", "asked_at": True}),
        ("docsbot_gaps", {**GOOD, "reason": 7, "asked_at": 1}),
        ("docsbot_gaps", {**GOOD, "reason": None, "asked_at": 1}),
        # One that is missing.
        ("docsbot_gaps", {**GOOD, "asked_at": 1}),
        # Twice the same.
        ("docsbot_keys", {"id": 1, "name": "a", "digest": "d", "scopes": "[]", "made_at": 1}),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
async def test_rows_that_do_not_belong_there_change_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, table: str, row: Row
) -> None:
    place = pick(request, kind, tmp_path / "state.db")
    await fill_state(place)
    before = await dump_state(place, tmp_path)
    sources: Mapping[str, Source] = {table: lambda: iter([row, {**row, "id": 2}])}
    with pytest.raises(StateUnusable):
        await write_tables(place, sources, revision=HEAD, force=True)
    assert await dump_state(place, tmp_path) == before


async def test_every_revision_can_be_filled(tmp_path: Path) -> None:
    """Each is one from which a backup may come."""
    assert HEAD in known_revisions()
    for revision in known_revisions():
        place = tmp_path / f"{revision}.db"
        await write_tables(place, {}, revision=revision, force=False)
        async with connect_database(place) as database, database.engine.connect() as connection:
            assert await connection.run_sync(read_version) == HEAD
