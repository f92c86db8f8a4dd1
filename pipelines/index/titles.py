"""The titles of the pages that a snapshot shows."""

from __future__ import annotations

import numpy as np

from pipelines.index.snapshot import Snapshot


def list_titles(snapshot: Snapshot) -> tuple[str, ...]:
    """Each title once, in alphabetical order. Reads one chunk a page."""
    titles: set[str] = set()
    for segment, alive in zip(snapshot.segments, snapshot.alive, strict=True):
        rows = np.flatnonzero(alive)
        if len(rows):
            _, firsts = np.unique(segment.pages[rows], return_index=True)
            titles.update(segment.chunk(int(rows[first])).title for first in firsts)
    return tuple(sorted(filter(None, titles), key=str.casefold))
