"""Slack over HTTP: the real server and what it is sent, signed and forged."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.core.errors import FrontUnusable
from bot.slack.calls.account import make_client
from bot.slack.transport.attended import attended
from bot.slack.transport.delivery import SECONDS_TO_CLAIM
from bot.slack.transport.http import LARGEST, HttpServer, slack_routes
from tests.fakes.slack import ALICE, GENERAL, FakeSlack
from tests.fixtures.processes import free_port

EVENT: dict[str, Any] = {
    "type": "event_callback",
    "team_id": "T0DOCSTEAM",
    "event_id": "Ev1",
    "event": {"type": "message", "channel": GENERAL, "user": ALICE, "text": "hi", "ts": "1.0"},
}


class Hearing:
    """An app that notes what it hears, served at `url`."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        client = make_client(slack.bot_token, slack.api_url)
        self.app = AsyncApp(client=client, signing_secret=slack.signing_secret)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/slack/events"
        self.heard: list[str] = []
        self.finished = asyncio.Event()
        self.go_on = asyncio.Event()
        """Until it is set, listeners of messages go on."""
        self.slow = 0.0
        """Seconds before a command is acknowledged."""

        async def on_message(event: dict[str, Any]) -> None:
            self.heard.append(str(event["ts"]))
            await self.go_on.wait()
            self.finished.set()

        async def on_command(ack: AsyncAck) -> None:
            await asyncio.sleep(self.slow)
            await ack("heard")
            self.heard.append("a command")

        self.app.event("message")(on_message)
        self.app.command("/ask")(on_command)

    def serve(self) -> HttpServer:
        return HttpServer(
            self.app, signing_secret=self.slack.signing_secret, host="127.0.0.1", port=self.port
        )

    def sign(self, content: str) -> dict[str, str]:
        return {**self.slack.server.webhooks.sign(content), "content-type": "application/json"}


@pytest.fixture
async def hearing(slack: FakeSlack) -> AsyncIterator[Hearing]:
    """Served, and called by Slack."""
    found = Hearing(slack)
    async with found.serve():
        slack.use_http(found.url)
        yield found
        found.go_on.set()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        yield client


async def test_the_address_proves_itself(slack: FakeSlack, hearing: Hearing) -> None:
    assert await slack.verify_url()


async def test_an_event_is_acknowledged_while_its_listener_goes_on(
    slack: FakeSlack, hearing: Hearing
) -> None:
    ts = slack.post(ALICE, GENERAL, "how?")
    await slack.wait_for(lambda: slack.parcels and slack.parcels[0].acked)
    assert hearing.heard == [ts]
    assert not hearing.finished.is_set()
    hearing.go_on.set()
    await asyncio.wait_for(hearing.finished.wait(), 5)
    assert slack.parcels[0].attempts == 1


async def test_what_an_acknowledgement_carries_arrives(slack: FakeSlack, hearing: Hearing) -> None:
    parcel = slack.command(ALICE, GENERAL, "/ask", "how?")
    await slack.wait_for(lambda: parcel.done)
    assert parcel.reply == {"text": "heard"}


async def test_an_event_that_nobody_listens_to_does_not_come_again(
    slack: FakeSlack, hearing: Hearing
) -> None:
    slack.world.subscriptions.add("app_context_changed")
    slack.look_at(ALICE, GENERAL)
    await slack.wait_for(lambda: slack.parcels and slack.parcels[0].done)
    assert (slack.parcels[0].attempts, slack.parcels[0].failures) == (1, [])


@pytest.mark.parametrize("skew", [-299, 299])
async def test_a_clock_that_is_a_little_off_does_no_harm(
    slack: FakeSlack, hearing: Hearing, skew: float
) -> None:
    slack.server.webhooks.skew = skew * 0.95
    assert await slack.verify_url()


@pytest.mark.parametrize("skew", [-400, 400])
async def test_a_request_of_another_time_is_refused(slack: FakeSlack, hearing: Hearing, skew: float) -> None:
    """Repeated by somebody who has seen it."""
    slack.server.webhooks.skew = skew
    assert not await slack.verify_url()
    slack.post(ALICE, GENERAL, "how?")
    await slack.wait_for(lambda: slack.parcels and slack.parcels[0].done, 10)
    assert not hearing.heard


BODY = json.dumps(EVENT)


@pytest.mark.parametrize(
    "headers",
    [
        # Nothing, or one of the two.
        {},
        {"x-slack-signature": "v0=00"},
        {"x-slack-request-timestamp": "{now}"},
        # Of somebody who does not know the secret.
        {"x-slack-request-timestamp": "{now}", "x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-request-timestamp": "{now}", "x-slack-signature": ""},
        # Headers that are none: the SDK's own check would fail on them.
        {"x-slack-request-timestamp": "soon", "x-slack-signature": "v0=00"},
        {"x-slack-request-timestamp": "1e9", "x-slack-signature": "v0=00"},
        {"x-slack-request-timestamp": "9" * 5000, "x-slack-signature": "v0=00"},
        {"x-slack-request-timestamp": "-1", "x-slack-signature": "v0=00"},
        {"x-slack-request-timestamp": "{now}", "x-slack-signature": "v0=\xe9"},
        {"x-slack-request-timestamp": "\xb2", "x-slack-signature": "v0=00"},
    ],
)
async def test_what_slack_has_not_signed_is_refused_unparsed(
    hearing: Hearing, http: httpx.AsyncClient, headers: Mapping[str, str]
) -> None:
    now = str(int(time.time()))
    said = [(name.encode(), value.replace("{now}", now).encode("latin-1")) for name, value in headers.items()]
    for body in (BODY, "ssl_check=1&token=x", "{", "[" * 100_000):
        answer = await http.post(
            hearing.url, content=body, headers=[*said, (b"content-type", b"application/json")]
        )
        assert (answer.status_code, answer.content) == (401, b"")
    assert not hearing.heard


