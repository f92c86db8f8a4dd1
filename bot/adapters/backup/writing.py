"""Writes a backup: beside its place, and there only when it is whole. Only its owner may read it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from bot.adapters.backup.manifest import MANIFEST, BackupUnusable, Manifest, Member

_LEVEL = 1  # vectors are four fifths of it, and no effort makes them smaller


class MemberWriter:
    """One file of JSON lines while it is written."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.rows = 0

    def write(self, row: Mapping[str, object]) -> None:
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        data = line.encode("utf-8", "surrogatepass") + b"\n"
        self._digest.update(data)
        self._stream.write(data)
        self.rows += 1

    @property
    def described(self) -> Member:
        return Member(rows=self.rows, sha256=self._digest.hexdigest())


class BackupWriter:
    """A backup while it is written, one member after another."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members: dict[str, Member] = {}

    @contextmanager
    def member(self, name: str) -> Iterator[MemberWriter]:
        with self._archive.open(name, "w", force_zip64=True) as stream:
            writer = MemberWriter(stream)
            yield writer
        self.members[name] = writer.described

    def finish(self, manifest: Manifest) -> None:
        """Writes what makes it a backup."""
        self._archive.writestr(MANIFEST, manifest.model_dump_json(indent=2) + "\n")


@contextmanager
def write_backup(target: Path) -> Iterator[BackupWriter]:
    """A new backup; at the block's end it takes the place of `target`, which may be an older backup.

    Raises BackupUnusable where something else stands there, OSError where it cannot be written.
    """
    _check_place(target)
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                yield BackupWriter(archive)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(fresh, target)  # noqa: PTH105 - atomic
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()


def _check_place(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_file() or not _is_backup(target):
        raise BackupUnusable(f"{target} exists and is no backup of docsbot's. Choose another name.")


def _is_backup(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return MANIFEST in archive.namelist()
    except zipfile.BadZipFile:
        return False
