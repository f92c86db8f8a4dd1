"""All that compose.yaml starts, as processes on loopback: from nothing to an answer in Slack."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from bot.settings import Settings
from bot.wiring.backup import restore
from bot.wiring.parts import make_index
from tests.compose.reading import ENV, read_services
from tests.compose.stack import Stack
from tests.fakes.github import FakeGitHub
from tests.fakes.otlp import FakeCollector
from tests.fakes.slack import ALICE, CAROL, GENERAL, FakeSlack
from tests.fixtures.engine import Engine
from tests.fixtures.postgres import Postgres, find_programs
from tests.fixtures.processes import free_port

PAGES = {
    "docs/keys.md": "# Keys\n\n## Rotate\n\nRun `widgets rotate` for a new key. The old one works a day.\n",
    "docs/retries.md": "# Retries\n\nA failed task is retried three times, with a backoff of two seconds.\n",
}
OURS = ("worker", "gateway", "slack")
QUESTION = "How do I rotate a key?"


@pytest.fixture(scope="module")
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub(PAGES) as server:
        yield server


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as server:
        yield server


@pytest.fixture
def collector() -> Iterator[FakeCollector]:
    with FakeCollector() as server:
        yield server


@pytest.fixture
def stack(
    engine: Engine,
    postgres: Postgres,
    github: FakeGitHub,
    slack: FakeSlack,
    collector: FakeCollector,
    tmp_path: Path,
) -> Iterator[Stack]:
    """Nothing is started yet; the engine stands for hatchet-lite, whose token is in the file."""
    env = {
        **ENV,
        **slack.environment,
        "GITHUB_API_URL": github.url,
        "SLACK_MAINTAINERS": CAROL,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
    }
    chroma, gateway, health = free_port(), free_port(), free_port()
    (tmp_path / "token").write_text(engine.env["HATCHET_CLIENT_TOKEN"] + "\n")
    addresses = {
        "postgres:5432": f"127.0.0.1:{postgres.port}",
        "http://hatchet:8888": engine.env["HATCHET_CLIENT_SERVER_URL"],
        "hatchet:7077": engine.env["HATCHET_CLIENT_HOST_PORT"],
        "0.0.0.0": "127.0.0.1",
        "8000": str(chroma),
        "8001": str(health),
        "8080": str(gateway),
        "/run/hatchet/token": str(tmp_path / "token"),
        "/data": str(tmp_path / "data"),
    }
    path = os.pathsep.join([str(find_programs()), os.defpath])
    stack = Stack(read_services(env), addresses, tmp_path, path)
    try:
        yield stack
    finally:
        stack.close()


def localise(stack: Stack, name: str, **values: str) -> None:
    """Names of services that are a variable's whole value."""
    stack.services[name].settings["environment"].update(values)


def set_up_database(stack: Stack, postgres: Postgres) -> None:
    """As the service that runs once does; twice, as it does at the next `up`."""
    here = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "postgres"}
    localise(stack, "postgres-setup", **here)
    for _ in range(2):
        done = stack.run("postgres-setup", stack.services["postgres-setup"].command)
        assert (done.returncode, done.stderr) == (0, "")


async def test_from_nothing_to_an_answer_in_slack(
    stack: Stack,
    postgres: Postgres,
    slack: FakeSlack,
    github: FakeGitHub,
    collector: FakeCollector,
    tmp_path: Path,
) -> None:
    set_up_database(stack, postgres)
    start(stack)
    await slack.wait_for(lambda: len(slack.connections) >= 2, seconds=60)
    # A maintainer's crawl, by the worker on the engine, followed from another container.
    summary = json.loads(stack.docsbot("gateway", "reindex", "--json"))
    assert (summary["files"], summary["failed"], summary["commit"]) == (2, [], github.head)
    # The answer in the thread is of what was indexed, and kept in the bot's own database.
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await slack.wait_for(
        lambda: any("widgets rotate" in each.shown for each in slack.answers(GENERAL, ts)), 30
    )
    url = f"postgresql://docsbot:{ENV['DATABASE_PASSWORD']}@127.0.0.1:{postgres.port}/docsbot"
    await slack.wait_for(lambda: claims(url) == [(QUESTION, ALICE, "answered")], 30)
    # The gateway finds all that it depends on, behind the port that is published.
    ready = httpx.get(f"http://127.0.0.1:{stack.addresses['8080']}/readyz", timeout=10)
    assert ready.status_code == 200, ready.text
    await asyncio.to_thread(check_backup, stack, tmp_path)
    # The bot that has been there all the time answers from what was restored under its feet.
    assert claims(url) == [(QUESTION, ALICE, "answered")]
    again = slack.mention(ALICE, GENERAL, "How often is a failed task retried?")
    await slack.wait_for(
        lambda: any("three times" in each.shown for each in slack.answers(GENERAL, again)), 30
    )
    # All of it ends when it is told to, within the time that it is given.
    for name in ("slack", "gateway", "worker"):
        stack.running[name].send(signal.SIGTERM)
        assert stack.running[name].wait(40) in {0, 128 + signal.SIGTERM}, stack.logs()
    check_logs(stack, [*slack.environment.values(), ENV["DATABASE_PASSWORD"]])
    check_traces(stack, collector)


def start(stack: Stack) -> None:
    stack.start("chroma", "chroma")
    stack.wait_until_well("chroma")
    for name in OURS:
        localise(stack, name, CHROMA_HOST="127.0.0.1")
        stack.start(name, "docsbot")
    for name in OURS:
        if stack.services[name].health:
            stack.wait_until_well(name)


def claims(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as database:
        return database.execute("SELECT question, user_id, outcome FROM docsbot_claims").fetchall()


def check_backup(stack: Stack, folder: Path) -> None:
    """One that is made while all of it runs restores there, and into a folder without these servers."""
    stack.docsbot("gateway", "backup", str(folder / "b.zip"))
    stack.docsbot("gateway", "restore", "--force", str(folder / "b.zip"))
    alone = Settings(data=folder / "alone")
    restore(alone, folder / "b.zip", force=False, state_only=False, note=lambda text: None)
    index = make_index(alone)
    assert len(index.store.contents().files) == 2
    index.store.close()


def check_logs(stack: Stack, secrets: list[str]) -> None:
    """What is told is JSON, names the question or the crawl, and holds neither secret nor question."""
    for name in OURS:
        log = stack.running[name].log.read_text()
        assert not [secret for secret in (*secrets, QUESTION) if secret in log and "://" not in secret], name
        assert read_log(stack, name), name
    crawls = [line for line in read_log(stack, "worker") if "crawl of" in str(line["message"])]
    assert len({line["id"] for line in crawls}) == 1
    answers = [line for line in read_log(stack, "slack") if "outcome" in line]
    assert [(line["outcome"], line["model"]) for line in answers] == [("answered", "extractive")] * 2


def check_traces(stack: Stack, collector: FakeCollector) -> None:
    """Steps of one crawl, which may be on any worker, are one trace; of the question there is another."""
    (crawl,) = {line["id"] for line in read_log(stack, "worker") if "id" in line}
    steps = {
        span.name: span for span in list(collector.spans) if span.attributes.get("docsbot.crawl") == crawl
    }
    assert set(steps) == {"crawl", "push_for_embed", "fetch_document", "store_embeddings"}
    assert {span.trace for span in steps.values()} == {crawl}
    assert [span.attributes["docsbot.outcome"] for span in collector.named("question")] == ["answered"] * 2
    assert not any(b"rotate" in span.raw for span in list(collector.spans))


def read_log(stack: Stack, name: str) -> list[dict[str, object]]:
    lines = stack.running[name].log.read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]
