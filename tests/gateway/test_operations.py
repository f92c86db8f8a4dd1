"""Alive, ready, measured, ended: what an operator's machinery asks of the gateway."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from bot.adapters.hatchet import engine_address, reach_engine
from bot.core.errors import IndexUnusable, StateUnavailable
from bot.gateway.health import Readiness
from tests.fakes.openai import FakeOpenAI, Reply
from tests.fakes.slack import ALICE, GENERAL, FakeSlack
from tests.gateway.conftest import model_environment
from tests.gateway.process import Gateway, Indexed, streaming, until

QUESTION = {"question": "How do I rotate a key?"}


def token(address: object) -> str:
    """As Hatchet issues them, but for the signature."""
    body = base64.urlsafe_b64encode(json.dumps({"grpc_broadcast_address": address}).encode()).decode()
    return f"eyJh.{body.rstrip('=')}.sig"


async def test_it_is_alive_and_ready(anybody: httpx.AsyncClient) -> None:
    alive = await anybody.get("/healthz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    ready = await anybody.get("/readyz")
    assert ready.status_code == 200
    told = ready.json()
    assert told["ready"]
    assert set(told["parts"]) == {"index", "records", "language model"}
    assert told["parts"]["index"] == {"ok": True, "state": "2 chunks"}
    # The model is not asked: that would cost money every few seconds.
    assert told["parts"]["language model"] == {"ok": True, "state": "configured"}


async def test_a_part_that_is_away_is_named_and_nothing_else(gateway: Gateway) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        with gateway.beside({"HATCHET_CLIENT_TOKEN": token(address)}) as beside:
            async with beside.client() as client:
                ready = await client.get("/readyz")
                assert ready.status_code == 503
                assert ready.json()["parts"]["hatchet"] == {"ok": False, "state": "does not answer"}
                assert ready.json()["parts"]["index"]["ok"]
                assert "eyJh" not in ready.text
                assert address not in ready.text
                assert (await client.get("/healthz")).status_code == 200
            nobody.listen()
            async with beside.client() as client:

                async def is_ready() -> bool:
                    return (await client.get("/readyz")).status_code == 200

                async with asyncio.timeout(15):
                    while not await is_ready():
                        await asyncio.sleep(0.2)


async def test_each_part_is_asked_at_once_and_within_bounds() -> None:
    asked: list[str] = []

    async def well() -> str:
        asked.append("well")
        return "answers"

    async def away() -> str:
        raise StateUnavailable("postgresql://user:secret@host is away")

    async def refused() -> str:
        raise ConnectionRefusedError(111, "Connection refused")

    async def silent() -> str:
        await asyncio.sleep(600)
        return "late"

    readiness = Readiness({"well": well, "away": away, "refused": refused, "silent": silent}, patience=0.1)
    first, second = await asyncio.gather(readiness.look(), readiness.look())
    assert not first.ready
    assert {name: part.ok for name, part in first.parts.items()} == {
        "well": True,
        "away": False,
        "refused": False,
        "silent": False,
    }
    assert "secret" not in first.model_dump_json()
    # Whoever asks often does not load what he asks about.
    assert second is first
    assert asked == ["well"]


@pytest.mark.parametrize(
    ("issued", "override", "address"),
    [
        (token("engine:7070"), "", ("engine", 7070)),
        (token("[::1]:7070"), "", ("::1", 7070)),
        (token("engine:7070"), "other:1", ("other", 1)),
        ("rubbish", "other:1", ("other", 1)),
    ],
)
def test_the_engines_address(issued: str, override: str, address: tuple[str, int]) -> None:
    assert engine_address(issued, override) == address


@pytest.mark.parametrize(
    "issued",
    ["", "rubbish", "a.b.c", "a.é.c", token(7), token("engine"), token("engine:x"), token("e:70707")],
)
async def test_a_token_without_an_address(issued: str) -> None:
    with pytest.raises(IndexUnusable) as refused:
        await reach_engine(issued)
    assert issued not in refused.value.detail or not issued


async def test_what_happens_is_measured(
    gateway: Gateway, anybody: httpx.AsyncClient, model: FakeOpenAI
) -> None:
    async def read() -> dict[str, float]:
        text = (await anybody.get("/metrics")).text
        return {
            name: float(value) for name, value in re.findall(r"^(docsbot_\S+) (\S+)$", text, re.MULTILINE)
        }

    before = await read()

    def grown(after: dict[str, float], name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    await anybody.post("/v1/ask", json=QUESTION)
    model.then("NO_ANSWER: The documentation does not say.")
    await anybody.post("/v1/ask", json=QUESTION)
    model.then(Reply(status=401))
    await anybody.post("/v1/ask", json=QUESTION)
    after = await read()
    for outcome in ("answered", "abstained", "failed"):
        assert grown(after, f'docsbot_questions_total{{outcome="{outcome}",platform="web"}}') == 1
        recent = f'docsbot_recent_questions{{outcome="{outcome}",platform="web"}}'
        assert grown(after, recent) == 1
    assert grown(after, "docsbot_model_errors_total") == 1
    assert grown(after, "docsbot_retrieval_errors_total") == 0
    for histogram in ("retrieve_seconds", "first_token_seconds", "answer_seconds"):
        assert grown(after, f"docsbot_{histogram}_count") == 2
    assert after["docsbot_index_chunks"] == 2
    source = gateway.environment["DOCS_SOURCES"]
    assert after[f'docsbot_index_failed_files{{source="{source}"}}'] == 0
    assert 0 < after[f'docsbot_index_age_seconds{{source="{source}"}}'] < 3_600
    assert after["docsbot_answers_running"] == 0
    assert after["docsbot_open_gaps"] >= 1
    route = 'docsbot_http_requests_total{method="POST",route="/v1/ask",status="200"}'
    assert grown(after, route) == 2
    assert "_created" not in str(after)


async def test_an_answer_that_is_under_way_is_finished_at_the_end(
    indexed: Indexed, model: FakeOpenAI, tmp_path: Path
) -> None:
    """SIGTERM: what was begun is served, nothing new is taken, and streams that never end are ended."""
    model.then(Reply(text="Run `widgets rotate` for a new key. [1] " + "So it is. " * 20, rate=30))
    with Gateway(indexed, tmp_path, model_environment(model)) as gateway:
        async with gateway.client() as client, streaming(client, "POST", "/v1/ask", QUESTION) as events:
            names = [(await anext(events)).name for _ in range(3)]
            assert names == ["searching", "found", "text"]
            assert gateway.process is not None
            gateway.process.send(signal.SIGTERM)
            names += [event.name async for event in events]
        assert names[-1] == "done"
        assert await asyncio.to_thread(gateway.process.wait, 15) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{gateway.url}/healthz", trust_env=False)


async def test_an_answer_that_does_not_end_holds_nothing_up(
    indexed: Indexed, model: FakeOpenAI, tmp_path: Path
) -> None:
    model.then(Reply(text="Run `widgets rotate` [1] and wait.", stall_after=4))
    with Gateway(indexed, tmp_path, model_environment(model)) as gateway:
        async with gateway.client() as client, streaming(client, "POST", "/v1/ask", QUESTION) as events:
            asked = (await anext(events)).data["id"]
            await until(lambda: len(model.completions) >= 1)
            assert gateway.process is not None
            gateway.process.send(signal.SIGTERM)
            assert await asyncio.to_thread(gateway.process.wait, 20) == 0
    # What was written by then is kept, and nobody takes it for an answer that is still coming.
    with gateway.beside({}) as again:
        kept = httpx.get(f"{again.url}/v1/answers/{asked}", trust_env=False).json()
    assert kept["outcome"] == "stopped"


def test_a_port_that_is_taken_is_said_in_one_sentence(gateway: Gateway) -> None:
    port = gateway.url.rpartition(":")[2]
    with pytest.raises(subprocess.CalledProcessError) as failed:
        gateway.call("serve", "--port", port)
    said = str(failed.value.stderr)
    assert "cannot listen on 127.0.0.1" in said
    assert said.count("\n") == 1


def test_proxies_that_are_none_are_said_in_one_sentence(gateway: Gateway) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        gateway.beside({"DOCSBOT_PROXIES": "nginx"}).call("serve", "--port", "0")
    assert "DOCSBOT_PROXIES" in str(failed.value.stderr)


def test_keys_by_the_command(gateway: Gateway) -> None:
    made = gateway.call("keys", "add", "by-command", "--scope", "ask", "--scope", "maintain")
    assert re.fullmatch(r"dk_[\w-]{43}\n", made.stdout)
    assert made.stdout.strip() not in made.stderr
    listed = json.loads(gateway.call("keys", "list", "--json").stdout)["keys"]
    mine = next(key for key in listed if key["name"] == "by-command")
    assert (mine["scopes"], mine["used_at"]) == (["ask", "maintain"], None)
    assert "dk_" not in str(listed)
    for arguments in (
        ("add", "by-command"),
        ("revoke", "nobody"),
        ("add", "two words"),
        ("add", ""),
        ("add", "x", "--scope", "all"),
        (),
    ):
        with pytest.raises(subprocess.CalledProcessError):
            gateway.call("keys", *arguments)
    assert "revoked" in gateway.call("keys", "revoke", "by-command").stdout


async def test_slack_calls_the_gateway_where_that_is_its_transport(
    gateway: Gateway, model: FakeOpenAI
) -> None:
    async with FakeSlack() as slack:
        environment = {name: value for name, value in slack.environment.items() if name != "SLACK_APP_TOKEN"}
        with gateway.beside(environment) as beside:
            slack.use_http(f"{beside.url}/slack/events")
            async with asyncio.timeout(20):
                while not await slack.verify_url():
                    await asyncio.sleep(0.1)
            asked = slack.mention(ALICE, GENERAL, QUESTION["question"])
            await slack.wait_for(lambda: slack.finished(GENERAL, asked), seconds=20)
            (answer,) = slack.answers(GENERAL, asked)
            assert "widgets rotate" in answer.shown
            # Nobody else speaks for Slack.
            forged = httpx.post(f"{beside.url}/slack/events", json={"type": "url_verification"})
            assert forged.status_code == 401


async def test_slacks_absence_takes_nothing_from_the_rest(gateway: Gateway) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        environment = {
            "SLACK_BOT_TOKEN": "xoxb-of-the-tests",
            "SLACK_SIGNING_SECRET": "a-long-random-word",
            "SLACK_API_URL": f"http://127.0.0.1:{nobody.getsockname()[1]}/api",
        }
        with gateway.beside(environment) as beside:
            async with beside.client() as client:
                assert (await client.get("/readyz")).status_code == 200
                assert (await client.post("/v1/ask", json=QUESTION)).status_code == 200
                assert (await client.post("/slack/events", json={})).status_code == 404
