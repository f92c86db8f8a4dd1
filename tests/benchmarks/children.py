"""Both systems as processes of their own, as a user starts them."""

from __future__ import annotations

import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings import Settings
from tests.benchmarks.lab import Lab, Unmeasurable
from tests.benchmarks.timing import Time

_PROJECT = Path(__file__).parents[2]
_SECONDS = 300  # for one process
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A module with its arguments, and what it finds in its environment."""

    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def docsbot(settings: Settings, *argv: str) -> Call:
    """The docsbot command on these settings."""
    environment = {
        "DOCSBOT_DATA": str(settings.data),
        "DOCS_SOURCES": " ".join(map(shlex.quote, settings.sources)),
        "CHROMA_COLLECTION": settings.chroma_collection,
    }
    return Call(argv=("bot", *argv), environment=environment)


def tutorial(lab: Lab) -> Call:
    """The tutorial's bot; one question a line on stdin."""
    assert lab.tutorial  # it is indexed
    return Call(argv=("tests.peers", str(lab.folder / "tutorial"), str(lab.folder / "model")))


def run(lab: Lab, call: Call, stdin: str) -> Time:
    """From the start of a process to its end. An abstention is an answer too; else raises Unmeasurable."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *call.argv],
        cwd=lab.folder,
        env=_environment(call),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in {0, 3}:
        raise Unmeasurable(f"{call.argv[0]} ended with {done.returncode}: {done.stderr[-2_000:]}")
    return Time(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _environment(call: Call) -> dict[str, str]:
    """Out of reach of the user's own settings."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    return {**inherited, "PYTHONPATH": str(_PROJECT), "PYTHONWARNINGS": "ignore", **call.environment}


class Talk:
    """A process that answers line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, line: str) -> dict[str, object]:
        """The answer to one line. Raises Unmeasurable where the process has ended."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise Unmeasurable(f"{self._process.args!r} ended with {self._process.wait()}")
        values: dict[str, object] = json.loads(answer)
        return values

    @property
    def cpu(self) -> float:
        """Seconds of processor time that it has used so far, of all threads."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def talking(lab: Lab, call: Call) -> Iterator[Talk]:
    """Starts a process, and ends it."""
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            [sys.executable, "-m", *call.argv],
            cwd=lab.folder,
            env=_environment(call),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        guard = threading.Timer(_SECONDS, process.kill)
        guard.start()
        try:
            yield Talk(process)
        finally:
            guard.cancel()
            process.kill()


Ask = Callable[[Talk, str], float]
"""Asks one question; milliseconds of its retrieval, by the process's own clock."""


def ask_docsbot(talk: Talk, question: str) -> float:
    """Of `docsbot ask --jsonl`."""
    timings = talk.ask(json.dumps({"id": "1", "question": question}))["timings_ms"]
    return float(timings["retrieve"]) if isinstance(timings, dict) else 0.0


def ask_tutorial(talk: Talk, question: str) -> float:
    """Of `python -m tests.peers`."""
    return float(str(talk.ask(" ".join(question.split()))["milliseconds"]))
