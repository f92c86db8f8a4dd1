"""Figures of a run, as a table and as JSON."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

Value = float | int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of many values; 0 where there are none."""

    median: float = 0.0
    high: float = 0.0
    """The 99th percentile."""
    most: float = 0.0
    count: int = 0


def spread(values: Sequence[float]) -> Spread:
    """By nearest rank: a value that was measured, not one between two."""
    ordered = sorted(values)
    if not ordered:
        return Spread()

    def rank(share: float) -> float:
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    return Spread(median=rank(0.5), high=rank(0.99), most=ordered[-1], count=len(ordered))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run has shown."""

    title: str
    counts: Mapping[str, Value]
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    """In seconds."""
    faults: Sequence[str] = ()
    """What must not be: empty where all is well."""
    rows: Sequence[Mapping[str, Value]] = ()
    """One for each question, where that matters."""

    def as_markdown(self) -> str:
        lines = [f"### {self.title}", ""]
        lines += table(("what", "value"), [(show(name), show(value)) for name, value in self.counts.items()])
        if self.spreads:
            head = ("seconds", "median", "99th percentile", "most", "of")
            cells = [
                (name, show(each.median), show(each.high), show(each.most), str(each.count))
                for name, each in self.spreads.items()
            ]
            lines += ["", *table(head, cells)]
        if self.rows:
            names = tuple(self.rows[0])
            lines += ["", *table(names, [tuple(show(row[name]) for name in names) for row in self.rows])]
        lines += ["", *(f"- FAULT: {fault}" for fault in self.faults)] if self.faults else ["", "No fault."]
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        spreads = {
            name: {"median": each.median, "p99": each.high, "max": each.most, "count": each.count}
            for name, each in self.spreads.items()
        }
        return {
            "title": self.title,
            "counts": dict(self.counts),
            "seconds": spreads,
            "faults": list(self.faults),
            "rows": [dict(row) for row in self.rows],
        }


def show(value: Value) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value).replace("|", "/").replace("\n", " ")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table; all columns but the first stand at the right."""
    rule = ["---", *("---:" for _ in head[1:])]
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]


def surroundings() -> dict[str, Value]:
    """What the figures were taken on: they mean little without it."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processors": len(os.sched_getaffinity(0)),
        "load average before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }
