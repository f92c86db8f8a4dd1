"""docsbot backup, restore and forget as an operator types them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.adapters.store import open_state
from bot.settings import Settings
from bot.wiring.parts import make_index
from pipelines.index.models import SourceRecord
from tests.adapters.backup.places import Shelf, dump_state
from tests.cli.calls import Caller
from tests.contracts.state_cases import answered, key, vote


async def fill(place: Path) -> None:
    """U asked in Slack and in Discord, and V in Slack; U voted on V's answer."""
    async with open_state(place) as state:
        await answered(state.ledger, key("1"), user="U", question="my secret question")
        await answered(state.ledger, key("1", platform="discord"), user="U")
        await answered(state.ledger, key("2"), user="V")
        await state.feedback.vote(vote(key("2"), user="U"))


def held(data: Path) -> Mapping[str, object]:
    return asyncio.run(dump_state(data / "state.sqlite3", data.parent))


def asked(data: Path) -> set[tuple[object, object]]:
    """Platform and person of every question that is kept."""
    rows = asyncio.run(dump_state(data / "state.sqlite3", data.parent))["docsbot_claims"]
    return {(row["platform"], row["user_id"]) for row in rows}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    asyncio.run(fill(tmp_path / "data" / "state.sqlite3"))
    return tmp_path / "data"


def test_backup_and_restore(call: Caller, data: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        index = Shelf(stack).add(make_index(Settings(data=data)))
        index.store.put_source(SourceRecord(source="acme/docs", address="", commit="c1"))
    file = tmp_path / "b.zip"
    made = call("--data", str(data), "backup", str(file))
    assert (made.code, made.out.count("\n")) == (0, 1)
    assert f"{file}: {file.stat().st_size:,} bytes" in made.out
    # What goes on is told beside it.
    assert "docsbot_claims: 3 rows" in made.err
    assert "index: 0 chunks of 0 files, 1 sources" in made.err
    target = tmp_path / "target"
    restored = call("restore", str(file), "--data", str(target))
    assert restored.code == 0
    assert f"Restored from {file}, made at 20" in restored.out
    assert "docsbot index" in restored.out
    assert held(target) == held(data)
    # What is there now is not lost by the same call again.
    again = call("restore", str(file), "--data", str(target))
    assert (again.code, again.out) == (1, "")
    assert "With --force, what is there is replaced." in again.err
    assert call("restore", str(file), "--data", str(target), "--force").code == 0


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["backup", "{tmp}/none/b.zip"], "No such file or directory"),
        (["backup", "{data}/state.sqlite3"], "is no backup of docsbot's"),
        (["backup", "{tmp}"], "is no backup of docsbot's"),
        (["restore", "{tmp}/none.zip"], "No such file or directory"),
        (["restore", "{data}/state.sqlite3"], "is no backup of docsbot's"),
        (["restore", "{tmp}"], "Is a directory"),
    ],
)
def test_a_file_that_is_not_to_be_used(
    call: Caller, data: Path, tmp_path: Path, argv: list[str], said: str
) -> None:
    before = held(data)
    words = [word.format(tmp=tmp_path, data=data) for word in argv]
    done = call("--data", str(data), *words)
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert held(data) == before


def test_forget_says_what_it_removed_and_what_it_cannot_reach(call: Caller, data: Path) -> None:
    done = call("--data", str(data), "forget", "U", "--platform", "slack", "--yes")
    assert done.code == 0
    assert "1 questions with their answers" in done.out
    assert "1 votes" in done.out
    assert "turns" not in done.out
    assert "backups and logs made before" in done.out
    assert asked(data) == {("slack", "V"), ("discord", "U")}


def test_forget_looks_on_every_platform(call: Caller, data: Path) -> None:
    done = call("--data", str(data), "forget", "U", "--yes")
    assert "2 questions with their answers" in done.out
    assert asked(data) == {("slack", "V")}
    again = call("--data", str(data), "forget", "U", "--yes")
    assert again.code == 0
    assert "nothing: no question, vote or setting names this id" in again.out


@pytest.mark.parametrize(
    ("answer", "code", "left"),
    [
        (b"yes\n", 0, {("slack", "V")}),
        (b" YES ", 0, {("slack", "V")}),
        # Anything else is a no.
        (b"n\n", 1, {("slack", "U"), ("slack", "V"), ("discord", "U")}),
        (b"\n", 1, {("slack", "U"), ("slack", "V"), ("discord", "U")}),
        (b"", 1, {("slack", "U"), ("slack", "V"), ("discord", "U")}),
    ],
)
def test_forget_asks_whether_it_is_meant(
    call: Caller, data: Path, answer: bytes, code: int, left: set[tuple[str, str]]
) -> None:
    asking = Caller(call.folder, at_terminal=True)
    done = asking("--data", str(data), "forget", "U", stdin=answer)
    assert done.code == code
    assert "Remove all that U asked on slack, discord, web, for good?" in done.err
    assert asked(data) == left


def test_forget_removes_nothing_unasked(call: Caller, data: Path) -> None:
    done = call("--data", str(data), "forget", "U", stdin=b"yes\n")
    assert (done.code, done.out) == (2, "")
    assert "--yes" in done.err
    assert len(asked(data)) == 3


def test_forget_can_take_the_terminal_s_history_along(call: Caller, data: Path) -> None:
    (data / "history").write_text("\n# 2026-11-24 10:00:00\n+a question\n\n# 2026-11-24 10:01:00\n+#2\n")
    assert "history" not in call("--data", str(data), "forget", "U", "--yes").out
    assert (data / "history").exists()
    done = call("--data", str(data), "forget", "U", "--yes", "--history")
    assert "2 lines that were typed into the terminal" in done.out
    assert not (data / "history").exists()
    assert "there is no" in call("--data", str(data), "forget", "U", "--yes", "--history").out
