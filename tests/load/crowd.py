"""Many questions at once, on one process."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Mapping, Sequence

from tests.load.chat import Chat, Times
from tests.load.figures import Report, Spread, Value, spread, surroundings
from tests.load.lab import Bot
from tests.load.model import Served, SteadyModel
from tests.load.probed import Block
from tests.load.usage import Memory, Peak, read_memory, read_seconds
from tests.load.words import is_whole

PATIENCE = 600.0
"""Seconds for all to be answered: within Slack's limits, 200 answers take minutes."""
STUCK = 60.0
"""Seconds without a new answer after which no other is waited for."""
BLOCK = 0.2
"""Seconds that the event loop may be busy with one thing."""


async def run_crowd(chat: Chat, bot: Bot, model: SteadyModel, count: int, *, quiet: float) -> Report:
    """`count` people ask at once; the bot runs already, and its loop is watched.

    `quiet`: seconds to look on before and after it.
    """
    numbers = range(count)
    around = surroundings()
    await asyncio.sleep(quiet)  # what a start leaves to do
    ran = read_seconds(bot.pid)
    before = read_memory(bot.pid) or Memory()
    begun = time.time()
    with Peak(bot.pid) as peak:
        for number in numbers:
            await chat.ask(number)
        asked = time.time() - begun
        await settle(chat, numbers, PATIENCE, stuck=STUCK)
    ran = read_seconds(bot.pid) - ran
    await asyncio.sleep(quiet)
    chat.look()
    times = {number: chat.times(number) for number in numbers}
    served = await model.served()
    counts: dict[str, Value] = {**around, "load average after": f"{os.getloadavg()[0]:.2f}"}
    counts |= {"questions": count, "asked within, seconds": asked}
    counts |= _count(chat, times, model) | {"processor time of the bot, seconds": ran}
    counts |= _weigh(before, peak.memory) | _count_blocks(bot.blocks(since=begun))
    counts |= {f"429 to {what}": times for what, times in sorted(chat.refusals().items())}
    return Report(
        title=f"{chat.name}: {count} questions at once",
        counts=counts,
        spreads=_spread(times, served),
        faults=[*find_faults(chat, numbers, model.pace.words), *chat.complaints()],
    )


async def settle(chat: Chat, numbers: Sequence[int], seconds: float, *, stuck: float = math.inf) -> bool:
    """Waits until all are answered; False where that takes too long, or where none was for so long."""
    open_, end, moved = set(numbers), time.time() + seconds, time.time()
    while open_ and time.time() < min(end, moved + stuck):
        await asyncio.sleep(0.25)
        left = {number for number in open_ if not chat.settled(number)}
        moved = time.time() if len(left) < len(open_) else moved
        open_ = left
    chat.look()
    return not open_


def find_faults(chat: Chat, numbers: Sequence[int], words: int) -> list[str]:
    """Questions without an answer, with two, or with one that is not whole."""
    found = []
    for number in numbers:
        answers = chat.answers(number)
        if len(answers) != 1:
            found.append(f"question {number} has {len(answers)} answers")
        elif not is_whole(answers[0], number, words):
            found.append(f"the answer to question {number} is not whole: {answers[0][:120]!r}")
    return found


def _count(chat: Chat, times: Mapping[int, Times], model: SteadyModel) -> dict[str, Value]:
    answers = {number: chat.answers(number) for number in times}
    whole = sum(
        any(is_whole(text, number, model.pace.words) for text in texts) for number, texts in answers.items()
    )
    return {
        "answered whole": whole,
        "answered twice": sum(len(texts) > 1 for texts in answers.values()),
        "came in pieces": sum(each.streamed for each in times.values()),
        "status shown": sum(bool(each.status) for each in times.values()),
        "status within a second": sum(0 < each.status - each.asked <= 1 for each in times.values()),
        "one answer of the model's alone, seconds": model.pace.seconds,
    }


def _spread(times: Mapping[int, Times], served: Sequence[Served]) -> dict[str, Spread]:
    firsts = {row.number: row for row in served if row.first}
    begun = [(each, firsts[number]) for number, each in times.items() if each.first and number in firsts]
    ended = [(each, firsts[number]) for number, each in times.items() if each.last and number in firsts]

    def beyond(each: Times, row: Served) -> float:
        return each.first - each.asked - (row.first - row.came)

    return {
        "event to status": spread([each.status - each.asked for each in times.values() if each.status]),
        "event to the model's request": spread([row.came - each.asked for each, row in begun]),
        "event to first text, beyond the model's first token": spread([beyond(*both) for both in begun]),
        "the same, of answers in pieces": spread([beyond(*both) for both in begun if both[0].streamed]),
        "event to the end": spread([each.last - each.asked for each in times.values() if each.last]),
        "the model's last token to the end": spread(
            [each.last - row.ended for each, row in ended if row.ended]
        ),
    }


def _weigh(before: Memory, peak: Memory) -> dict[str, Value]:
    return {
        "PSS before, MB": round(before.pss),
        "PSS at the peak, MB": round(peak.pss),
        "RSS before, MB": round(before.rss),
        "RSS at the peak, MB": round(peak.rss),
    }


def _count_blocks(blocks: Sequence[Block]) -> dict[str, Value]:
    if not blocks:
        return {"longest block of the event loop, seconds": "not watched"}
    longest = max(blocks, key=lambda block: block.seconds)
    return {
        "longest block of the event loop, seconds": longest.seconds,
        "of that on the processor": longest.ran,
        "seconds with a block over 0.2 s": sum(block.seconds > BLOCK for block in blocks),
        "the same, on the processor": sum(block.ran > BLOCK for block in blocks),
    }
