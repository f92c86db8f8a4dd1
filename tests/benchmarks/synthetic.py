"""A large index: the real chunks again and again, with other words and vectors nearby.

Written straight as a snapshot, which is all that a reader opens. Vectors lie in clusters around the real
ones; words are exchanged within the corpus's own vocabulary and some are new, so that posting lists grow as
they do with more documents. Made piece by piece, so that one copy of the texts is in memory at a time.
"""

from __future__ import annotations

import hashlib
import random
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.settings import Settings
from bot.wiring.parts import make_index
from pipelines.index.models import Chunk, FileRecord, SourceRecord
from pipelines.index.saved import SavedSnapshots
from pipelines.index.segment import Floats, Segment, build, merge
from pipelines.index.segment_files import load, save
from pipelines.index.snapshot import Snapshot
from tests.benchmarks.lab import EVERYTHING, Lab, Unmeasurable

_WORD = re.compile(r"[A-Za-z]{4,}")
_SWAPPED, _NEW = 0.15, 0.01  # share of the words
_SPREAD = 0.5  # length of what is added to a vector of length 1: cosines of about .9 within a cluster
_SOURCE = "synthetic"


def enlarge(lab: Lab) -> Settings:
    """Settings of an index of `lab.effort.large` chunks, made beside the real one at the first call."""
    settings = lab.settings().model_copy(update={"data": lab.folder / "large"})
    if settings.data.exists():
        return settings
    real = lab.index.follower.snapshot
    lab.say(f"making an index of {lab.effort.large:,} chunks")
    scratch = lab.folder / "scratch"
    files: dict[str, list[str]] = defaultdict(list)
    copies = [
        _map(copy, vectors, scratch / str(number), files)
        for number, (copy, vectors) in enumerate(_copies(real, lab.effort.large))
    ]
    masks = [*real.alive, *(np.ones(len(copy), np.bool_) for copy in copies)]
    whole = merge([*real.segments, *copies], masks)
    shutil.copytree(lab.settings().data, settings.data, ignore=shutil.ignore_patterns("snapshots"))
    make_index(settings).follower.refresh()  # makes the snapshot's folder, whose name depends on the place
    (folder,) = (settings.data / "snapshots").glob(f"{EVERYTHING}-*")
    _save(_snapshot(real, whole, files), SavedSnapshots(folder, model=lab.index.store.model))
    shutil.rmtree(scratch, ignore_errors=True)
    return settings


def _map(copy: Sequence[Chunk], vectors: Floats, folder: Path, files: dict[str, list[str]]) -> Segment:
    """The copy as a segment on disk; its files are noted."""
    for chunk in copy:
        files[chunk.path].append(chunk.id)
    save(build(copy, vectors), folder)
    return load(folder)


def _snapshot(real: Snapshot, whole: Segment, files: dict[str, list[str]]) -> Snapshot:
    """Under the real one's revision: a reader takes it for what the collection holds."""
    records = [
        FileRecord(source=_SOURCE, path=path, blob="0" * 40, commit="", chunks=tuple(ids))
        for path, ids in files.items()
    ]
    source = SourceRecord(
        source=_SOURCE, address="", files=len(records), chunks=sum(map(len, files.values()))
    )
    return Snapshot(
        revision=real.revision,
        segments=(whole,),
        alive=(np.ones(len(whole), np.bool_),),
        files={**real.files, **{(_SOURCE, record.path): record for record in records}},
        sources={**real.sources, _SOURCE: source},
    )


def _save(snapshot: Snapshot, saved: SavedSnapshots) -> None:
    if not saved.save(snapshot):
        raise Unmeasurable(
            "The large index could not be written. It needs some 500 MB in the temporary folder."
        )


def _copies(real: Snapshot, rows: int) -> Iterator[tuple[list[Chunk], Floats]]:
    """As many changed copies of the real chunks as make `rows` rows together with them."""
    living = [
        (segment, np.flatnonzero(mask)) for segment, mask in zip(real.segments, real.alive, strict=True)
    ]
    chunks = [segment.chunk(int(row)) for segment, kept in living for row in kept]
    vectors = np.concatenate([segment.vectors[kept] for segment, kept in living])
    change = _Change.of(chunks)
    left, number = rows - len(chunks), 0
    while left > 0:
        few = min(left, len(chunks))
        yield [change.chunk(chunk, number) for chunk in chunks[:few]], change.vectors(vectors[:few], number)
        left, number = left - few, number + 1


@dataclass(frozen=True)
class _Change:
    vocabulary: tuple[str, ...]
    """Words as often as they stand in the corpus."""
    dice: random.Random

    @classmethod
    def of(cls, chunks: Sequence[Chunk]) -> _Change:
        words = tuple(word for chunk in chunks for word in _WORD.findall(chunk.text))
        return cls(vocabulary=words or ("word",), dice=random.Random(1))

    def chunk(self, chunk: Chunk, number: int) -> Chunk:
        """The chunk in copy `number`, in a page of its own."""
        return replace(
            chunk,
            id=hashlib.blake2b(f"{number}/{chunk.id}".encode(), digest_size=16).hexdigest(),
            source=_SOURCE,
            path=f"copy-{number}/{chunk.path}",
            text=_WORD.sub(self._word, chunk.text),
        )

    def _word(self, match: re.Match[str]) -> str:
        draw = self.dice.random()
        if draw < _NEW:
            return f"{match[0]}{self.dice.randrange(100_000)}"
        return self.dice.choice(self.vocabulary) if draw < _NEW + _SWAPPED else match[0]

    def vectors(self, vectors: Floats, number: int) -> Floats:
        """(chunks, dimensions) around the given ones, each of length 1."""
        noise = np.random.default_rng(number).standard_normal(vectors.shape, dtype=np.float32)
        moved = vectors + noise * np.float32(_SPREAD / np.sqrt(vectors.shape[1]))
        lengths: Floats = np.linalg.norm(moved, axis=1, keepdims=True)
        return np.divide(moved, lengths, dtype=np.float32)
