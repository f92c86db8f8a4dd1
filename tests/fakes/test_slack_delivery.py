"""The fake Slack's deliveries, with slack_bolt at the other end, or a bare socket that misbehaves."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import ALICE, ELSEWHERE, GENERAL, FakeSlack
from tests.fakes.slack.wire import Json, as_object, parse_object, text_of
from tests.fakes.test_slack import client_of, section
from tests.fakes.test_slack_agents import field, modal


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        fake.courier.retry_delays = (0.0, 0.05, 0.05)
        yield fake


class Bot:
    """A small bot on slack_bolt; it keeps what it is told."""

    def __init__(self, slack: FakeSlack) -> None:
        self.events: list[Json] = []
        self.app = AsyncApp(client=client_of(slack), signing_secret=slack.signing_secret)
        self.app.event("app_mention")(self.answer)
        self.app.event("message")(self.note)
        self.app.command("/ask")(self.ask)
        self.app.action("why")(self.why)
        self.app.view("reason")(self.take)

    async def answer(self, event: Json, say: AsyncSay) -> None:
        self.events.append(event)
        blocks = [{"type": "actions", "elements": [WHY]}]
        await say(text="Like this", blocks=[section("Like this"), *blocks], thread_ts=text_of(event, "ts"))

    async def note(self, event: Json) -> None:
        self.events.append(event)

    async def ask(self, ack: AsyncAck, command: Json) -> None:
        await ack(f"You asked {command['text']}")

    async def why(self, ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        view = modal(field("text")) | {"callback_id": "reason"}
        await client.views_open(trigger_id=text_of(body, "trigger_id"), view=view)

    async def take(self, ack: AsyncAck, view: Json) -> None:
        values = as_object(as_object(view["state"])["values"])
        if as_object(as_object(values["b-text"])["text"])["value"] == "bad":
            await ack(response_action="errors", errors={"b-text": "Say more"})
        else:
            await ack()


WHY = {"type": "button", "action_id": "why", "value": "1", "text": {"type": "plain_text", "text": "Why"}}


@asynccontextmanager
async def in_socket_mode(slack: FakeSlack, count: int = 1, ping: float = 10) -> AsyncIterator[Bot]:
    bot = Bot(slack)
    handlers = [AsyncSocketModeHandler(bot.app, slack.app_token, ping_interval=ping) for _ in range(count)]
    try:
        for handler in handlers:
            await handler.client.connect()  # type: ignore[no-untyped-call]
        await slack.wait_for(lambda: len(slack.connections) == count)
        yield bot
    finally:
        for handler in handlers:
            await handler.client.close()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def on_http(slack: FakeSlack, bot: Bot | None = None) -> AsyncIterator[Bot]:
    bot = bot or Bot(slack)

    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bot.app.async_dispatch(await to_bolt_request(request)))

    async with served(take) as url:
        slack.use_http(url)
        yield bot


@asynccontextmanager
async def served(handler: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """A request URL."""
    app = web.Application()
    app.router.add_post("/slack/events", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bare_socket(slack: FakeSlack) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A connection that does only what the test does."""
    client = AsyncWebClient(base_url=slack.api_url)
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url, autoping=False) as socket:
        assert (await heard(socket))["type"] == "hello"
        yield socket


async def heard(socket: aiohttp.ClientWebSocketResponse) -> Json:
    return parse_object((await socket.receive(timeout=2)).data)


@pytest.mark.parametrize("transport", ["socket", "http"])
async def test_plays_a_whole_conversation(slack: FakeSlack, transport: str) -> None:
    async with in_socket_mode(slack) if transport == "socket" else on_http(slack) as bot:
        ts = slack.mention(ALICE, GENERAL, "How?")
        (answer,) = await slack.wait_for(lambda: slack.finished(GENERAL, ts))
        assert answer.shown == "Like this\n[Why]"
        await slack.wait_for(lambda: all(parcel.acked for parcel in slack.parcels))
        assert sorted(text_of(event, "type") for event in bot.events) == ["app_mention", "message"]
        assert {event["ts"] for event in bot.events} == {ts}

        slack.command(ALICE, ELSEWHERE, "/ask", "why?")
        (said,) = await slack.wait_for(lambda: slack.ephemerals)
        assert (said.shown, said.ephemeral_for) == ("You asked why?", ALICE)

        slack.click(ALICE, GENERAL, answer.ts, "why")
        (view,) = await slack.wait_for(lambda: slack.modals(ALICE))
        slack.submit_view(ALICE, view.id, {"text": "bad"})
        await slack.wait_for(lambda: view.errors == {"b-text": "Say more"})
        slack.submit_view(ALICE, view.id, {"text": "good"})
        await slack.wait_for(lambda: not slack.modals(ALICE))
    assert slack.late_acks == []


async def test_gives_each_event_to_one_connection(slack: FakeSlack) -> None:
    async with in_socket_mode(slack, count=2) as bot:
        sent = [slack.post(ALICE, GENERAL, f"Message {n}") for n in range(10)]
        await slack.wait_for(lambda: len(bot.events) == 10)
        assert [connection.envelopes for connection in slack.connections] == [5, 5]
        assert sorted(text_of(event, "ts") for event in bot.events) == sent


