"""`docsbot run` for real: engine, Postgres, Chroma, worker and the Slack front, each killed in turn."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
from functools import partial
from pathlib import Path

import httpx
import pytest
from filelock import FileLock

from tests.fakes.slack import ALICE, CAROL, GENERAL, FakeSlack
from tests.supervisor.host import HostRun

CHILDREN = {
    # What a child's own process is known by.
    "chroma": "chromadb_rust_bindings",
    "postgres": "/postgres -D",
    "engine": "hatchet-engine -handshake-file",
    "worker": "-m bot worker",
    "slack": "-m bot slack",
    "gateway": "-m bot serve",
}


async def answered(slack: FakeSlack, question: str, words: str) -> None:
    """Asks until the answer holds these words: what was just indexed is seen a moment later."""
    for _ in range(10):
        ts = slack.mention(ALICE, GENERAL, question)
        await slack.wait_for(partial(slack.finished, GENERAL, ts), seconds=60)
        if any(words in message.shown for message in slack.answers(GENERAL, ts)):
            return
        await asyncio.sleep(1)
    raise AssertionError(f"no answer with {words!r}")


def said(slack: FakeSlack, *, after: int, words: str) -> bool:
    """Whether the channel says that since its first so many messages."""
    return any(re.search(words, message.shown) for message in slack.messages(GENERAL)[after:])


async def reindexed(slack: FakeSlack) -> None:
    """Asks for a crawl by Slack's command until one can be had, and waits for its end."""
    good, bad = "1 added|nothing had changed", "cannot be used"
    for _ in range(20):
        after = len(slack.messages(GENERAL))
        slack.command(CAROL, GENERAL, "/reindex")
        await slack.wait_for(partial(said, slack, after=after, words=f"{good}|{bad}"), seconds=100)
        if said(slack, after=after, words=good):
            return
        await asyncio.sleep(1)
    raise AssertionError("no crawl can be had")


async def test_a_newcomer_s_question_is_answered_after_the_first_crawl(
    host: HostRun, slack: FakeSlack
) -> None:
    host.until_said(r"^crawl .*1 added")
    await answered(slack, "How do I rotate a key?", "widgets rotate")
    for name in CHILDREN:
        assert host.count(rf"^run +\|   {name} ") == 1, name
    assert "Warning" not in host.said


@pytest.mark.parametrize("name", CHILDREN)
async def test_a_killed_child_comes_back_and_work_goes_on(host: HostRun, slack: FakeSlack, name: str) -> None:
    before = host.pid_of(CHILDREN[name])
    os.kill(before, signal.SIGKILL)
    host.until_said(rf"^run +\| {name} was ended by signal 9; it is started again in 0.5 s\.")
    await slack.wait_for(lambda: len(slack.connections) >= 2, seconds=30)
    host.write(f"{name}.md", f"# The {name} story\n\nThe {name} is fed with {name}-bamboo every morning.\n")
    await reindexed(slack)
    await answered(slack, f"What is the {name} fed with?", f"{name}-bamboo")
    assert host.pid_of(CHILDREN[name]) != before
    assert httpx.get(f"http://127.0.0.1:{host.port}/healthz", timeout=30).is_success


def test_a_killed_leash_takes_all_of_its_child_along(host: HostRun) -> None:
    before = host.pid_of(CHILDREN["worker"])
    family = [pid for pid in host.processes() if os.getpgid(pid) == os.getpgid(before)]
    assert len(family) > 2  # the leash, the worker, the worker's listener
    os.kill(os.getpgid(before), signal.SIGKILL)
    host.until_said(r"^run +\| worker was ended by signal 9", times=2)
    assert not set(family) & set(host.processes())
    host.until_said(r"^worker +\| Works on crawls", times=3)


def test_a_second_run_is_refused(host: HostRun) -> None:
    done = host.call("run")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"process {host.process.pid}, since 20" in done.stderr


def test_commands_beside_it_use_its_index(host: HostRun) -> None:
    status = json.loads(host.call("status", "--json").stdout)
    assert status["location"].startswith("127.0.0.1:")
    assert status["sources"][0]["files"] == 1 + len(CHILDREN)
    assert host.call("index").returncode == 0


def test_no_secret_is_shown(host: HostRun, slack: FakeSlack) -> None:
    for secret in (slack.bot_token, slack.app_token):
        assert secret not in host.said
        # The servers that are not ours are not even given it.
        for name in ("chroma", "postgres", "engine"):
            environ = Path(f"/proc/{host.pid_of(CHILDREN[name])}/environ").read_bytes()
            assert secret.encode() not in environ


def test_one_signal_ends_all_in_order(host: HostRun) -> None:
    host.process.send(signal.SIGTERM)
    assert host.process.wait(60) == 0
    assert host.processes() == {}
    assert host.said.rstrip().endswith("All has ended.")


def test_nothing_survives_a_killed_run_and_the_next_one_waits_for_that(host: HostRun) -> None:
    # Not by the tests' own leash, which would itself end what is left.
    with (
        host.log.open("ab") as log,
        subprocess.Popen(host.command("run"), stderr=log, start_new_session=True) as run,
    ):
        host.until_said(r"^run +\| Running, on", times=2)
        left = set(host.processes()) - {run.pid}
        assert len(left) > 8
        run.kill()
    host.start()
    host.until_said(r"^run +\| Running, on", times=3)
    assert not left & set(host.processes())
    host.process.send(signal.SIGINT)
    host.until_said(r"^run +\| Ending all", times=2)
    host.process.send(signal.SIGINT)
    assert host.process.wait(30) == 0
    assert host.processes() == {}


def test_an_index_that_is_being_written_is_left_alone(host: HostRun) -> None:
    with FileLock(host.data / "writing.lock"):
        done = host.call("run")
    assert done.returncode == 1
    assert "writing to the index" in done.stderr
