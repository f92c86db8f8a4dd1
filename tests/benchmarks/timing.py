"""Wall and processor time of a call; the processor's is steadier where others use the machine too."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds."""

    wall: float
    cpu: float
    """Of all threads of this process."""


def timed(work: Callable[[], T]) -> tuple[T, Time]:
    """What the call gives, and how long it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Time(time.perf_counter() - wall, time.process_time() - cpu)


def middle(times: Sequence[Time]) -> Time:
    """The medians."""
    return Time(median(item.wall for item in times), median(item.cpu for item in times))


def percentile(values: Sequence[float], at: int) -> float:
    """The `at`-th percentile of one value or more."""
    return quantiles(values, n=100, method="inclusive")[at - 1] if len(values) > 1 else values[0]
