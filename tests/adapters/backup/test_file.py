"""The file of a backup: whole or not there, for its owner only, and believed in nothing."""

from __future__ import annotations

import asyncio
import json
import stat
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.backup.manifest import CHUNKS, MANIFEST, RECORDS, BackupUnusable, Manifest
from bot.adapters.backup.opening import open_backup
from bot.adapters.backup.writing import write_backup
from bot.adapters.store.schema import HEAD
from bot.core.errors import DocsbotError, IndexUnusable
from bot.settings import Settings
from bot.wiring.backup import back_up, restore
from bot.wiring.parts import make_index, state_place
from pipelines.index.ledger import CrawlLedger, CrawlRecord
from pipelines.index.models import SourceRecord
from pipelines.index.open import Index
from pipelines.index.records import chunk_metadata
from tests.adapters.backup.places import Shelf, dump_index, dump_state, fill_state
from tests.index.samples import SOURCE, make_file

GAPS = "state/docsbot_gaps.jsonl"
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec="utf-8"))
rows = st.lists(st.dictionaries(st.text(st.characters(codec="utf-8")), scalars), max_size=5)


def silent(text: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class World:
    """A data folder with a state and an index, and a backup of it."""

    settings: Settings
    index: Index
    backup: Path


def make_world(folder: Path, shelf: Shelf) -> World:
    settings = Settings(data=folder / "data")
    asyncio.run(fill_state(state_place(settings)))
    index = shelf.add(make_index(settings))
    record, chunks = make_file("a.md", ["one fish", "two fish"])
    index.store.collections.copy_chunks(
        [chunk.id for chunk in chunks],
        [chunk.embedded for chunk in chunks],
        [chunk_metadata(chunk) for chunk in chunks],
        np.eye(2, 16, dtype=np.float32),  # no model has made them
    )
    index.store.replace(record, [])
    index.store.put_source(SourceRecord(source=SOURCE, address="", commit="c1", files=1, chunks=2))
    back_up(settings, folder / "b.zip", note=silent)
    return World(settings, index, folder / "b.zip")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One that nobody changes."""
    with ExitStack() as stack:
        yield make_world(tmp_path_factory.mktemp("still"), Shelf(stack))


@pytest.fixture
def world(tmp_path: Path, shelf: Shelf) -> World:
    return make_world(tmp_path, shelf)


@pytest.fixture
def settings(world: World) -> Settings:
    return world.settings


@pytest.fixture
def index(world: World) -> Index:
    return world.index


@pytest.fixture
def backup(world: World) -> Path:
    return world.backup


def dump(settings: Settings, scratch: Path) -> Mapping[str, object]:
    return asyncio.run(dump_state(state_place(settings), scratch))


@given(rows)
def test_rows_come_back_as_they_were(written: list[Mapping[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "b.zip")
        with write_backup(file) as backup:
            with backup.member(GAPS) as member:
                for row in written:
                    member.write(row)
            backup.finish(manifest_of(backup.members))
        with open_backup(file) as opened:
            assert list(opened.rows(GAPS)) == written


def manifest_of(members: Mapping[str, object]) -> Manifest:
    about = {"docsbot": "1", "made_at": datetime.now(UTC), "state": {"revision": HEAD}, "members": members}
    return Manifest.model_validate(about)


def test_only_its_owner_may_read_it_and_nothing_is_left_beside_it(settings: Settings, backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert sorted(file.name for file in backup.parent.iterdir()) == ["b.zip", "data"]


def test_a_newer_backup_takes_the_place_of_an_older_one(settings: Settings, backup: Path) -> None:
    before = backup.read_bytes()
    back_up(settings, backup, note=silent)
    assert backup.read_bytes() != before


@pytest.mark.parametrize("name", ["data", "data/state.sqlite3", "notes.txt", "other.zip"])
def test_nothing_else_is_written_over(settings: Settings, index: Index, tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("mine", "")
    with pytest.raises(BackupUnusable, match="Choose another name"):
        back_up(settings, tmp_path / name, note=silent)


def test_what_fails_leaves_the_older_backup(settings: Settings, backup: Path) -> None:
    before = backup.read_bytes()

    class Stopped(Exception):
        pass

    def stop(text: str) -> None:
        raise Stopped

    with suppress(Stopped):
        back_up(settings, backup, note=stop)
    assert backup.read_bytes() == before
    assert sorted(file.name for file in backup.parent.iterdir()) == ["b.zip", "data"]


def test_where_nothing_is_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(BackupUnusable, match="nothing to back up"):
        back_up(Settings(data=tmp_path / "none"), tmp_path / "b.zip", note=silent)
    assert list(tmp_path.iterdir()) == []


def rewritten(
    member: str, change: Callable[[bytes], bytes], *, honest: bool = True
) -> Callable[[Path], None]:
    """A member with other content; `honest`: with its sum and count in the manifest."""

    def damage(file: Path) -> None:
        with zipfile.ZipFile(file) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        content[member] = change(content[member])
        if honest and member != MANIFEST:
            about = json.loads(content[MANIFEST])
            lines = content[member].count(b"\n")
            about["members"][member] = {"rows": lines, "sha256": sha256(content[member]).hexdigest()}
            content[MANIFEST] = json.dumps(about).encode()
        with zipfile.ZipFile(file, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)

    return damage


def stated(**changes: object) -> Callable[[Path], None]:
    """A manifest that says something else."""
    return rewritten(MANIFEST, lambda data: json.dumps({**json.loads(data), **changes}).encode())


def indexed(**changes: object) -> Callable[[Path], None]:
    def change(data: bytes) -> bytes:
        about = json.loads(data)
        return json.dumps({**about, "index": {**about["index"], **changes}}).encode()

    return rewritten(MANIFEST, change)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def flip(file: Path) -> None:
    """One bit in the middle, which is in the vectors."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def row(**changes: object) -> Callable[[bytes], bytes]:
    """The first line with other values; None leaves one out."""

    def change(data: bytes) -> bytes:
        first, *rest = data.splitlines(keepends=True)
        values = {**json.loads(first), **changes}
        kept = {name: value for name, value in values.items() if value is not None}
        return b"".join([json.dumps(kept).encode() + b"\n", *rest])

    return change


NAN = b64encode(np.array([np.nan] * 16, dtype="<f4").tobytes()).decode()

DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no zip at all": (lambda file: file.write_bytes(b"hello"), "is no backup"),
    "empty": (lambda file: file.write_bytes(b""), "is no backup"),
    "cut off": (cut, "a part of it is missing"),
    "a bit": (flip, "is damaged"),
    "a line less": (
        rewritten(GAPS, lambda data: data[data.index(b"\n") + 1 :], honest=False),
        "not what was",
    ),
    "other words": (rewritten(GAPS, lambda data: data.upper(), honest=False), "damaged"),
    "no JSON": (rewritten(GAPS, lambda data: b"{\n" + data), "not JSON"),
    "deep JSON": (rewritten(GAPS, lambda data: b"[" * 200_000 + b"\n"), "not JSON"),
    "no object": (rewritten(GAPS, lambda data: b"[]\n" + data), "no object"),
    "a list in a row": (rewritten(GAPS, row(question=["a"])), "neither text nor number"),
    "a fraction": (rewritten(GAPS, row(asked_at=1.5)), "neither text nor number"),
    "a newer format": (stated(format=2), "newer docsbot"),
    "no format": (stated(format="x"), "malformed"),
    "no manifest's JSON": (rewritten(MANIFEST, lambda data: data[:-3]), "not JSON"),
    "no manifest's object": (rewritten(MANIFEST, lambda data: b"[]"), "malformed"),
    "a newer schema": (stated(state={"revision": "9999"}), "newer docsbot"),
    "a schema with a path": (stated(state={"revision": "../x"}), "malformed"),
    "tables without a schema": (stated(state=None), "do not fit"),
    "members with a path": (
        stated(members={"../../etc/passwd": {"rows": 0, "sha256": "0" * 64}}),
        "malformed",
    ),
    "members that lack": (stated(members={}), "do not fit"),
    "another model": (indexed(model="other/1"), "Set the model back"),
    "another layout": (indexed(layout="1"), "layout 1"),
    "a chunk without text": (rewritten(CHUNKS, row(text=None)), "a chunk"),
    "a chunk without its record": (rewritten(CHUNKS, row(about={})), "a chunk"),
    "a chunk with a list": (rewritten(CHUNKS, row(about={"record": []})), "a chunk"),
    "no vector": (rewritten(CHUNKS, row(vector="")), "a chunk"),
    "a vector that is none": (rewritten(CHUNKS, row(vector=NAN)), "a chunk"),
    "a vector of letters": (rewritten(CHUNKS, row(vector="=?")), "a chunk"),
    "a record of another kind": (rewritten(RECORDS, row(kind="crawl")), "a record"),
    "a record without its own": (rewritten(RECORDS, row(record="{}")), "a record"),
    "a record that is none": (rewritten(RECORDS, row(record="[[")), "a record"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_file_that_is_not_right_is_refused_before_anything_changes(
    still: World, tmp_path: Path, name: str
) -> None:
    damage, said = DAMAGES[name]
    file = tmp_path / "damaged.zip"
    file.write_bytes(still.backup.read_bytes())
    damage(file)
    before = dump(still.settings, tmp_path), dump_index(still.index)
    empty = Settings(data=tmp_path / "empty")
    for target, force in ((still.settings, True), (empty, False), (empty, True)):
        with pytest.raises(DocsbotError) as error:
            restore(target, file, force=force, state_only=False, note=silent)
        assert said in str(error.value)
    assert (dump(still.settings, tmp_path), dump_index(still.index)) == before
    assert dump(empty, tmp_path) == {}


def test_all_is_restored_where_nothing_was(
    settings: Settings, index: Index, backup: Path, tmp_path: Path, shelf: Shelf
) -> None:
    target = Settings(data=tmp_path / "target")
    restore(target, backup, force=False, state_only=False, note=silent)
    assert dump(target, tmp_path) == dump(settings, tmp_path)
    assert dump_index(shelf.add(make_index(target))) == dump_index(index)


def test_the_state_alone(settings: Settings, backup: Path, tmp_path: Path) -> None:
    """Also from a backup whose index is of another model."""
    indexed(model="other/1")(backup)
    target = Settings(data=tmp_path / "target")
    restore(target, backup, force=False, state_only=True, note=silent)
    assert dump(target, tmp_path) == dump(settings, tmp_path)
    assert not (target.data / "chroma").exists()


@pytest.mark.parametrize("held", ["the state", "the index", "the state and the index"])
def test_what_is_there_is_kept_without_force(
    settings: Settings, index: Index, backup: Path, tmp_path: Path, shelf: Shelf, held: str
) -> None:
    target = Settings(data=tmp_path / "target")
    restore(target, backup, force=False, state_only=False, note=silent)
    other = shelf.add(make_index(target))
    if "state" not in held:
        (target.data / "state.sqlite3").unlink()
    if "index" not in held:
        other.store.forget_source(SOURCE)
    before = dump(target, tmp_path), dump_index(other)
    with pytest.raises(BackupUnusable, match=f"already in {held}"):
        restore(target, backup, force=False, state_only=False, note=silent)
    assert (dump(target, tmp_path), dump_index(other)) == before
    restore(target, backup, force=True, state_only=False, note=silent)
    assert dump(target, tmp_path) == dump(settings, tmp_path)
    assert dump_index(other) == dump_index(index)


def test_a_crawl_that_is_under_way_is_not_disturbed_without_force(
    settings: Settings, index: Index, backup: Path
) -> None:
    crawl = CrawlRecord(source=SOURCE, crawl="1", phase="indexing")
    CrawlLedger(index.store.collections).write(crawl)
    with pytest.raises(BackupUnusable, match=f"A crawl of {SOURCE} is under way"):
        restore(settings, backup, force=False, state_only=False, note=silent)
    restore(settings, backup, force=True, state_only=False, note=silent)
    record = index.store.source(SOURCE)
    assert record is not None
    assert record.since is not None  # the next crawl looks at every file


def test_whoever_writes_to_the_index_is_waited_for(settings: Settings, index: Index, backup: Path) -> None:
    with index.writing(), pytest.raises(IndexUnusable, match="Another docsbot is writing"):
        restore(settings, backup, force=True, state_only=False, note=silent)
