"""The worker process: registers the workflows, works, and watches over crawls that may be lost."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

from pipelines.bench import Bench
from pipelines.crawls import push_crawl
from pipelines.engine import connect
from pipelines.errors import PipelineError
from pipelines.index.ledger import CrawlRecord
from pipelines.schedule import define_schedule
from pipelines.workflows import define_crawl, define_embeddings

if TYPE_CHECKING:
    from hatchet_sdk import Hatchet

logger = logging.getLogger(__name__)

GRACE = 25.0
"""Seconds after SIGTERM in which the files in hand are finished. What is left then, another worker finds."""
_SLOTS = 50
"""Tasks at once for each processor. The engine fills freed slots once a second: with few, a worker idles."""
_SETTLE = 3.0  # seconds until the workflows are registered: an event before that is dropped by the engine


def run_worker(bench: Bench, *, slots: int = 0, cron: str = "", verbose: bool = False) -> None:
    """Works until SIGTERM, then finishes the files in hand and leaves its crawls to another worker. Raises
    EngineUnavailable.

    `slots` is how many tasks run at once; 0 takes it from the machine: most of them wait, for their turn to
    fetch or to compute, which the bench gives to a few. `cron` is when every source is looked at, in UTC.
    """
    hatchet = connect(verbose=verbose)

    async def lifespan() -> AsyncGenerator[None, None]:
        watch = asyncio.create_task(Watch(hatchet, bench).run())
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            await bench.close()

    embeddings = define_embeddings(hatchet, bench)
    crawl = define_crawl(hatchet, bench, embeddings)
    worker = hatchet.worker(
        "docsbot",
        slots=slots or _SLOTS * _processors(),
        workflows=[crawl, embeddings, define_schedule(hatchet, bench, cron)],
        lifespan=lifespan,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        _leave_on(number, bench)
    worker.start()


def _processors() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _leave_on(number: signal.Signals, bench: Bench) -> None:
    """Before the SDK's own handler, which waits for all that runs, however long: also for a crawl that waits
    for files which this worker does not take any more."""
    drain = signal.getsignal(number)

    def leave(received: int, frame: FrameType | None) -> None:
        if bench.leaving.is_set():
            return
        bench.leaving.set()
        deadline = threading.Timer(GRACE, os.kill, (os.getpid(), signal.SIGQUIT))
        deadline.daemon = True
        deadline.start()
        if callable(drain):
            drain(received, frame)

    signal.signal(number, leave)


@dataclass(slots=True)
class _Seen:
    beat: str
    at: float


class Watch:
    """Finds crawls that do not beat any more, and asks for them again."""

    def __init__(self, hatchet: Hatchet, bench: Bench) -> None:
        self._hatchet = hatchet
        self._bench = bench
        self._seen: dict[str, _Seen] = {}

    async def run(self) -> None:
        """Looks until it is cancelled. What a dead engine, worker or database left undone is found here."""
        await asyncio.sleep(_SETTLE)
        while True:
            for spec in self._bench.configured:
                try:
                    await self._look(spec)
                except PipelineError as error:
                    logger.warning("%s: %s", spec, error)
                    self._seen.clear()  # while nothing can be seen, nothing can be seen to be lost
            await asyncio.sleep(self._bench.pace.look)

    async def _look(self, spec: str) -> None:
        source = self._bench.source(spec).id
        record = await asyncio.to_thread(self._bench.ledger.read, source)
        if record is None or record.ended:
            self._seen.pop(source, None)
        elif self._is_lost(record):
            logger.warning("%s: the crawl does not go on; it is asked for again", spec)
            self._seen.pop(source, None)
            await push_crawl(self._hatchet, spec, reason="lost", requested_by="worker")

    def _is_lost(self, record: CrawlRecord) -> bool:
        now = self._bench.clock()
        seen = self._seen.get(record.source)
        if seen is None or seen.beat != record.beat:
            self._seen[record.source] = _Seen(record.beat, now)
            return False
        return now - seen.at > self._bench.pace.lost
