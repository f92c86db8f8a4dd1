"""A segment on disk: one file an array, mapped into memory when it is read."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.index.segment import Postings, Segment

_HEADER = 128  # bytes of a .npy file without rows


def save(segment: Segment, folder: Path) -> None:
    """Writes one array a file into a new folder."""
    folder.mkdir(parents=True)
    for holder in (segment, segment.postings):
        for field in fields(holder):
            if isinstance(value := getattr(holder, field.name), np.ndarray):
                np.save(folder / f"{field.name}.npy", value)


def load(folder: Path) -> Segment:
    """Maps a saved segment into memory; nothing is read before it is used.

    Raises OSError, EOFError, ValueError where it is gone, cut short or garbled.
    """
    segment = Segment(
        ids=_map(folder, "ids"),
        vectors=_map(folder, "vectors"),
        lengths=_map(folder, "lengths"),
        tokens=_map(folder, "tokens"),
        sections=_map(folder, "sections"),
        pages=_map(folder, "pages"),
        centres=_map(folder, "centres"),
        origins=_map(folder, "origins"),
        records=_map(folder, "records"),
        offsets=_map(folder, "offsets"),
        postings=Postings(
            terms=_map(folder, "terms"),
            starts=_map(folder, "starts"),
            rows=_map(folder, "rows"),
            counts=_map(folder, "counts"),
            headed=_map(folder, "headed"),
        ),
    )
    if not _fits(segment):
        raise ValueError(f"{folder} is no whole segment")
    return segment


def _fits(segment: Segment) -> bool:
    """Whether the arrays are of one segment, by their sizes."""
    rows, lists = len(segment), segment.postings
    return (
        {len(segment.vectors), len(segment.lengths), len(segment.tokens), len(segment.sections)} == {rows}
        and {len(segment.pages), len(segment.origins), len(segment.offsets) - 1} == {rows}
        and len(segment.records) == int(segment.offsets[-1])
        and len(lists.starts) == len(lists.terms) + 1
        and {len(lists.rows), len(lists.counts), len(lists.headed)} == {int(lists.starts[-1])}
    )


def _map(folder: Path, name: str) -> npt.NDArray[Any]:
    path = folder / f"{name}.npy"
    # An empty array cannot be mapped.
    return np.asarray(np.load(path, mmap_mode="r" if path.stat().st_size > _HEADER else None))
