"""How long to wait before a child that died is started again."""

from __future__ import annotations

SHORTEST, LONGEST = 0.5, 30.0
STEADY = 60.0
"""Seconds of life after which a child counts as well again."""


def pause_after(previous: float, lived: float) -> float:
    """Seconds; twice as long after each short life in a row. `previous` is 0 before the first."""
    if lived >= STEADY or previous <= 0:
        return SHORTEST
    return min(2 * previous, LONGEST)
