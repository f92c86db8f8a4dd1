"""The doctor: asks each part whether it works, and says how to mend the one that doesn't."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

SECONDS_A_PROBE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What one probe found. No secret is in any of it."""

    ok: bool
    text: str
    """One sentence: what was found."""
    mend: str = ""
    """What to do about it; empty where nothing is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One question to one part of the program."""

    name: str
    """A word or two: `data folder`."""
    run: Callable[[], Awaitable[ProbeResult]]
    """Turns what goes wrong into a result: it raises nothing of its own."""


async def examine(
    probes: Sequence[Probe], *, seconds: float = SECONDS_A_PROBE
) -> AsyncIterator[tuple[Probe, ProbeResult]]:
    """Each probe and what it found, in order; one that takes longer than `seconds` has failed."""
    for probe in probes:
        try:
            async with asyncio.timeout(seconds):
                result = await probe.run()
        except TimeoutError:
            result = ProbeResult(
                ok=False,
                text=f"No answer within {seconds:g} seconds.",
                mend="See whether the server runs and can be reached from here.",
            )
        yield probe, result
