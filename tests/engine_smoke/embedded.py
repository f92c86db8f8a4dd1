"""A program that starts its own engine, as one small host does: one owner, its worker a child of it.

python -m tests.engine_smoke.embedded      prints what the worker made of one event
"""

from __future__ import annotations

import asyncio
import subprocess
import sys

from hatchet_sdk import Hatchet

from tests.engine_smoke.client import echo, wait_for_worker
from tests.engine_smoke.models import Echoed


async def try_one(hatchet: Hatchet) -> Echoed:
    await wait_for_worker(hatchet, seconds=40)
    return await echo(hatchet, "embedded", seconds=40)


def main() -> None:
    hatchet = Hatchet.from_embedded()
    # The child inherits the handshake, and so the engine.
    with subprocess.Popen([sys.executable, "-m", "tests.engine_smoke.worker"]) as worker:
        print(asyncio.run(try_one(hatchet)).model_dump_json(), flush=True)
        worker.kill()


if __name__ == "__main__":
    main()
