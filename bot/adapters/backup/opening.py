"""Reads a backup that anybody may have made: nothing of it is believed before it is checked."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from bot.adapters.backup.manifest import CHUNKS, FORMAT, MANIFEST, RECORDS, BackupUnusable, Manifest

_LINE = 64 * 1_048_576  # bytes of one row, at most
_MANIFEST_SIZE = 1_048_576


class Backup:
    """An open backup."""

    def __init__(self, archive: zipfile.ZipFile, shown: str) -> None:
        self._archive = archive
        self._shown = shown
        self.manifest = self._read_manifest()

    def rows(self, name: str) -> Iterator[Mapping[str, object]]:
        """The rows of one member, checked against its sum at the end. Raises BackupUnusable."""
        described = self.manifest.members[name]
        digest, count = hashlib.sha256(), 0
        try:
            with self._archive.open(name) as stream:
                while line := stream.readline(_LINE):
                    digest.update(line)
                    count += 1
                    yield self._row(line, name)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            KeyError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise self._damaged(f"{name} cannot be unpacked") from error
        if count != described.rows or digest.hexdigest() != described.sha256:
            raise self._damaged(f"{name} is not what was written")

    def _row(self, line: bytes, name: str) -> Mapping[str, object]:
        try:
            row: object = json.loads(line.decode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError) as error:
            raise self._damaged(f"{name} has a line that is not JSON") from error
        if not isinstance(row, dict):
            raise self._damaged(f"{name} has a line that is no object")
        return row

    def _read_manifest(self) -> Manifest:
        try:
            with self._archive.open(MANIFEST) as stream:
                text = stream.read(_MANIFEST_SIZE)
        except KeyError:
            raise BackupUnusable(f"{self._shown} is no backup of docsbot's: it has no manifest.") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise self._damaged("its manifest cannot be unpacked") from error
        try:
            about: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._damaged("its manifest is not JSON") from error
        version = about.get("format") if isinstance(about, dict) else None
        if isinstance(version, int) and version > FORMAT:
            raise BackupUnusable(
                f"{self._shown} was made by a newer docsbot (format {version}, this program reads {FORMAT}). "
                "Update docsbot."
            )
        try:
            manifest = Manifest.model_validate(about)
        except ValidationError as error:
            raise self._damaged("its manifest is malformed") from error
        wanted = {CHUNKS, RECORDS} if manifest.index else set()
        if {name for name in manifest.members if name.startswith("index/")} != wanted:
            raise self._damaged("its manifest and its index do not fit together")
        if manifest.tables and manifest.state is None:
            raise self._damaged("its manifest and its tables do not fit together")
        return manifest

    def _damaged(self, what: str) -> BackupUnusable:
        return BackupUnusable(f"{self._shown} is damaged: {what}. Nothing was changed; take another backup.")


@contextmanager
def open_backup(file: Path) -> Iterator[Backup]:
    """Raises BackupUnusable, OSError."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield Backup(archive, str(file))
    except zipfile.BadZipFile:
        raise BackupUnusable(f"{file} is no backup of docsbot's, or a part of it is missing.") from None
