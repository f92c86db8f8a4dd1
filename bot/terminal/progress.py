"""A crawl while it goes on: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from bot.core.models import CrawlEvent, CrawlFailed, CrawlProgress, CrawlSummary
from bot.terminal.answer import closing
from bot.terminal.text import clean_line

SECONDS_BETWEEN_LINES = 3.0


Display = Callable[[CrawlProgress], None]


async def follow(events: AsyncIterator[CrawlEvent], show: Display) -> tuple[CrawlSummary | CrawlFailed, ...]:
    """Shows the crawl until it is over; how each source ended, in order."""
    ends: list[CrawlSummary | CrawlFailed] = []
    async with closing(events) as stream:
        async for event in stream:
            if isinstance(event, CrawlProgress):
                show(event)
            else:
                ends.append(event)
    return tuple(ends)


@contextmanager
def open_display(stream: TextIO, environ: Mapping[str, str], *, fancy: bool) -> Iterator[Display]:
    """A place to show progress on; a bar where `fancy`."""
    if not fancy:
        yield PlainDisplay(stream)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    from bot.terminal.rich_screen import make_console

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=make_console(stream, environ), transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def show(event: CrawlProgress) -> None:
            source = clean_line(event.source)
            if source not in tasks:
                tasks[source] = progress.add_task(source, total=None, note="")
            progress.update(
                tasks[source],
                total=event.todo or None,
                completed=event.done,
                description=f"{source} {event.phase}",
                note=clean_line(event.note),
            )

        yield show


class PlainDisplay:
    """A line every few seconds, and one for each new note."""

    def __init__(self, stream: TextIO, *, seconds: float = SECONDS_BETWEEN_LINES) -> None:
        self._stream = stream
        self._seconds = seconds
        self._next = time.monotonic() + seconds
        self._note = ""

    def __call__(self, progress: CrawlProgress) -> None:
        now = time.monotonic()
        news = progress.note and progress.note != self._note
        if now < self._next and not news:
            return
        self._next, self._note = now + self._seconds, progress.note
        state = f"{progress.done:,} of {progress.todo:,} files" if progress.todo else progress.phase
        note = f" - {clean_line(progress.note)}" if progress.note else ""
        self._stream.write(f"{clean_line(progress.source)}: {state}{note}\n")
        self._stream.flush()
