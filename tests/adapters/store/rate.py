"""How many messages can be claimed and answered a second: `python -m tests.adapters.store.rate`."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.adapters.store import open_state
from bot.core.state import State
from tests.contracts.state_cases import LONG, answered, claim, key
from tests.fixtures.postgres import Postgres

CALLS = 2_000


async def measure(place: str) -> None:
    async with open_state(place) as state:
        for name, step in STEPS.items():
            for at_once in (1, 20):
                print(f"  {name}, {at_once} at once: {await rate(state, step, at_once):,.0f} a second")


Step = Callable[[State, str], Awaitable[object]]

STEPS: dict[str, Step] = {
    "claims": lambda state, name: claim(state.ledger, key(name)),
    "claims that were made before": lambda state, name: state.ledger.claim(
        key("claims 1 0"), owner="b", thread="", user="", question="", origin=""
    ),
    "renewals": lambda state, name: state.ledger.renew(key("claims 1 0"), owner="a", lease=LONG),
    "whole answers (claim, note, finish)": lambda state, name: answered(state.ledger, key(name)),
}


async def rate(state: State, step: Step, at_once: int) -> float:
    prefix = next(name for name, known in STEPS.items() if known is step)
    numbers = iter(range(CALLS))

    async def work() -> None:
        for number in numbers:
            await step(state, f"{prefix} {at_once} {number}")

    begin = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return CALLS / (time.perf_counter() - begin)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        print("SQLite")
        asyncio.run(measure(str(Path(folder) / "state.db")))
    server = Postgres()
    try:
        server.start()
        print("Postgres, without fsync")
        asyncio.run(measure(server.url()))
    finally:
        server.close()


if __name__ == "__main__":
    main()
