"""A crawl as one message that follows it: what it says, and how often it may change."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.core.markdown import escape
from bot.core.models import CrawlEvent, CrawlFailed, CrawlProgress, CrawlSummary, SkippedFile

BETWEEN = 2.0
"""Seconds between two changes of the message."""
NAMED = 5
"""Failed files that are named."""


@dataclass(slots=True)
class CrawlCard:
    """The state of a request for one or several sources."""

    clock: Callable[[], float] = time.monotonic
    _lines: dict[str, str] = field(default_factory=dict)
    _failed: bool = False
    _ended: set[str] = field(default_factory=set)
    _shown_at: float = float("-inf")

    @property
    def failed(self) -> bool:
        """Whether a source or a file has failed: then trying again is offered."""
        return self._failed

    @property
    def running(self) -> bool:
        return bool(set(self._lines) - self._ended)

    def take(self, event: CrawlEvent) -> bool:
        """Takes an event in; whether the message is to be changed now."""
        match event:
            case CrawlProgress():
                self._lines[event.source] = describe_progress(event)
            case CrawlSummary():
                self._lines[event.source] = describe_summary(event)
                self._failed = self._failed or bool(event.failed)
                self._ended.add(event.source)
            case CrawlFailed():
                self._lines[event.source] = f"{_name(event.source)}: {escape(event.message)}"
                self._failed = True
                self._ended.add(event.source)
        if not isinstance(event, CrawlProgress) or self.clock() - self._shown_at >= BETWEEN:
            self._shown_at = self.clock()
            return True
        return False

    def give_up(self, message: str) -> None:
        """The request as a whole has failed: what goes on is not known any more."""
        self._lines[""] = message
        self._failed = True
        self._ended = set(self._lines)

    def text(self) -> str:
        """What the message says, as Markdown."""
        return "\n".join(self._lines.values()) or "Asked for a crawl."


def describe_progress(event: CrawlProgress) -> str:
    """`acme/docs: 12 of 40 files, 1 failed`."""
    failed = f", {event.failed:,} failed" if event.failed else ""
    note = f"\n{escape(event.note)}" if event.note else ""
    match event.phase:
        case "listing":
            return f"{_name(event.source)}: looking what has changed…{note}"
        case "indexing":
            return f"{_name(event.source)}: {event.done:,} of {event.todo:,} files{failed}{note}"
        case "removing":
            return f"{_name(event.source)}: {event.done:,} files stored{failed}, removing what is gone…{note}"


def describe_summary(event: CrawlSummary) -> str:
    """What changed, how long it took, at which commit."""
    commit = f" at `{event.commit[:7]}`" if event.commit else ""
    if not (event.added or event.changed or event.removed or event.failed):
        what = "nothing had changed"
    else:
        what = f"{event.added:,} added, {event.changed:,} changed, {event.removed:,} removed"
    head = f"{_name(event.source)}{commit}: {what}; {event.files:,} files, {event.seconds:.1f} s"
    return "\n".join([head, *_failures(event.failed)])


def _name(source: str) -> str:
    return f"**{escape(source)}**"


def _failures(failed: tuple[SkippedFile, ...]) -> list[str]:
    lines = [f"• {escape(item.path)}: {escape(item.reason)}" for item in failed[:NAMED]]
    more = len(failed) - NAMED
    return [*lines, f"• and {more:,} more failed"] if more > 0 else lines