async def test_a_signature_is_of_one_body_only(hearing: Hearing, http: httpx.AsyncClient) -> None:
    signed = hearing.sign(BODY)
    for other in (BODY + " ", BODY.replace("hi", "ho"), ""):
        assert (await http.post(hearing.url, content=other, headers=signed)).status_code == 401
    assert (await http.post(hearing.url, content=BODY, headers=signed)).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        "{",  # cut short
        "[1, 2]",  # no object
        "[" * 100_000,  # deeper than any parser goes
        "",
        "null",
    ],
)
async def test_signed_nonsense_is_no_traceback(
    hearing: Hearing, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    answer = await http.post(hearing.url, content=content, headers=hearing.sign(content))
    assert answer.status_code == 400
    assert "Traceback" not in caplog.text


async def test_bytes_that_are_no_text_are_refused(hearing: Hearing, http: httpx.AsyncClient) -> None:
    answer = await http.post(hearing.url, content=b"\xff\xfe", headers=hearing.sign("x"))
    assert answer.status_code == 401


async def test_what_is_too_large_is_not_read(hearing: Hearing, http: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(2 * LARGEST // 65536):
            yield b"x" * 65536

    # By its own word, and, where it has none, once it has become too large.
    assert (await http.post(hearing.url, content=b"x" * (LARGEST + 1))).status_code == 413
    assert (await http.post(hearing.url, content=pieces())).status_code == 413
    assert (await http.post(hearing.url, content=b"x", headers={"content-length": "1"})).status_code == 401


async def test_a_body_that_does_not_come_is_not_waited_for(slack: FakeSlack) -> None:
    async def stall() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    app = FastAPI()
    app.include_router(slack_routes(Hearing(slack).app, signing_secret="x", seconds_to_read=0.05))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        assert (await client.post("/slack/events", content=stall())).status_code == 408


async def test_a_caller_who_hangs_up_is_no_traceback(
    hearing: Hearing, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", hearing.port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await http.get(hearing.url)).status_code == 405  # it goes on
    assert "Traceback" not in caplog.text


async def test_other_ways_and_methods_lead_nowhere(hearing: Hearing, http: httpx.AsyncClient) -> None:
    base = hearing.url.removesuffix("/slack/events")
    assert (await http.get(f"{base}/healthz")).json() == {"status": "ok"}
    assert (await http.get(hearing.url)).status_code == 405
    for path in ("/", "/docs", "/openapi.json", "/slack/install", "/slack/oauth_redirect"):
        assert (await http.get(f"{base}{path}")).status_code == 404


async def test_a_request_under_way_is_answered_before_the_end(slack: FakeSlack) -> None:
    hearing = Hearing(slack)
    hearing.slow = 0.5
    async with hearing.serve():
        slack.use_http(hearing.url)
        parcel = slack.command(ALICE, GENERAL, "/ask", "how?")
        await slack.wait_for(lambda: parcel.attempts)
        await asyncio.sleep(0.2)  # it is on its way
    assert hearing.heard == ["a command"]
    await slack.wait_for(lambda: parcel.done)
    assert parcel.reply == {"text": "heard"}


@pytest.mark.parametrize(
    ("seconds", "finished"),
    # It is waited for; where it takes too long, it is left to the next process.
    [(5.0, True), (0.05, False)],
)
async def test_what_was_acknowledged_is_finished_before_the_end(
    slack: FakeSlack, seconds: float, finished: bool
) -> None:
    hearing = Hearing(slack)
    closed: list[bool] = []

    async def close() -> None:
        closed.append(hearing.finished.is_set())

    async def watch() -> None:
        await asyncio.Event().wait()

    async with attended(hearing.app, watch(), close, seconds=seconds), hearing.serve():
        slack.use_http(hearing.url)
        slack.post(ALICE, GENERAL, "how?")
        await slack.wait_for(lambda: hearing.heard)
        if finished:
            asyncio.get_running_loop().call_later(2 * SECONDS_TO_CLAIM, hearing.go_on.set)
    assert closed == [finished]
    hearing.go_on.set()


async def test_a_port_that_is_taken_is_said_in_a_sentence(slack: FakeSlack) -> None:
    hearing = Hearing(slack)
    with (
        socket.create_server(("127.0.0.1", hearing.port)),
        pytest.raises(FrontUnusable, match="DOCSBOT_PORT"),
    ):
        async with hearing.serve():
            pass


@pytest.mark.parametrize("secret", ["", "  "])
def test_without_a_secret_nothing_is_served(slack: FakeSlack, secret: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        slack_routes(Hearing(slack).app, signing_secret=secret)
