"""Connections are torn at random while people ask."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

from tests.load.chat import Chat
from tests.load.crowd import find_faults, settle
from tests.load.figures import Report, Value, spread, surroundings

PATIENCE = 180.0
APART = 0.4
"""Seconds between two questions, in the mean."""
PAUSE = (0.2, 1.5)
"""Seconds between two cuts, from and to."""


async def run_cuts(chat: Chat, numbers: Sequence[int], *, words: int, seed: int, quiet: float) -> Report:
    """Questions one after another, and no connection that lives for long."""
    dice = random.Random(seed)
    around = surroundings()
    ways: Counter[str] = Counter()
    cutting = asyncio.create_task(_cut(chat, dice, ways))
    try:
        for number in numbers:
            await chat.ask(number)
            await asyncio.sleep(dice.uniform(0, 2 * APART))
    finally:
        cutting.cancel()
        await asyncio.gather(cutting, return_exceptions=True)
    await settle(chat, numbers, PATIENCE)
    await chat.repeat()
    await asyncio.sleep(quiet)
    times = [chat.times(number) for number in numbers]
    counts: dict[str, Value] = {**around, "questions": len(numbers)}
    counts |= {f"connections {way}": cuts for way, cuts in sorted(ways.items())}
    counts |= {"connections that the bot made": chat.connections}
    return Report(
        title=f"{chat.name}: {len(numbers)} questions, connections torn",
        counts=counts,
        spreads={
            "event to status": spread([each.status - each.asked for each in times if each.status]),
            "event to the end": spread([each.last - each.asked for each in times if each.last]),
        },
        faults=[*find_faults(chat, numbers, words), *chat.complaints()],
    )


async def _cut(chat: Chat, dice: random.Random, ways: Counter[str]) -> None:
    while True:
        await asyncio.sleep(dice.uniform(*PAUSE))
        if way := await chat.cut(dice):
            ways[way] += 1
