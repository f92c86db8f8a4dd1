"""One run a data folder: who holds it, and what of an earlier one is still ending."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from bot.core.errors import DocsbotError

LEAVING = 15.0
"""Seconds that the processes of a killed run may take to end."""
_GLANCE = 1.0  # seconds: who only looks whether the folder is held takes the lock for a moment


class AlreadyRunning(DocsbotError):
    """Another process holds the data folder; `detail` says which."""

    retryable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a data folder, or held it last."""

    pid: int
    since: str
    """ISO 8601 with its offset."""
    chroma_port: int = 0
    """Of its own Chroma server on loopback; 0 where it never had one."""
    serves_chroma: bool = False
    """Whether that server runs for as long as the process does."""


@contextmanager
def hold(folder: Path, now: datetime) -> Iterator[Holder]:
    """Holds the folder for this process. Raises AlreadyRunning, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "run.lock", timeout=_GLANCE)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(_refusal(folder, read_holder(folder))) from None
    try:
        before = read_holder(folder)
        holder = Holder(
            pid=os.getpid(),
            since=now.isoformat(sep=" ", timespec="seconds"),
            chroma_port=before.chroma_port if before else 0,
        )
        write_holder(folder, holder)
        yield holder
    finally:
        lock.release()


@contextmanager
def hold_index(folder: Path) -> Iterator[None]:
    """Keeps commands that open the index's folder themselves from writing to it. Raises AlreadyRunning."""
    # The lock of `pipelines.index.open.Index.writing`, which is not imported here: it loads the whole index.
    lock = FileLock(folder / "writing.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(
            f"Another docsbot is writing to the index in {folder}. Wait until it is done."
        ) from None
    try:
        yield
    finally:
        lock.release()


def chroma_beside(folder: Path) -> int:
    """The port on loopback of the Chroma server that a run serves this folder with now; 0 where none does."""
    holder = read_holder(folder)
    if holder is None or not holder.serves_chroma or not _lives(holder.pid):
        return 0
    try:
        # The process id may be another one's by now.
        with FileLock(folder / "run.lock", timeout=0):
            return 0
    except Timeout:
        return holder.chroma_port
    except OSError:
        return 0


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _refusal(folder: Path, holder: Holder | None) -> str:
    who = f"process {holder.pid}, since {holder.since}" if holder else "another process"
    return f"docsbot runs already on {folder} ({who}): stop that one, or give this one another --data."


def write_holder(folder: Path, holder: Holder) -> None:
    fresh = _place(folder).with_suffix(".new")
    fresh.write_text(json.dumps(asdict(holder)), encoding="utf-8")
    fresh.replace(_place(folder))


def read_holder(folder: Path) -> Holder | None:
    """Who wrote last that it holds the folder; None where nobody did."""
    try:
        values = json.loads(_place(folder).read_text(encoding="utf-8"))
        return Holder(
            pid=int(values["pid"]),
            since=str(values["since"]),
            chroma_port=int(values["chroma_port"]),
            serves_chroma=bool(values["serves_chroma"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _place(folder: Path) -> Path:
    return folder / "run.json"


@contextmanager
def children_lock(folder: Path) -> Iterator[int]:
    """A descriptor for `until_left`, and for every child, which holds it until its end."""
    descriptor = os.open(folder / "run.children", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def until_left(descriptor: int, note: Callable[[str], None]) -> bool:
    """Waits until no child of an earlier run holds the lock, and takes it. False where one stays."""
    clock = asyncio.get_running_loop().time
    deadline = 0.0
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if not deadline:
                deadline = clock() + LEAVING
                note("Waiting for the processes of an earlier run, which was killed.")
            elif clock() > deadline:
                return False
        await asyncio.sleep(0.1)
