"""The bot is killed at a random point of each question and started again at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.load.chat import Chat, Times
from tests.load.crowd import find_faults, settle
from tests.load.figures import Report, Value, spread, surroundings
from tests.load.lab import Bot

LIMIT = 60.0
"""Seconds from the restart within which an answer that was under way must be finished."""
PATIENCE = 150.0
"""Seconds that a question is waited for: over HTTP, Slack delivers again after one minute."""
EARLY = 0.03
"""Seconds from the event in which it is claimed."""
CALLS = 10
"""Of one answer, at the most, until there was one that was not killed."""
BEFORE, WAITING, WRITING, AFTER = (
    "before the status",
    "after the status",
    "while it was written",
    "after its end",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """One question, and the kill within it."""

    number: int
    delay: float
    """Seconds from the event to the kill."""
    calls: int
    """What the platform had been called for it by then."""
    stage: str
    """What had been shown by then."""
    recovery: float
    """Seconds from the restart to the finished answer; 0 where it was finished before."""
    answered: bool


async def run_kills(
    lanes: Sequence[tuple[Chat, Bot]], count: int, *, words: int, span: float, seed: int, quiet: float
) -> Report:
    """`count` kills, shared among lanes that run beside each other, each with a workspace of its own.

    Half of them come within `span` seconds from the event, longer than an answer takes; a quarter right
    after the event and a quarter at the moment of one of the answer's calls, where more can go wrong.
    """
    numbers = iter(range(count))
    around = surroundings()
    done = await asyncio.gather(*(_run_lane(*lane, numbers, span, seed) for lane in lanes))
    faults = [fault for (chat, _), lane in zip(lanes, done, strict=True) for fault in _judge(chat, lane)]
    for (chat, _), lane in zip(lanes, done, strict=True):
        await chat.repeat()
        await settle(chat, [each.number for each in lane], LIMIT)
    await asyncio.sleep(quiet)
    for (chat, _), lane in zip(lanes, done, strict=True):
        faults += find_faults(chat, [each.number for each in lane], words) + chat.complaints()
    killed = sorted((each for lane in done for each in lane), key=lambda each: each.number)
    return Report(
        title=f"{lanes[0][0].name}: {count} kills",
        counts=around | _count(killed, faults),
        spreads={
            f"restart to the end, killed {stage}": spread(
                [each.recovery for each in killed if each.stage == stage and each.answered]
            )
            for stage in (BEFORE, WAITING, WRITING)
        },
        faults=faults,
        rows=[_row(each) for each in killed],
    )


async def _run_lane(chat: Chat, bot: Bot, numbers: Iterator[int], span: float, seed: int) -> list[Killed]:
    killed: list[Killed] = []
    most = CALLS
    for number in numbers:
        dice = random.Random(f"{seed} {number}")
        killed.append(await _kill_within(chat, bot, number, dice, span, most))
        most = max((each.calls for each in killed if each.stage == AFTER), default=CALLS)
    return killed


async def _kill_within(
    chat: Chat, bot: Bot, number: int, dice: random.Random, span: float, calls: int
) -> Killed:
    await chat.ask(number)
    if number % 4 == 1:
        await asyncio.sleep(dice.uniform(0, EARLY))
    elif number % 4 == 3:
        await _wait_for_call(chat, number, dice.randint(1, calls), span)
    else:
        await asyncio.sleep(dice.uniform(0, span))
    at = time.time()
    bot.stab()
    await bot.kill()
    chat.look()
    times, ended, made = chat.times(number), chat.settled(number), chat.times(number).calls
    stage = AFTER if ended else _stage(times, at)
    await bot.start()
    answered = await settle(chat, [number], PATIENCE)
    recovery = 0.0 if ended or not answered else chat.times(number).last - bot.started
    return Killed(
        number=number,
        delay=at - times.asked,
        calls=made,
        stage=stage,
        recovery=recovery,
        answered=answered,
    )


async def _wait_for_call(chat: Chat, number: int, count: int, seconds: float) -> None:
    """Until the platform has been called so often for it, or for so long."""
    end = time.time() + seconds
    while chat.times(number).calls < count and time.time() < end:
        await asyncio.sleep(0.001)
        chat.look()


def _judge(chat: Chat, killed: Sequence[Killed]) -> Iterator[str]:
    """What was answered late, or not before it was told of once more."""
    for each in killed:
        if not each.answered:
            yield f"question {each.number}, killed {each.stage}, was lost"
        elif each.recovery > LIMIT + (chat.again if each.stage == BEFORE else 0):
            yield f"question {each.number} was answered {each.recovery:.0f} s after the restart"


def _stage(times: Times, at: float) -> str:
    if 0 < times.first <= at:
        return WRITING
    return WAITING if 0 < times.status <= at else BEFORE


def _count(killed: Sequence[Killed], faults: Sequence[str]) -> dict[str, Value]:
    stages = Counter(each.stage for each in killed)
    return {
        "kills": len(killed),
        **{f"killed {stage}": stages[stage] for stage in (BEFORE, WAITING, WRITING, AFTER)},
        "answered": sum(each.answered for each in killed),
        "faults": len(faults),
    }


def _row(each: Killed) -> dict[str, Value]:
    return {
        "question": each.number,
        "killed after, seconds": each.delay,
        "calls by then": each.calls,
        "killed": each.stage,
        "restart to the end, seconds": each.recovery or "",
        "answered": "yes" if each.answered else "NO",
    }
