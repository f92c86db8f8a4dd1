"""One run a data folder, and what is left of the one before."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.supervisor.lock import (
    AlreadyRunning,
    Holder,
    children_lock,
    chroma_beside,
    hold,
    read_holder,
    until_left,
    write_holder,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
# A process that holds a folder as a run does, until its standard input closes.
_HOLD = """
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from bot.supervisor.lock import hold, write_holder
folder = Path(sys.argv[1])
with hold(folder, datetime.now(UTC)) as holder:
    write_holder(folder, replace(holder, chroma_port=4321, serves_chroma=True))
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_is_named_and_its_chroma_found(tmp_path: Path) -> None:
    assert chroma_beside(tmp_path) == 0
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning, match=f"process {other.pid}, since 20"), hold(tmp_path, NOW):
            pass
        assert chroma_beside(tmp_path) == 4321
        other.kill()
    # Killed: its word of a server is not believed, its port is liked again.
    assert chroma_beside(tmp_path) == 0
    with hold(tmp_path, NOW) as holder:
        assert holder == Holder(pid=os.getpid(), since="2026-11-24 12:00:00+00:00", chroma_port=4321)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"pid": "x", "since": 1, "chroma_port": 1, "serves_chroma": 1}', '{"pid": 1', "\xff\0"],
)
def test_a_spoilt_record_is_no_holder(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(text, encoding="latin-1")
    assert read_holder(tmp_path) is None
    assert chroma_beside(tmp_path) == 0
    with hold(tmp_path, NOW) as holder:
        assert holder.chroma_port == 0


def test_a_process_id_that_is_another_one_s_by_now_serves_nothing(tmp_path: Path) -> None:
    with hold(tmp_path, NOW) as holder:
        write_holder(tmp_path, replace(holder, chroma_port=4321, serves_chroma=True))
    assert chroma_beside(tmp_path) == 0  # this process lives, and holds nothing


async def test_a_child_of_an_earlier_run_is_waited_for(tmp_path: Path) -> None:
    said: list[str] = []
    with children_lock(tmp_path) as before:
        assert await until_left(before, said.append)
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=(before,)
        )
    assert not said

    def end(text: str) -> None:
        said.append(text)
        child.communicate(b"")

    with children_lock(tmp_path) as now:
        assert await until_left(now, end)
    assert len(said) == 1
