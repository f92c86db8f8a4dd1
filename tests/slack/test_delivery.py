"""When an event is acknowledged, over both transports: not before what it leads to is claimed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from bot.core.errors import QuestionInvalid, StateUnavailable
from bot.slack.calls.account import make_client
from bot.slack.transport.attended import attended
from bot.slack.transport.http import HttpServer
from bot.slack.transport.sockets import Sockets
from tests.fakes.slack import ALICE, GENERAL, FakeSlack
from tests.fixtures.processes import free_port
from tests.slack.conftest import BOTH, Transport

Listener = Callable[[dict[str, Any]], Any]


@asynccontextmanager
async def serving(slack: FakeSlack, transport: Transport, listener: Listener) -> AsyncIterator[None]:
    """An app whose messages go to this listener."""
    client = make_client(slack.bot_token, slack.api_url)
    app = AsyncApp(client=client, signing_secret=slack.signing_secret)
    app.event("message")(listener)

    async def watch() -> None:
        await asyncio.Event().wait()

    async def close() -> None:
        pass

    port = free_port()
    way = (
        HttpServer(app, signing_secret=slack.signing_secret, host="127.0.0.1", port=port)
        if transport == "http"
        else Sockets(app, client, app_token=slack.app_token)
    )
    async with attended(app, watch(), close, seconds=0.1), way:
        if transport == "http":
            slack.use_http(f"http://127.0.0.1:{port}/slack/events")
        yield


@BOTH
async def test_an_event_is_acknowledged_after_its_listener(slack: FakeSlack, transport: Transport) -> None:
    ended: list[float] = []

    async def listen(event: dict[str, Any]) -> None:
        await asyncio.sleep(0.1)
        ended.append(time.time())

    async with serving(slack, transport, listen):
        slack.post(ALICE, GENERAL, "how?")
        await slack.wait_for(lambda: slack.parcels and slack.parcels[0].acked)
        acked = slack.parcels[0].acked
        assert acked is not None
        assert ended
        assert acked >= ended[0]


@BOTH
async def test_an_event_is_acknowledged_while_a_long_listener_goes_on(
    slack: FakeSlack, transport: Transport
) -> None:
    ended: list[bool] = []

    async def listen(event: dict[str, Any]) -> None:
        await asyncio.sleep(30)
        ended.append(True)

    async with serving(slack, transport, listen):
        slack.post(ALICE, GENERAL, "how?")
        await slack.wait_for(lambda: slack.parcels and slack.parcels[0].acked)
        assert not ended
        assert not slack.late_acks


@BOTH
async def test_an_event_comes_again_when_the_database_was_away(
    slack: FakeSlack, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    async def listen(event: dict[str, Any]) -> None:
        heard.append(str(event["ts"]))
        if len(heard) < 3:
            raise StateUnavailable("the database does not answer")

    slack.courier.ack_seconds = 0.5
    async with serving(slack, transport, listen):
        ts = slack.post(ALICE, GENERAL, "how?")
        await slack.wait_for(lambda: slack.parcels and slack.parcels[0].acked, 10)
        assert heard == [ts] * 3
    assert caplog.text.count("the database does not answer") == 2
    assert "Traceback" not in caplog.text


@BOTH
@pytest.mark.parametrize(
    ("error", "traceback"),
    [
        # What would fail again is not asked for again.
        (QuestionInvalid("Please ask a question in words."), False),
        # A fault of ours: where it came from is said.
        (KeyError("ts"), True),
    ],
)
async def test_what_fails_for_good_is_acknowledged_and_said(
    slack: FakeSlack,
    transport: Transport,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    traceback: bool,
) -> None:
    async def listen(event: dict[str, Any]) -> None:
        raise error

    async with serving(slack, transport, listen):
        slack.post(ALICE, GENERAL, "how?")
        await slack.wait_for(lambda: slack.parcels and slack.parcels[0].done)
        assert (slack.parcels[0].attempts, slack.parcels[0].failures) == (1, [])
    said = [record for record in caplog.records if "could not be dealt with" in record.getMessage()]
    assert [record.exc_info is not None for record in said] == [traceback]
