"""Socket Mode, whatever befalls the connections: the real client against the fake's sockets."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.core.errors import FrontUnusable
from bot.slack.calls.account import make_client
from bot.slack.transport.sockets import Pace, Sockets
from tests.fakes.slack import ALICE, GENERAL, FakeSlack, Parcel
from tests.fakes.slack.limits import Drop

QUICK = Pace(heartbeat=0.4, first=0.02, longest=0.1, settled=0.1, linger=0.3, opening=2.0)
PATIENT = Pace(heartbeat=30.0, first=0.02, longest=0.1, settled=0.1, linger=30.0, opening=2.0)
"""Where a test is about something else than silence."""


class Hearing:
    """An app that notes what it hears."""

    def __init__(self, slack: FakeSlack) -> None:
        self.app = AsyncApp(client=make_client(slack.bot_token, slack.api_url))
        self.heard: list[str] = []
        self.slow = 0.0
        """Seconds before a command is acknowledged."""

        async def on_message(event: dict[str, Any]) -> None:
            self.heard.append(str(event["ts"]))

        async def on_command(ack: AsyncAck) -> None:
            await asyncio.sleep(self.slow)
            await ack("heard")

        self.app.event("message")(on_message)
        self.app.command("/ask")(on_command)


@pytest.fixture
def hearing(slack: FakeSlack) -> Hearing:
    return Hearing(slack)


@asynccontextmanager
async def connected(
    slack: FakeSlack, hearing: Hearing, pace: Pace = QUICK, *, app_token: str = ""
) -> AsyncIterator[None]:
    client = make_client(slack.bot_token, slack.api_url)
    async with Sockets(hearing.app, client, app_token=app_token or slack.app_token, pace=pace):
        await slack.wait_for(lambda: len(slack.connections) == 2)
        yield


async def acknowledged(slack: FakeSlack, parcel: Parcel) -> None:
    await slack.wait_for(lambda: parcel.done)
    assert parcel.acked, parcel.failures


async def test_what_comes_is_acknowledged_and_heard(slack: FakeSlack, hearing: Hearing) -> None:
    async with connected(slack, hearing):
        sent = [slack.post(ALICE, GENERAL, f"number {number}") for number in range(10)]
        await slack.wait_for(lambda: sorted(hearing.heard) == sent)
        assert all(connection.envelopes for connection in slack.connections)
        for parcel in slack.parcels:
            await acknowledged(slack, parcel)
            assert parcel.attempts == 1


async def test_what_an_acknowledgement_carries_arrives(slack: FakeSlack, hearing: Hearing) -> None:
    async with connected(slack, hearing):
        parcel = slack.command(ALICE, GENERAL, "/ask", "how?")
        await acknowledged(slack, parcel)
        assert parcel.reply == {"text": "heard"}


async def test_an_event_that_nobody_listens_to_does_not_come_again(
    slack: FakeSlack, hearing: Hearing
) -> None:
    async with connected(slack, hearing):
        slack.world.subscriptions.add("app_context_changed")
        slack.look_at(ALICE, GENERAL)
        await slack.wait_for(lambda: slack.parcels and slack.parcels[0].done)
        assert (slack.parcels[0].attempts, slack.parcels[0].failures) == (1, [])


async def test_sockets_that_are_killed_at_random_lose_no_message(slack: FakeSlack, hearing: Hearing) -> None:
    dice = random.Random(7)
    sent = []
    async with connected(slack, hearing):
        for number in range(60):
            sent.append(slack.post(ALICE, GENERAL, f"number {number}"))
            if slack.connections and dice.random() < 0.25:
                slack.kill_socket(dice.randrange(len(slack.connections)))
            await asyncio.sleep(dice.uniform(0, 0.02))
        await slack.wait_for(lambda: set(sent) <= set(hearing.heard), 20)
        await slack.wait_for(lambda: len(slack.connections) == 2)


async def test_a_deaf_socket_is_replaced(slack: FakeSlack, hearing: Hearing) -> None:
    """The server keeps it open and says nothing any more, not even to a ping."""
    async with connected(slack, hearing):
        deaf = slack.connections[0]
        slack.deafen(0)
        await slack.wait_for(lambda: deaf not in slack.connections and len(slack.connections) == 2)
        ts = slack.post(ALICE, GENERAL, "still there?")
        await slack.wait_for(lambda: ts in hearing.heard)


async def test_two_deaf_sockets_are_replaced(slack: FakeSlack, hearing: Hearing) -> None:
    async with connected(slack, hearing):
        for number in range(2):
            slack.deafen(number)
        ts = slack.post(ALICE, GENERAL, "still there?")
        await slack.wait_for(lambda: ts in hearing.heard, 10)


async def test_a_quiet_socket_is_not_replaced(slack: FakeSlack, hearing: Hearing) -> None:
    """It answers the ping that comes after a heartbeat, within another half of one."""
    async with connected(slack, hearing, replace(PATIENT, heartbeat=1.0)):
        await asyncio.sleep(1.6)
        assert slack.server.sockets.hellos == 2


async def test_a_refresh_leaves_no_gap(slack: FakeSlack, hearing: Hearing) -> None:
    """Both connections at once, while messages come: the new ones are open before the old ones close."""
    async with connected(slack, hearing, PATIENT):
        old = slack.connections
        refreshing = [asyncio.create_task(slack.refresh(number, grace=1.0)) for number in range(2)]
        await slack.wait_for(lambda: len(slack.connections) == 4)
        assert set(old) < set(slack.connections)
        sent = [slack.post(ALICE, GENERAL, f"number {number}") for number in range(8)]
        await slack.wait_for(lambda: sorted(hearing.heard) == sent)  # by all four
        await asyncio.gather(*refreshing)
        await slack.wait_for(lambda: len(slack.connections) == 2)
        assert not set(old) & set(slack.connections)
        assert {parcel.attempts for parcel in slack.parcels} == {1}
        # A connection that is listened to no more has not been replaced twice.
        assert slack.server.sockets.hellos == 4


async def test_a_warning_is_heeded_and_the_old_socket_let_go(slack: FakeSlack, hearing: Hearing) -> None:
    async with connected(slack, hearing):
        old = slack.connections[0]
        await slack.refresh(0, "warning")
        await slack.wait_for(lambda: len(slack.connections) == 3)
        await slack.wait_for(lambda: len(slack.connections) == 2)
        assert old not in slack.connections


@pytest.mark.parametrize(
    ("error", "status", "drop", "retry_after"),
    [
        # A server in trouble, a torn connection, a limit, a word of Slack's own.
        ("", 503, "", 0),
        ("", 0, "before", 0),
        ("", 0, "", 1),
        ("internal_error", 0, "", 0),
        # What an operator must mend, and may: the process goes on all the same.
        ("invalid_auth", 0, "", 0),
    ],
)
async def test_reconnecting_is_tried_until_it_succeeds(
    slack: FakeSlack,
    hearing: Hearing,
    caplog: pytest.LogCaptureFixture,
    error: str,
    status: int,
    drop: Drop,
    retry_after: int,
) -> None:
    times = 2 if retry_after else 6
    async with connected(slack, hearing):
        slack.fail(
            "apps.connections.open", error, status=status, drop=drop, retry_after=retry_after, times=times
        )
        for _ in range(2):
            slack.kill_socket(0)
            await asyncio.sleep(0.02)
        await slack.wait_for(lambda: len(slack.connections) == 2, 15)
        ts = slack.post(ALICE, GENERAL, "again?")
        await slack.wait_for(lambda: ts in hearing.heard)
    # Both lines were told to wait so long, and did.
    moments = [call.at for call in slack.calls("apps.connections.open")[2:]]
    assert moments[2] - moments[0] >= retry_after
    said = [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
    assert len([text for text in said if "no connection to Slack is open" in text]) == 1
    assert len([text for text in said if "connected to Slack again" in text]) == 1
    assert len([text for text in said if "refuses the app token" in text]) == (error == "invalid_auth")
    assert slack.app_token not in caplog.text


@pytest.mark.parametrize(
    ("failures", "seconds"),
    # At once, and once more; then ever more slowly, up to a limit that no number of failures exceeds.
    [(0, 0), (1, 0), (2, 0.5), (3, 1), (4, 2), (7, 16), (8, 30), (100, 30), (10**6, 30)],
)
def test_attempts_become_rarer(failures: int, seconds: float) -> None:
    assert Pace().delay(failures) == seconds


async def test_a_refused_app_token_is_said_at_the_start(slack: FakeSlack, hearing: Hearing) -> None:
    with pytest.raises(FrontUnusable, match=r"SLACK_APP_TOKEN.*xapp-"):
        async with connected(slack, hearing, app_token=slack.bot_token):
            pass
    assert not slack.connections


async def test_a_slack_in_trouble_at_the_start_is_waited_for(slack: FakeSlack, hearing: Hearing) -> None:
    slack.fail("apps.connections.open", status=500, times=5)
    async with connected(slack, hearing):
        ts = slack.post(ALICE, GENERAL, "ready?")
        await slack.wait_for(lambda: ts in hearing.heard)


async def test_what_came_is_acknowledged_before_the_end(slack: FakeSlack, hearing: Hearing) -> None:
    hearing.slow = 0.3
    async with connected(slack, hearing, PATIENT):
        parcel = slack.command(ALICE, GENERAL, "/ask", "how?")
        await slack.wait_for(lambda: any(connection.waiting for connection in slack.connections))
        await asyncio.sleep(0.05)  # it is on its way
    await acknowledged(slack, parcel)
    await slack.wait_for(lambda: not slack.connections)


async def test_every_call_goes_to_slack_s_address(slack: FakeSlack, hearing: Hearing) -> None:
    """`apps.connections.open` too, which the SDK makes with another token."""
    async with connected(slack, hearing):
        calls = slack.calls("apps.connections.open")
        assert [call.token for call in calls] == [slack.app_token] * 2
        assert not any(re.search("xapp|xoxb", str(call.args)) for call in slack.calls())
