"""Numbers and times in words. Pure."""

from __future__ import annotations

from datetime import datetime


def count(number: int, noun: str) -> str:
    """`1 file`, `1,200 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def age(moment: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits; both aware."""
    seconds = (now - moment).total_seconds()
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{count(int(seconds // size), unit)} ago"
    return "just now"
