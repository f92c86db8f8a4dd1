"""Children for real: how they are kept, what they say, and that nothing of them stays."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.supervisor import leash
from bot.supervisor.child import LONGEST, Child
from bot.supervisor.keeper import ChildFailed
from tests.supervisor.ward import Ward, lives

# Says its process id; ends by SIGTERM.
_SLEEP = "import os, time; os.write(1, b'%d\\n' % os.getpid()); time.sleep(300)"
# The same, but will not end by SIGTERM.
_STUBBORN = "import signal; signal.signal(signal.SIGTERM, lambda *_: print('no', flush=True)); " + _SLEEP
# Starts a process in a session of its own, and one that has no parent any more.
_PARENT = f"""
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", {_SLEEP!r}], start_new_session=True)
if os.fork() == 0:
    if os.fork() == 0:
        exec({_SLEEP!r})
    os._exit(0)
os.wait()
exec({_SLEEP!r})
"""


def child(code: str, *, name: str = "one", stage: int = 0) -> Child:
    return Child(
        name=name, command=(sys.executable, "-c", code), environ=lambda: os.environ, stage=stage, grace=20
    )


async def test_a_killed_child_is_started_again_and_that_is_told(ward: Ward) -> None:
    await ward.supervisor.start(child(_SLEEP))
    for life in (1, 2, 3):
        await ward.until(partial(ward.has_lived, life))
        os.kill(ward.pids()[-1], signal.SIGKILL)
    await ward.until(lambda: len(ward.notes) == 3)
    assert ward.notes == [
        f"one was ended by signal 9; it is started again in {pause} s." for pause in ("0.5", "1", "2")
    ]


async def test_each_start_asks_for_the_environment_anew(ward: Ward) -> None:
    values = iter("abc")
    told = replace(
        child("import os, time; print(os.environ['LIFE'], flush=True); time.sleep(0.1)"),
        environ=lambda: {**os.environ, "LIFE": next(values)},
    )
    await ward.supervisor.start(told)
    await ward.until(lambda: ward.lines("one") == ["a", "b"])


async def test_a_renewed_child_is_back_at_once_without_a_word(ward: Ward) -> None:
    await ward.supervisor.start(child(_SLEEP))
    await ward.until(lambda: len(ward.pids()) == 1)
    await ward.supervisor.renew("one")
    await ward.until(lambda: len(ward.pids()) == 2)
    assert ward.notes == []


async def test_a_final_exit_status_is_the_end(ward: Ward) -> None:
    await ward.supervisor.start(replace(child("import sys; sys.exit('No token.')"), final=frozenset({1})))
    await ward.until(lambda: ward.notes)
    assert ward.notes == ["one failed with exit status 1 (No token.). It is not started again."]


@pytest.mark.parametrize(
    ("code", "patience", "says"),
    [
        # It ends before it is ready; its last line says why.
        (
            "import sys; print('Hm.'); sys.exit('Port 80 is taken.')",
            30,
            r"exit status 1 \(Port 80 is taken.\)",
        ),
        ("pass", 30, "ended by itself"),
        # It never is ready.
        (_SLEEP, 0.3, "not ready within 0.3 s"),
    ],
)
async def test_a_first_start_that_fails_is_told_to_who_asked(
    ward: Ward, code: str, patience: float, says: str
) -> None:
    async def never() -> bool:
        return False

    with pytest.raises(ChildFailed, match=says):
        await ward.supervisor.start(replace(child(code), ready=never, patience=patience))
    assert ward.notes == []


async def test_a_program_that_does_not_exist_fails(ward: Ward) -> None:
    async def never() -> bool:
        return False

    missing = replace(child(""), command=("/nowhere/program",), ready=never)
    with pytest.raises(ChildFailed, match="/nowhere/program cannot be started: No such file"):
        await ward.supervisor.start(missing)


async def test_what_cannot_be_prepared_is_tried_again(ward: Ward) -> None:
    tries = 0

    async def prepare() -> None:
        nonlocal tries
        tries += 1
        if tries == 2:
            raise PermissionError(13, "Permission denied")

    await ward.supervisor.start(replace(child("pass"), prepare=prepare))
    await ward.until(lambda: tries == 3)
    assert ward.notes == [
        "one ended by itself; it is started again in 0.5 s.",
        "one cannot be started (Permission denied); it is started again in 1 s.",
    ]


@pytest.mark.parametrize(
    ("word", "code", "status"),
    [
        # The owner wants the end, or has ended.
        (leash.END, _SLEEP, 128 + signal.SIGTERM),
        (leash.GONE, _SLEEP, 128 + signal.SIGTERM),
        # A command that will not end, after its grace; at once.
        (leash.END, _STUBBORN, 128 + signal.SIGKILL),
        (leash.GONE, _STUBBORN, 128 + signal.SIGKILL),
        (leash.KILL, _STUBBORN, 128 + signal.SIGKILL),
        # One that ended by itself.
        (None, "import sys; print('0', flush=True); sys.exit(7)", 7),
    ],
)
def test_a_leash_ends_its_command(word: bytes | None, code: str, status: int) -> None:
    order = leash.Order(
        command=[sys.executable, "-c", code], account=None, end_signal=signal.SIGTERM, grace=0.2
    )
    with subprocess.Popen(
        [sys.executable, "-I", "-S", leash.__file__, json.dumps(order)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        if word is not None:
            # What an init system sends to every process of a service ends no leash before its command.
            process.send_signal(signal.SIGTERM)
            process.stdin.write(word)
            process.stdin.flush()
        if word == leash.GONE:
            process.stdin.close()
        assert process.wait(30) == status
    assert pid == 0 or not lives(pid)


async def test_stages_end_in_the_reverse_order(ward: Ward) -> None:
    code = f"import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit('bye')); {_SLEEP}"
    for stage, name in enumerate(("server", "worker", "front")):
        await ward.supervisor.start(child(code, name=name, stage=stage))
        await ward.until(partial(ward.pids, name))
    await ward.supervisor.stop()
    assert [name for name, line in ward.told if line == "bye"] == ["front", "worker", "server"]
    assert ward.notes == []


async def test_one_that_will_not_end_is_killed_after_its_grace(ward: Ward) -> None:
    await ward.supervisor.start(replace(child(_STUBBORN), grace=0.2))
    await ward.until(lambda: ward.pids())
    await ward.supervisor.stop()
    assert not lives(ward.pids()[0])


async def test_a_second_wish_ends_it_at_once(ward: Ward) -> None:
    await ward.supervisor.start(replace(child(_STUBBORN), grace=600))
    await ward.until(lambda: ward.pids())
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(ward.supervisor.stop())
        await ward.until(lambda: "no" in ward.lines("one"))  # it has been asked
        ward.supervisor.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a session of its own is out of reach")
@pytest.mark.parametrize("victim", ["nobody", "child"])
async def test_nothing_that_a_child_started_stays(ward: Ward, victim: str) -> None:
    await ward.supervisor.start(child(_PARENT))
    await ward.until(lambda: len(ward.pids()) == 3)
    family = ward.pids()
    if victim == "child":
        parent = next(pid for pid in family if len(_children(pid)) > 0)
        os.kill(parent, signal.SIGKILL)
        await ward.until(lambda: ward.notes)
    else:
        await ward.supervisor.stop()
    assert not [pid for pid in family if lives(pid)]


def _children(pid: int) -> str:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text()


async def test_what_a_child_writes_arrives_whole(ward: Ward) -> None:
    code = (
        "import sys; out = sys.stdout.buffer; "
        f"out.write(b'x' * {LONGEST + 5} + b'\\n\\n   \\n'); out.write('ä'.encode() * 70000 + b'\\n'); "
        "out.write(b'\\xff\\xfe bad\\r\\n'); sys.stderr.write('to stderr\\n'); out.write(b'no line break')"
    )
    status, captured = await ward.supervisor.run_once(child(code))
    assert (status, captured) == (0, "")
    lines = ward.lines("one")
    assert "to stderr" in lines
    lines.remove("to stderr")
    assert lines[:2] == ["x" * LONGEST, "x" * 5]
    assert "".join(lines[2:-2]) == "ä" * 70_000
    assert lines[-2:] == ["\ufffd\ufffd bad", "no line break"]


async def test_captured_output_is_kept_apart(ward: Ward) -> None:
    code = "import sys; print('{}' * 50_000); sys.stderr.write('told\\n'); sys.exit(3)"
    assert await ward.supervisor.run_once(child(code), captured=True) == (3, "{}" * 50_000 + "\n")
    assert ward.lines("one") == ["told"]


async def test_noise_and_quiet(ward: Ward) -> None:
    code = "import sys; print('OK 1'); print('bad'); sys.stderr.write('worse\\n')"
    await ward.supervisor.run_once(replace(child(code, name="noisy"), noise=re.compile("^OK")))
    await ward.supervisor.run_once(replace(child(code, name="quiet"), quiet=True))
    assert sorted(ward.told) == [("noisy", "bad"), ("noisy", "worse"), ("quiet", "worse")]


async def test_a_job_that_is_called_off_leaves_nothing(ward: Ward) -> None:
    job = asyncio.create_task(ward.supervisor.run_once(child(_STUBBORN)))
    await ward.until(lambda: ward.pids())
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert not lives(ward.pids()[0])
