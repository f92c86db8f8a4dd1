"""The state's rows into a backup, and out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bot.adapters.backup.manifest import BackupUnusable, StatePart, table_member
from bot.adapters.backup.opening import Backup
from bot.adapters.backup.writing import BackupWriter
from bot.adapters.store.reading import Row, read_tables
from bot.adapters.store.rewriting import known_revisions, write_tables

Note = Callable[[str], None]
"""Tells a person what is being done."""


async def save_state(
    place: str | Path, backup: BackupWriter, *, scratch: Path, note: Note
) -> StatePart | None:
    """Writes every table as it stands at one moment. Raises StateUnusable."""
    async with read_tables(place, scratch=scratch) as tables:
        if tables.revision is None:
            return None
        for name in await tables.names():
            with backup.member(table_member(name)) as member:
                async for row in tables.rows(name):
                    member.write(row)
            note(f"{name}: {member.rows:,} rows")
        return StatePart(revision=tables.revision)


def check_state(backup: Backup) -> None:
    """Reads all rows once. Raises BackupUnusable for what this program cannot restore."""
    part = backup.manifest.state
    if part is None:
        return
    if part.revision not in known_revisions():
        raise BackupUnusable(
            f"The backup's state was written by a newer docsbot (its tables are of version {part.revision}). "
            "Update docsbot."
        )
    for name in backup.manifest.tables:
        for _ in _rows(backup, name):
            pass


async def load_state(place: str | Path, backup: Backup, *, force: bool) -> None:
    """Makes the state equal to the backup's. Raises StateUnusable, BackupUnusable."""
    part = backup.manifest.state
    if part is not None:
        sources = {name: partial(_rows, backup, name) for name in backup.manifest.tables}
        await write_tables(place, sources, revision=part.revision, force=force)


def _rows(backup: Backup, table: str) -> Iterator[Row]:
    for row in backup.rows(table_member(table)):
        checked: dict[str, str | int | bool | None] = {}
        for name, value in row.items():
            if not isinstance(value, (str, int, bool, type(None))):
                raise BackupUnusable(
                    f"The backup has a value in {table}.{name} that is neither text nor number."
                )
            checked[name] = value
        yield checked
