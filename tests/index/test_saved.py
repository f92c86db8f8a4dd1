"""Snapshots on disk: read back as they were, or not at all."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from filelock import FileLock
from hypothesis import given, settings

from pipelines.index.models import Skip, SourceRecord
from pipelines.index.saved import SavedSnapshots
from pipelines.index.snapshot import Snapshot
from tests.fakes.embedder import HashEmbedder
from tests.index.samples import SOURCE, Version, change_to, make_file, visible
from tests.index.test_segment import make_files, scores, states

EMBEDDER = HashEmbedder()
FILES: dict[str, Version] = {
    "a": make_file("a.md", ["one fish", "two fish"]),
    "b": make_file("ü/b ✓.md", ["red fish"]),
}


def saved_in(folder: Path, *, model: str = "m/1") -> SavedSnapshots:
    return SavedSnapshots(folder / "saved", model=model)


def make_snapshot(files: Mapping[str, Version] = FILES) -> Snapshot:
    record = SourceRecord(
        source=SOURCE,
        address="",
        commit="c1",
        committed_at=datetime(2024, 1, 1, tzinfo=UTC),
        failed=(Skip(path="x.md", reason="gone"),),
    )
    return replace(change_to(Snapshot(), files, EMBEDDER), revision="r1", sources={SOURCE: record})


def load(folder: Path, *, model: str = "m/1") -> Snapshot:
    snapshot = saved_in(folder, model=model).load()
    assert snapshot is not None
    return snapshot


@given(states)
@settings(max_examples=30, deadline=None)
def test_what_is_saved_after_each_change_is_what_is_read(
    turns: list[Mapping[str, Sequence[Sequence[str]]]],
) -> None:
    with TemporaryDirectory() as name:
        saved, snapshot = saved_in(Path(name)), Snapshot()
        for number, turn in enumerate(turns):
            snapshot = replace(change_to(snapshot, make_files(turn), EMBEDDER), revision=str(number))
            assert saved.save(snapshot)
        read = load(Path(name))
        assert (read.revision, read.files, read.sources) == (snapshot.revision, snapshot.files, {})
        assert visible(read) == visible(snapshot)
        if snapshot.count:
            assert scores(read, "red fish") == scores(snapshot, "red fish")
        # What was read goes on from there.
        further = change_to(read, FILES, EMBEDDER)
        assert visible(further) == visible(change_to(snapshot, FILES, EMBEDDER))


def test_records_are_read_as_they_were(tmp_path: Path) -> None:
    snapshot = make_snapshot()
    assert saved_in(tmp_path).save(snapshot)
    read = load(tmp_path)
    assert (read.revision, read.files, read.sources) == ("r1", snapshot.files, snapshot.sources)


def test_nothing_is_left_of_what_was_saved_before(tmp_path: Path) -> None:
    saved = saved_in(tmp_path)
    for text in ("one", "two", "three"):
        saved.save(make_snapshot({"a": make_file("a.md", [text])}))
    names = sorted(path.name.split("-")[0] for path in (tmp_path / "saved").iterdir())
    assert names == ["current.json", "files", "files", "lock", "segment"]


def test_a_snapshot_that_is_read_outlives_the_files(tmp_path: Path) -> None:
    saved = saved_in(tmp_path)
    saved.save(make_snapshot({"a": make_file("a.md", ["fish " * 2_000, "two"])}))
    read = load(tmp_path)
    saved.save(make_snapshot({"a": make_file("a.md", ["other"])}))
    shutil.rmtree(tmp_path / "saved")
    assert [chunk.text for chunk in visible(read) if chunk.ordinal] == ["two"]


def edit(file: Path, change: Callable[[dict[str, object]], object]) -> None:
    values = json.loads(file.read_text())
    change(values)
    file.write_text(json.dumps(values))


def one(folder: Path, pattern: str) -> Path:
    return next(folder.glob(pattern))


def cut(file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "nothing there": shutil.rmtree,
    "no current": lambda folder: (folder / "current.json").unlink(),
    "an empty current": lambda folder: (folder / "current.json").write_bytes(b""),
    "half a current": lambda folder: cut(folder / "current.json", 40),
    "a current that is no object": lambda folder: (folder / "current.json").write_text("[1]"),
    "a current that is not text": lambda folder: (folder / "current.json").write_bytes(b"\xff\xfe\x00"),
    "an older format": lambda folder: edit(folder / "current.json", lambda v: v.update(format="1")),
    "no format": lambda folder: edit(folder / "current.json", lambda v: v.pop("format")),
    "segments that are no names": lambda folder: edit(
        folder / "current.json", lambda v: v.update(segments=[1])
    ),
    "files that are no name": lambda folder: edit(folder / "current.json", lambda v: v.update(files=1)),
    "a segment that is gone": lambda folder: shutil.rmtree(one(folder, "segment-*")),
    "an array that is gone": lambda folder: one(folder, "segment-*/ids.npy").unlink(),
    "an empty array": lambda folder: cut(one(folder, "segment-*/vectors.npy"), 0),
    "a header alone": lambda folder: cut(one(folder, "segment-*/vectors.npy"), 100),
    "half an array": lambda folder: cut(one(folder, "segment-*/vectors.npy"), 140),
    "an array of zeros": lambda folder: one(folder, "segment-*/ids.npy").write_bytes(bytes(300)),
    "an array of another segment": lambda folder: shutil.copy(
        one(folder, "segment-*/terms.npy"), one(folder, "segment-*").joinpath("origins.npy")
    ),
    "records that are gone": lambda folder: one(folder, "files-*.json").unlink(),
    "half of the records": lambda folder: cut(one(folder, "files-*.json"), 50),
    "records of another program": lambda folder: edit(
        one(folder, "files-*.json"), lambda v: v.update(files=[{"source": "s", "path": "p", "new": 1}])
    ),
    "masks that are gone": lambda folder: one(folder, "files-*.npz").unlink(),
    "half of the masks": lambda folder: cut(one(folder, "files-*.npz"), 60),
    "empty masks": lambda folder: cut(one(folder, "files-*.npz"), 0),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_is_damaged_is_not_read_and_is_written_anew(tmp_path: Path, name: str) -> None:
    snapshot = make_snapshot()
    saved_in(tmp_path).save(snapshot)
    DAMAGE[name](tmp_path / "saved")
    assert saved_in(tmp_path).load() is None
    assert saved_in(tmp_path).save(snapshot)
    assert visible(load(tmp_path)) == visible(snapshot)


def test_another_models_snapshot_is_not_read(tmp_path: Path) -> None:
    saved_in(tmp_path).save(make_snapshot())
    assert saved_in(tmp_path, model="m/2").load() is None


def test_an_empty_snapshot(tmp_path: Path) -> None:
    assert saved_in(tmp_path).save(Snapshot(revision="r"))
    assert (load(tmp_path).revision, load(tmp_path).count) == ("r", 0)


def test_where_nothing_can_be_written_nothing_is_saved(tmp_path: Path) -> None:
    (tmp_path / "saved").write_text("a file")
    assert not saved_in(tmp_path).save(make_snapshot())
    assert saved_in(tmp_path).load() is None


def test_the_second_of_two_writers_does_without(tmp_path: Path) -> None:
    saved_in(tmp_path).save(make_snapshot())
    with FileLock(tmp_path / "saved" / "lock"):
        assert not saved_in(tmp_path).save(make_snapshot())
    assert saved_in(tmp_path).save(make_snapshot())


def test_readers_beside_writers_see_a_whole_snapshot(tmp_path: Path) -> None:
    snapshots = [make_snapshot({"a": make_file("a.md", [word] * 3)}) for word in ("one", "two")]
    whole = [visible(snapshot) for snapshot in snapshots]
    saved_in(tmp_path).save(snapshots[0])
    done = threading.Event()

    def write(snapshot: Snapshot) -> None:
        saved = saved_in(tmp_path)
        while not done.is_set():
            saved.save(snapshot)

    writers = [threading.Thread(target=write, args=(snapshot,)) for snapshot in snapshots]
    for writer in writers:
        writer.start()
    try:
        for _ in range(100):
            read = saved_in(tmp_path).load()
            assert read is None or visible(read) in whole
    finally:
        done.set()
        for writer in writers:
            writer.join()
    assert visible(load(tmp_path)) in whole
