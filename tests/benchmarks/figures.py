"""Figures, and the table that the README shows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

Unit = Literal["share", "seconds", "milliseconds", "megabytes", "tokens a second", "texts"]
_HEAD = ("what", "tutorial", "docsbot", "ratio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row: the same quantity measured on both, in one run."""

    name: str
    """The benchmark that it comes from."""
    what: str
    tutorial: float | None
    """None where the tutorial has no such thing, or where no question bears on it."""
    docsbot: float | None
    unit: Unit
    better: Literal["more", "less"]
    note: str = ""
    """Behind docsbot's value, in brackets."""

    @property
    def ratio(self) -> float | None:
        """How many times better docsbot is: above 1 for it, below 1 against it."""
        if not self.tutorial or not self.docsbot:
            return None
        return self.docsbot / self.tutorial if self.better == "more" else self.tutorial / self.docsbot

    @property
    def cells(self) -> tuple[str, str, str, str]:
        shown = _show(self.docsbot, self.unit)
        ratio = "" if self.ratio is None else f"{self.ratio:,.{1 if self.ratio < 10 else 0}f}×"
        return (
            self.what,
            _show(self.tutorial, self.unit),
            f"{shown} ({self.note})" if self.note else shown,
            ratio,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    figures: tuple[Figure, ...]
    processors: int
    date: str

    def as_markdown(self) -> str:
        """The table, with where and when it was measured below."""
        rows = [_HEAD, ("---", "---:", "---:", "---:"), *(figure.cells for figure in self.figures)]
        table = "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)
        return f"{table}\n\nMeasured on {self.date} on a machine with {self.processors} processors."

    def as_json(self) -> dict[str, object]:
        rows = [{**asdict(figure), "ratio": figure.ratio} for figure in self.figures]
        return {"date": self.date, "processors": self.processors, "figures": rows}


def report(figures: Sequence[Figure]) -> Report:
    """The figures of this run, on this machine, today."""
    return Report(
        figures=tuple(figures),
        processors=len(os.sched_getaffinity(0)),
        date=datetime.now(UTC).date().isoformat(),
    )


def _show(value: float | None, unit: Unit) -> str:
    if value is None:
        return "–"
    match unit:
        case "share":
            return f"{value:.2f}"
        case "seconds":
            return f"{value:.2f} s"
        case "milliseconds":
            return f"{value:.1f} ms"
        case "megabytes":
            return f"{value:,.0f} MB"
        case "tokens a second" | "texts":
            return f"{value:,.0f}"
