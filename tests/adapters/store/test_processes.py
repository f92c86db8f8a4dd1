"""Many processes on one state, some of which are killed."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

from bot.adapters.store import open_state
from tests.contracts.state_cases import LONG, key


async def start(place: str, owner: str, count: int) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.adapters.store.claimer", place, owner, str(count), stdout=PIPE
    )


async def test_of_processes_that_start_at_once_one_gets_each_message(place: str) -> None:
    """They find nothing, make the tables, and claim the same messages."""
    processes = [await start(place, owner, 20) for owner in "abc"]
    said = [output.split() for output, _ in await asyncio.gather(*(p.communicate() for p in processes))]
    assert [process.returncode for process in processes] == [0, 0, 0]
    won = [int(number) for output in said for number in output]
    assert sorted(won) == list(range(20))


async def test_what_a_killed_process_had_claimed_is_taken_over(place: str) -> None:
    process = await start(place, "victim", 1_000_000)
    assert process.stdout is not None
    for _ in range(20):
        last = int(await process.stdout.readline())
    process.kill()
    rest, _ = await process.communicate()
    last = max([last, *(int(number) for number in rest.split())])
    async with open_state(place) as state:
        # What it was told that it has, it has; the one that it was claiming may be there too.
        taken = await state.ledger.take_over(platform="slack", owner="heir", lease=LONG, limit=1_000_000)
        assert {claimed.owner for claimed in taken} == {"heir"}
        numbers = sorted(int(claimed.key.message) for claimed in taken)
        assert numbers in (list(range(last + 1)), list(range(last + 2)))
        assert await state.ledger.claim(key("new"), owner="heir", thread="", user="", question="", origin="")
