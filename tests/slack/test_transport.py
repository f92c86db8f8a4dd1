"""Both transports under the real bot process: what is lost, what is said twice, and where it calls."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.core.errors import FrontUnusable
from bot.settings import Settings
from bot.wiring.slack import choose_transport
from tests.fakes.openai import FakeOpenAI, Reply
from tests.fakes.slack import ALICE, GENERAL, FakeSlack
from tests.slack.conftest import BOTH, BotProcess, Indexed, Transport

QUESTION = "How do I rotate a key?"
WATCH = """\
import os, sys

def note(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        with open(os.environ["CONNECTIONS"], "a") as file:
            file.write(f"{event} {args[-1 if event == 'socket.connect' else 0]!r} {args[1]!r}\\n")

sys.addaudithook(note)
"""
"""Loaded by the interpreter before anything else: it sees every address that the process calls."""


@pytest.mark.usefixtures("bot")
async def test_each_message_gets_one_answer_while_sockets_are_killed(slack: FakeSlack) -> None:
    dice = random.Random(11)
    asked = []
    for _ in range(15):
        asked.append(slack.mention(ALICE, GENERAL, QUESTION))
        if slack.connections and dice.random() < 0.5:
            slack.kill_socket(dice.randrange(len(slack.connections)))
        await asyncio.sleep(dice.uniform(0, 0.3))
    await slack.wait_for(lambda: all(slack.finished(GENERAL, ts) for ts in asked), 40)
    await slack.wait_for(lambda: all(parcel.done for parcel in slack.parcels), 20)
    await asyncio.sleep(1)
    assert [len(slack.answers(GENERAL, ts)) for ts in asked] == [1] * len(asked)
    assert len(slack.connections) == 2


@BOTH
async def test_a_retried_delivery_gives_no_second_answer(
    slack: FakeSlack, bot: BotProcess, model: FakeOpenAI, transport: Transport
) -> None:
    """While the first answer is being written, and with the number of the retry."""
    model.then(Reply(text="Run `widgets rotate` [1]. " + "More words follow. " * 20, rate=40))
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await slack.wait_for(lambda: slack.answers(GENERAL, ts), 15)
    for parcel in slack.deliveries(ts):
        slack.redeliver(parcel.event_id)
    await slack.wait_for(lambda: all(parcel.attempts > 1 for parcel in slack.deliveries(ts)), 5)
    await slack.wait_for(lambda: slack.finished(GENERAL, ts), 15)
    await asyncio.sleep(0.5)
    assert len(slack.answers(GENERAL, ts)) == 1
    assert len(model.completions) == 1


@BOTH
async def test_an_answer_that_is_being_written_is_finished_before_the_end(
    slack: FakeSlack, bot: BotProcess, model: FakeOpenAI, transport: Transport
) -> None:
    model.then(Reply(text="Run `widgets rotate` [1]. " + "More words follow. " * 12 + "The end.", rate=40))
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await slack.wait_for(lambda: any("widgets" in each.shown for each in slack.answers(GENERAL, ts)), 15)
    bot.process.send(signal.SIGTERM)
    assert await asyncio.to_thread(bot.process.wait, 20) == 0
    assert len(slack.finished(GENERAL, ts)) == 1
    assert "The end." in slack.answers(GENERAL, ts)[0].shown
    assert "Traceback" not in bot.log.read_text()


@BOTH
async def test_it_says_that_it_answers_and_how(
    slack: FakeSlack, bot: BotProcess, transport: Transport
) -> None:
    said = (await slack.wait_for(bot.log.read_text)).splitlines()
    how = "in Socket Mode" if transport == "socket" else f"over HTTP at 127.0.0.1:{bot.port}/slack/events"
    assert said == [f"Answers in Slack as @docsbot, {how}."]


@BOTH
async def test_no_call_goes_anywhere_but_to_the_addresses_of_the_settings(
    slack: FakeSlack, model: FakeOpenAI, indexed: Indexed, tmp_path: Path, transport: Transport
) -> None:
    """Not to slack.com either: neither the Web API, nor the sockets' address, nor a command's answer."""
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    seen = tmp_path / "connections"
    env = {"PYTHONPATH": str(tmp_path), "CONNECTIONS": str(seen)}
    bot = BotProcess(slack, model, indexed, tmp_path, transport=transport, env=env)
    await bot.start()
    try:
        ts = slack.mention(ALICE, GENERAL, QUESTION)
        await slack.wait_for(lambda: slack.finished(GENERAL, ts), 15)
        slack.command(ALICE, GENERAL, "/ask", QUESTION)
        await slack.wait_for(lambda: slack.ephemerals, 15)
    finally:
        bot.kill()
    ports = {urlsplit(url).port for url in (slack.api_url, model.url)}
    lines = set(seen.read_text().splitlines())
    called = {line for line in lines if line.startswith("socket.connect ")}
    assert called
    assert all(any(f"('127.0.0.1', {port})" in line for port in ports) for line in called), called
    assert not [line for line in lines if "slack.com" in line]


@pytest.mark.parametrize(
    ("env", "http", "transport"),
    [
        # One of the two.
        ({"SLACK_APP_TOKEN": "xapp-1"}, False, "socket"),
        ({"SLACK_SIGNING_SECRET": "s"}, False, "http"),
        ({"SLACK_SIGNING_SECRET": "s"}, True, "http"),
        # Both.
        ({"SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "s"}, False, "socket"),
        ({"SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "s"}, True, "http"),
    ],
)
def test_the_transport_follows_from_what_is_set(env: dict[str, str], http: bool, transport: str) -> None:
    assert choose_transport(Settings.read(env), http=http) == transport


@pytest.mark.parametrize(
    ("env", "http", "names"),
    [
        ({}, False, ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")),
        ({"SLACK_APP_TOKEN": "xapp-1"}, True, ("SLACK_SIGNING_SECRET",)),
    ],
)
def test_what_is_missing_is_named(env: dict[str, str], http: bool, names: tuple[str, ...]) -> None:
    with pytest.raises(FrontUnusable) as refused:
        choose_transport(Settings.read(env), http=http)
    assert all(name in str(refused.value) for name in names)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": ""}, "Set SLACK_APP_TOKEN"),
        ({"SLACK_BOT_TOKEN": ""}, "Set SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "Slack refuses the bot token (invalid_auth)"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "Slack refuses the app token (invalid_auth)"),
    ],
)
async def test_the_program_ends_with_one_sentence(
    slack: FakeSlack, indexed: Indexed, tmp_path: Path, changed: dict[str, str], says: str
) -> None:
    env = {**slack.environment, "DOCSBOT_DATA": str(indexed.data), "PATH": "", **changed}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bot", "slack"],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(says)
    assert done.stderr.count("\n") == 1
    assert "wrong" not in done.stderr
