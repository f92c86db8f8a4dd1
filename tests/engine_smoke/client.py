"""What a program does with the engine: wait for a worker, push an event, see the run's result."""

from __future__ import annotations

import asyncio
import time

from hatchet_sdk import Hatchet
from hatchet_sdk.clients.rest.models.v1_task_status import V1TaskStatus
from hatchet_sdk.clients.rest.models.worker_status import WorkerStatus

from tests.engine_smoke.models import EVENT, WORKER, Echo, Echoed

_POLL_SECONDS = 0.1


async def wait_for_worker(hatchet: Hatchet, *, seconds: float) -> None:
    """Returns when the worker is active: an event that nobody has registered for is dropped for good.

    By its name: the engine takes others, killed by other tests, for active for a while.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        listing = await hatchet.workers.aio_list()
        if any(
            worker.status is WorkerStatus.ACTIVE and worker.name.endswith(WORKER)
            for worker in listing.rows or ()
        ):
            return
        await asyncio.sleep(_POLL_SECONDS)
    raise TimeoutError(f"no worker within {seconds:.0f} s")


async def echo(hatchet: Hatchet, word: str, *, seconds: float) -> Echoed:
    """Pushes one event and returns what the run that it triggers made of it."""
    event = await hatchet.event.aio_push(EVENT, Echo(word=word).model_dump())
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        runs = await hatchet.runs.aio_list(triggering_event_external_id=event.event_id)
        for run in runs.rows:
            if run.status is V1TaskStatus.COMPLETED:
                return Echoed.model_validate(run.output)
        await asyncio.sleep(_POLL_SECONDS)
    raise TimeoutError(f"the event {word!r} had no result within {seconds:.0f} s")