async def test_retries_what_is_not_acknowledged(slack: FakeSlack) -> None:
    slack.courier.ack_seconds = 0.05
    async with bare_socket(slack) as socket:
        slack.post(ALICE, GENERAL, "Hello")
        tries = [await heard(socket) for _ in range(3)]
        await socket.send_json({"envelope_id": tries[2]["envelope_id"]})
        await slack.wait_for(lambda: slack.parcels[0].acked)
    assert [(each["retry_attempt"], each["retry_reason"]) for each in tries] == [
        (0, ""),
        (1, "timeout"),
        (2, "timeout"),
    ]
    assert len({text_of(as_object(each["payload"]), "event_id") for each in tries}) == 1
    assert [late.attempt for late in slack.late_acks] == [0, 1]


async def test_keeps_events_while_nobody_is_connected(slack: FakeSlack) -> None:
    async with bare_socket(slack) as socket:
        slack.post(ALICE, GENERAL, "One")
        await heard(socket)
        slack.kill_socket()
        await slack.wait_for(lambda: not slack.connections)
        slack.post(ALICE, GENERAL, "Two")
        command = slack.command(ALICE, GENERAL, "/ask", "Lost")
        await slack.wait_for(lambda: command.done)
        assert command.failures == ["no_connection"]
    async with in_socket_mode(slack) as bot:
        await slack.wait_for(lambda: {event["text"] for event in bot.events} == {"One", "Two"})
    assert [parcel.attempts for parcel in slack.parcels[:2]] == [2, 1]


async def test_redelivers_on_demand(slack: FakeSlack) -> None:
    async with in_socket_mode(slack) as bot:
        slack.post(ALICE, GENERAL, "Hello")
        (parcel,) = await slack.wait_for(lambda: [each for each in slack.parcels if each.acked])
        slack.redeliver(parcel.event_id)
        await slack.wait_for(lambda: len(bot.events) == 2)
    assert parcel.attempts == 2


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_asks_to_reconnect(slack: FakeSlack, reason: str) -> None:
    async with in_socket_mode(slack) as bot:
        await slack.refresh(reason="warning" if reason == "warning" else "refresh_requested", grace=0.0)
        await slack.wait_for(lambda: slack.server.sockets.hellos >= 2)
        slack.post(ALICE, GENERAL, "Hello")
        await slack.wait_for(lambda: bot.events)


async def test_a_deaf_socket_answers_nothing(slack: FakeSlack) -> None:
    slack.courier.ack_seconds = 0.05
    async with bare_socket(slack) as deaf, bare_socket(slack) as other:
        await deaf.ping(b"1")
        assert (await deaf.receive(timeout=1)).type is aiohttp.WSMsgType.PONG
        slack.deafen(0)
        await deaf.ping(b"2")
        sent = [slack.post(ALICE, GENERAL, f"Message {n}") for n in range(4)]
        got: set[str] = set()
        while len(got) < 4:
            told = await heard(other)
            await other.send_json({"envelope_id": told["envelope_id"]})
            got.add(text_of(as_object(as_object(told["payload"])["event"]), "ts"))
        assert got == set(sent)
        with pytest.raises(TimeoutError):
            await deaf.receive(timeout=0.05)


async def test_signs_its_requests(slack: FakeSlack) -> None:
    async with on_http(slack) as bot:
        assert await slack.verify_url()
        slack.server.webhooks.secret = "another"
        slack.post(ALICE, GENERAL, "Forged")
        parcel = slack.parcels[-1]
        await slack.wait_for(lambda: parcel.done)
        assert parcel.failures == ["http_error"] * 4
        slack.server.webhooks.secret = slack.signing_secret
        slack.server.webhooks.skew = -600
        slack.post(ALICE, GENERAL, "Replayed")
        await slack.wait_for(lambda: slack.parcels[-1].done)
        assert bot.events == []


async def test_says_on_http_that_it_retries(slack: FakeSlack) -> None:
    slack.courier.ack_seconds = 0.1
    seen: list[tuple[str | None, str | None]] = []

    async def take(request: web.Request) -> web.Response:
        seen.append((request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason")))
        if len(seen) == 1:
            await asyncio.sleep(0.2)
        return web.Response(status=500 if len(seen) < 3 else 200)

    async with served(take) as url:
        slack.use_http(url)
        slack.post(ALICE, GENERAL, "Hello")
        await slack.wait_for(lambda: slack.parcels[0].acked)
    assert seen == [(None, None), ("1", "http_timeout"), ("2", "http_error")]


async def test_stops_retrying_when_asked(slack: FakeSlack) -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    async with served(refuse) as url:
        slack.use_http(url)
        slack.post(ALICE, GENERAL, "Hello")
        await slack.wait_for(lambda: slack.parcels[0].done)
    assert slack.parcels[0].attempts == 1


async def test_marks_late_acknowledgements(slack: FakeSlack) -> None:
    slack.courier.ack_seconds = 0.05

    async def dawdle(request: web.Request) -> web.Response:
        form = await request.post()
        assert parse_object(str(form["payload"]))["type"] == "message_action"
        await asyncio.sleep(0.2)
        return web.Response()

    ts = slack.post(ALICE, ELSEWHERE, "Hello")
    async with served(dawdle) as url:
        slack.use_http(url)
        slack.shortcut("answer", ALICE, ELSEWHERE, ts)
        await slack.wait_for(lambda: slack.late_acks)
    assert slack.late_acks[0].name == "message_action"


async def test_a_program_of_its_own() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.slack",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    line = (await asyncio.wait_for(program.stdout.readline(), 20)).decode()
    url = line.removeprefix("export SLACK_API_URL=").strip()
    said = await AsyncWebClient(base_url=url, token="xoxb-fake-0001-bot").auth_test()
    assert json.loads(json.dumps(said.data))["user"] == "docsbot"
    await program.communicate(b"quit\n")
    assert program.returncode == 0
