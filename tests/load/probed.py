"""Runs docsbot and watches its event loop from a thread: `python -m tests.load.probed OUT COMMAND…`.

To OUT it writes one JSON object a line: every second the longest time that the loop took to come back, when,
how much of it the main thread ran, and, for a long one, what it was doing.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from dataclasses import asdict, dataclass
from json import dumps, loads
from pathlib import Path

from bot.__main__ import main as docsbot

EVERY = 0.01
"""Seconds between two looks."""
TELL = 1.0
"""Seconds between two lines."""
STUCK = 0.12
"""Seconds after which it is noted what the main thread does."""
_FRAMES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A time in which the loop did nothing else."""

    at: float
    """time.time() of its beginning."""
    seconds: float
    ran: float
    """Seconds of processor time that the main thread had: where it is less, the machine was busy elsewhere,
    or another thread held the interpreter."""
    stack: str = ""


class Loops(asyncio.DefaultEventLoopPolicy):
    """Tells which loops the main thread has made."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[asyncio.AbstractEventLoop] = []

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        if threading.current_thread() is threading.main_thread():
            self.made.append(loop)
        return loop


def watch(loops: Loops, out: Path) -> None:
    """Until the process ends."""
    main = threading.main_thread().ident or 0
    clock = time.pthread_getcpuclockid(main)
    longest, told = Block(at=0, seconds=0, ran=0), time.monotonic()
    while True:
        time.sleep(EVERY)
        loop = next((loop for loop in loops.made if loop.is_running()), None)
        if loop is None:
            continue
        block = _look(loop, main, clock)
        if block is not None:
            longest = max(longest, block, key=lambda each: each.seconds)
        if time.monotonic() > told + TELL:
            with out.open("a", encoding="utf-8") as file:
                file.write(f"{dumps(asdict(longest))}\n")
            longest, told = Block(at=0, seconds=0, ran=0), time.monotonic()


def _look(loop: asyncio.AbstractEventLoop, main: int, clock: int) -> Block | None:
    """How long the loop takes to come back; None where it ends meanwhile."""
    back = threading.Event()
    ended: list[float] = []

    def answer() -> None:
        ended.append(time.perf_counter())
        back.set()

    at, ran, begun = time.time(), time.clock_gettime(clock), time.perf_counter()
    try:
        loop.call_soon_threadsafe(answer)
    except RuntimeError:
        return None
    stack = ""
    while not back.wait(STUCK):
        if not loop.is_running():
            return None
        frame = sys._current_frames().get(main)
        stack = stack or "".join(traceback.format_stack(frame)[-_FRAMES:])
    return Block(at=at, seconds=ended[0] - begun, ran=time.clock_gettime(clock) - ran, stack=stack)


def read_blocks(out: Path, *, since: float = 0.0) -> list[Block]:
    """What was written to OUT; a line that a killed process left unfinished is dropped."""
    if not out.exists():
        return []
    whole = [
        line for line in out.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")
    ]
    return [block for line in whole if (block := Block(**loads(line))).at >= since]


def main() -> int:
    out, *command = sys.argv[1:]
    loops = Loops()
    asyncio.set_event_loop_policy(loops)
    threading.Thread(target=watch, args=(loops, Path(out)), daemon=True).start()
    return docsbot(command)


if __name__ == "__main__":
    sys.exit(main())
