"""The memory of a conversation, the time of one answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.benchmarks import synthetic
from tests.benchmarks.children import Call, docsbot, run, tutorial
from tests.benchmarks.figures import Figure
from tests.benchmarks.lab import Lab
from tests.benchmarks.timing import Time, middle

MEMORY = "memory"
ASK = "ask"
_TURNS = 5  # questions of a conversation


def measure_memory(lab: Lab) -> Iterator[Figure]:
    count = lab.index.follower.snapshot.count
    theirs = _memory(lab, tutorial(lab))
    yield _memory_figure(count, _memory(lab, docsbot(lab.settings(), "chat")), theirs)
    large = synthetic.enlarge(lab)
    yield _memory_figure(max(count, lab.effort.large), _memory(lab, docsbot(large, "chat")), None)


def _memory(lab: Lab, call: Call) -> dict[str, int]:
    """What `tests.benchmarks.child` says of the process after some questions, in kB."""
    lab.say("memory")
    out = lab.folder / "memory.json"
    questions = "".join(f"{' '.join(question.split())}\n" for question in lab.questions[:_TURNS])
    run(lab, replace(call, argv=("tests.benchmarks.child", str(out), *call.argv)), questions)
    status: dict[str, int] = json.loads(out.read_text(encoding="utf-8"))
    return status


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
    assert lab.index  # it is ready
    lab.say("whole processes")
    question = " ".join(lab.questions[0].split())
    ours, theirs = list[Time](), list[Time]()
    for _ in range(lab.effort.rounds):
        theirs.append(run(lab, tutorial(lab), f"{question}\n"))
        ours.append(run(lab, docsbot(lab.settings(), "ask", question), ""))
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
