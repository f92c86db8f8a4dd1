"""Snapshots on disk, so that a process starts to answer without reading the collection.

A folder holds one sub-folder a segment, written once and never changed, and `current.json`, which names the
segments of the newest snapshot and is replaced at once. Whoever has mapped a segment that is deleted here
keeps reading it.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TypedDict
from weakref import WeakKeyDictionary
from zipfile import BadZipFile

import numpy as np
from filelock import FileLock, Timeout

from pipelines.index.lexical import TERMS_VERSION
from pipelines.index.models import FileRecord, Skip, SourceRecord
from pipelines.index.segment import Segment
from pipelines.index.segment_files import load, save
from pipelines.index.snapshot import Snapshot

_FORMAT = f"2-{TERMS_VERSION}"
# What Python and NumPy raise on files that are gone, cut short, garbled, or of another shape.
_UNREADABLE = (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, BadZipFile)

_MOMENTS = ("committed_at", "crawled_at", "since")


class _Current(TypedDict):
    format: str
    model: str
    revision: str
    segments: list[str]
    files: str


class SavedSnapshots:
    """The newest snapshot of one collection under one embedding model, in a folder."""

    def __init__(self, folder: Path, *, model: str) -> None:
        self._folder = folder
        self._model = model
        self._names: WeakKeyDictionary[Segment, str] = WeakKeyDictionary()

    def load(self) -> Snapshot | None:
        """The newest one, or None where there is none that this program can read."""
        for _ in range(2):  # another process may replace it between the two reads
            try:
                return self._load()
            except _UNREADABLE:
                continue
        return None

    def _load(self) -> Snapshot | None:
        current: _Current = json.loads((self._folder / "current.json").read_bytes())
        if current["format"] != _FORMAT or current["model"] != self._model:
            return None
        rest = json.loads((self._folder / current["files"]).read_bytes())
        segments = []
        for name in current["segments"]:
            segment = load(self._folder / name)
            self._names[segment] = name
            segments.append(segment)
        return Snapshot(
            revision=current["revision"],
            segments=tuple(segments),
            alive=tuple(np.array(mask, dtype=np.bool_) for mask in self._masks(current, segments)),
            files={
                (values["source"], values["path"]): FileRecord(
                    **{**values, "chunks": tuple(values["chunks"])}
                )
                for values in rest["files"]
            },
            sources={values["source"]: source_from(values) for values in rest["sources"]},
        )

    def _masks(
        self, current: _Current, segments: list[Segment]
    ) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
        path = self._folder / current["files"].replace(".json", ".npz")
        # Opened here, as NumPy leaves a file open that turns out to be no archive.
        with path.open("rb") as file, np.load(file) as packed:
            return [
                np.unpackbits(packed[f"m{number}"], count=len(segment)).astype(np.bool_)
                for number, segment in enumerate(segments)
            ]

    def save(self, snapshot: Snapshot) -> bool:
        """Writes it; False where it could not be (no space, no right, another process is writing).

        A snapshot that is not saved costs the next process a longer start, and nothing else.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self._folder / "lock", timeout=0):
                self._save(snapshot)
        except (OSError, Timeout):
            return False
        return True

    def _save(self, snapshot: Snapshot) -> None:
        names = [self._write(segment) for segment in snapshot.segments]
        files = f"files-{uuid.uuid4().hex}.json"
        rest = {
            "files": [asdict(record) for record in snapshot.files.values()],
            "sources": [source_values(record) for record in snapshot.sources.values()],
        }
        (self._folder / files).write_text(json.dumps(rest, separators=(",", ":")), encoding="utf-8")
        masks = {f"m{number}": np.packbits(mask) for number, mask in enumerate(snapshot.alive)}
        np.savez(self._folder / files.replace(".json", ".npz"), **masks)  # type: ignore[arg-type]
        current = _Current(
            format=_FORMAT, model=self._model, revision=snapshot.revision, segments=names, files=files
        )
        fresh = self._folder / "current.new"
        fresh.write_text(json.dumps(current), encoding="utf-8")
        os.replace(fresh, self._folder / "current.json")  # noqa: PTH105 - atomic
        self._sweep({*names, files, files.replace(".json", ".npz")})

    def _write(self, segment: Segment) -> str:
        name = self._names.get(segment)
        if name is None or not (self._folder / name).is_dir():
            name = f"segment-{uuid.uuid4().hex}"
            save(segment, self._folder / name)
            self._names[segment] = name
        return name

    def _sweep(self, used: set[str]) -> None:
        for path in self._folder.glob("segment-*"):
            if path.name not in used:
                shutil.rmtree(path, ignore_errors=True)
        for path in self._folder.glob("files-*"):
            if path.name not in used:
                path.unlink(missing_ok=True)


def source_values(record: SourceRecord) -> dict[str, object]:
    """A source's record as JSON values."""
    values = asdict(record)
    for name in _MOMENTS:
        moment = values[name]
        values[name] = moment.isoformat() if moment else ""
    return values


def source_from(values: Mapping[str, object]) -> SourceRecord:
    """The record that `source_values` gave. Raises KeyError, TypeError, ValueError where it is none."""
    moments = {
        name: datetime.fromisoformat(text) if isinstance(text := values[name], str) and text else None
        for name in _MOMENTS
    }
    failed = tuple(Skip(**skip) for skip in _rows(values["failed"]))
    return SourceRecord(**{**values, **moments, "failed": failed})  # type: ignore[arg-type]


def _rows(value: object) -> list[dict[str, str]]:
    if not isinstance(value, list):
        raise TypeError("not a list of rows")
    return value
