"""Backup and restore of all that is kept: the state and the index."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bot.adapters.backup.index import check_index, exists, load_index, save_index
from bot.adapters.backup.manifest import BackupUnusable, Manifest
from bot.adapters.backup.opening import Backup, open_backup
from bot.adapters.backup.state import Note, check_state, load_state, save_state
from bot.adapters.backup.writing import write_backup
from bot.adapters.store.rewriting import is_empty as is_state_empty
from bot.core.errors import IndexUnusable
from bot.settings import Settings
from bot.wiring.parts import make_index, state_place
from pipelines.errors import PipelineError
from pipelines.index.ledger import CrawlLedger
from pipelines.index.open import Index
from pipelines.index.transfer import is_empty as is_index_empty


def back_up(settings: Settings, file: Path, *, note: Note) -> Manifest:
    """Writes state and index into a file, while bots and workers run. Blocks.

    Raises StateUnusable, IndexUnusable, BackupUnusable, OSError; no file is made then, and none is replaced.
    """
    index = make_index(settings)
    now = datetime.now(UTC)
    with _index_errors(), write_backup(file) as backup:
        state = asyncio.run(save_state(state_place(settings), backup, scratch=file.parent, note=note))
        stored = save_index(index, backup, now=now, note=note)
        if state is None and stored is None:
            raise BackupUnusable(f"There is nothing to back up in {settings.data}.")
        manifest = Manifest(
            docsbot=version("docsbot"), made_at=now, state=state, index=stored, members=backup.members
        )
        backup.finish(manifest)
    return manifest


def restore(settings: Settings, file: Path, *, force: bool, state_only: bool, note: Note) -> Manifest:
    """Makes state and index equal to a backup. What was there goes, which needs `force`. Blocks.

    All of the file is checked before anything is changed. Raises BackupUnusable, StateUnusable,
    IndexUnusable, OSError.
    """
    index = make_index(settings)
    place = state_place(settings)
    with _index_errors(), open_backup(file) as backup, index.writing():
        note("Checking the backup")
        check_state(backup)
        settled = True
        if not state_only:
            check_index(index, backup)
            settled = _check_crawls(index, force=force)
        if not force:
            _check_empty(index, backup, empty=asyncio.run(is_state_empty(place)), state_only=state_only)
        note("Restoring the state")
        asyncio.run(load_state(place, backup, force=force))
        if not state_only:
            note("Restoring the index")
            load_index(index, backup, settled=settled, now=datetime.now(UTC), note=note)
        return backup.manifest


def _check_empty(index: Index, backup: Backup, *, empty: bool, state_only: bool) -> None:
    """Raises BackupUnusable where something would be lost."""
    held = [] if empty or backup.manifest.state is None else ["the state"]
    if not state_only and exists(index) and not is_index_empty(index.store.collections):
        held.append("the index")
    if held:
        raise BackupUnusable(
            f"There is something already in {' and '.join(held)}. Nothing was changed. "
            "With --force, what is there is replaced."
        )


def _check_crawls(index: Index, *, force: bool) -> bool:
    """Whether no crawl is under way. Raises BackupUnusable without `force`."""
    if not exists(index):
        return True
    crawls = CrawlLedger(index.store.collections).under_way()
    if crawls and not force:
        names = ", ".join(sorted(record.source for record in crawls))
        raise BackupUnusable(
            f"A crawl of {names} is under way. Wait for its end, or end it by `docsbot reindex --cancel`. "
            "Nothing was changed."
        )
    return not crawls


@contextmanager
def _index_errors() -> Iterator[None]:
    try:
        yield
    except PipelineError as error:
        raise IndexUnusable(str(error)) from error
