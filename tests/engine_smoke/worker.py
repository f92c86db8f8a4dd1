"""A worker process with one workflow, on the engine that its environment names.

python -m tests.engine_smoke.worker
"""

from __future__ import annotations

import os

from hatchet_sdk import Context, Hatchet

from tests.engine_smoke.models import EVENT, WORKER, WORKFLOW, Echo, Echoed


def main() -> None:
    """Works until SIGTERM. With a handshake in the environment, on the parent's embedded engine."""
    embedded = "HATCHET_EMBEDDED_HANDSHAKE" in os.environ
    hatchet = Hatchet.from_embedded() if embedded else Hatchet()
    workflow = hatchet.workflow(name=WORKFLOW, on_events=[EVENT], input_validator=Echo)

    @workflow.task()
    async def echo(event: Echo, context: Context) -> Echoed:
        return Echoed(word=event.word, worker_pid=os.getpid())

    hatchet.worker(WORKER, slots=4, workflows=[workflow]).start()


if __name__ == "__main__":
    main()
