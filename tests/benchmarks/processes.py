"""Whole processes, as a user starts them: the memory of a conversation, the time of one answer."""

from __future__ import annotations

import json
import os
import resource
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.settings import Settings
from tests.benchmarks import synthetic
from tests.benchmarks.figures import Figure
from tests.benchmarks.lab import Lab, Unmeasurable
from tests.benchmarks.timing import Time, middle

MEMORY = "memory"
ASK = "ask"
_PROJECT = Path(__file__).parents[2]
_TURNS = 5  # questions of a conversation
_SECONDS = 300


def measure_memory(lab: Lab) -> Iterator[Figure]:
    count = lab.index.follower.snapshot.count
    questions = lab.questions[:_TURNS]
    theirs = _memory(lab, _tutorial_call(lab), {}, questions)
    yield _memory_figure(
        count, _memory(lab, ["bot", "chat"], _environment(lab.settings()), questions), theirs
    )
    large = synthetic.enlarge(lab)
    ours = _memory(lab, ["bot", "chat"], _environment(large), questions)
    yield _memory_figure(max(count, lab.effort.large), ours, None)


def _memory_figure(count: int, ours: Mapping[str, int], theirs: Mapping[str, int] | None) -> Figure:
    return Figure(
        name=MEMORY,
        what=f"peak memory of a conversation, {count:,} chunks",
        tutorial=theirs["VmHWM"] / 1_024 if theirs else None,
        docsbot=ours["VmHWM"] / 1_024,
        unit="megabytes",
        better="less",
        note=f"{ours['RssAnon'] / 1_024:.0f} MB its own, the rest mapped files",
    )


def measure_ask(lab: Lab) -> Iterator[Figure]:
    assert lab.index
    assert lab.tutorial
    question = lab.questions[0]
    ours, theirs = [], []
    for _ in range(lab.effort.rounds):
        theirs.append(_run(lab, _tutorial_call(lab), {}, f"{question}\n"))
        ours.append(_run(lab, ["bot", "ask", question], _environment(lab.settings()), ""))
    our, their = middle(ours), middle(theirs)
    yield Figure(
        name=ASK,
        what="one question on a ready index, whole process",
        tutorial=their.wall,
        docsbot=our.wall,
        unit="seconds",
        better="less",
        note=f"{our.cpu:.1f} s of processor time; the tutorial {their.cpu:.1f} s",
    )


def _tutorial_call(lab: Lab) -> list[str]:
    assert lab.tutorial
    return ["tests.peers", str(lab.folder / "tutorial"), str(lab.folder / "model")]


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "DOCSBOT_DATA": str(settings.data),
        "DOCS_SOURCES": " ".join(map(shlex.quote, settings.sources)),
        "CHROMA_COLLECTION": settings.chroma_collection,
    }


def _memory(
    lab: Lab, call: Sequence[str], environment: Mapping[str, str], questions: Sequence[str]
) -> dict[str, int]:
    out = lab.folder / "memory.json"
    lab.say(f"memory of {call[0]}")
    _run(lab, ["tests.benchmarks.child", str(out), *call], environment, "".join(f"{q}\n" for q in questions))
    status: dict[str, int] = json.loads(out.read_text(encoding="utf-8"))
    return status


def _run(lab: Lab, call: Sequence[str], environment: Mapping[str, str], stdin: str) -> Time:
    """A module as a process, out of reach of the user's own settings. An abstention is an answer too."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *call],
        cwd=lab.folder,
        env={**inherited, "PYTHONPATH": str(_PROJECT), "PYTHONWARNINGS": "ignore", **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in {0, 3}:
        raise Unmeasurable(f"{call[0]} ended with {done.returncode}: {done.stderr[-2_000:]}")
    return Time(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
