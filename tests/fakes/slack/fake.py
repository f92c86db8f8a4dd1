"""FakeSlack: the workspace, the app's address of it, and what a test looks at."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType

from tests.fakes.slack.acts import Acts
from tests.fakes.slack.limits import Drop, Fault
from tests.fakes.slack.looks import Looks
from tests.fakes.slack.names import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, TEAM
from tests.fakes.slack.parcels import Courier, Parcel
from tests.fakes.slack.responses import Responses
from tests.fakes.slack.server import Server
from tests.fakes.slack.sockets import Connection, Reason
from tests.fakes.slack.world import World


class FakeSlack(Acts, Looks):
    """One workspace with one app installed, over a real socket on 127.0.0.1.

        with FakeSlack() as slack:
            ... start the bot with slack.environment ...
            ts = slack.mention(ALICE, GENERAL, "How are tasks retried?")
            await slack.wait_for(lambda: slack.answers(GENERAL, ts))

    Works as `with` and as `async with`. A call that Slack would refuse for its arguments is answered so,
    kept in `violations`, and fails the test at the end (unless `strict` is off).
    """

    def __init__(self, *, strict: bool = True, port: int = 0) -> None:
        self.strict = strict
        self.team = TEAM
        self.bot_token, self.app_token, self.signing_secret = BOT_TOKEN, APP_TOKEN, SIGNING_SECRET
        self.server = Server(secret=SIGNING_SECRET, port=port)
        self.world: World = self.server.world
        self.courier: Courier = self.server.courier
        self.responses: Responses = self.server.responses
        self.clock = self.world.clock
        self.limits = self.server.limits
        self.faults = self.server.faults

    # The app's side of it

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/api/"

    @property
    def environment(self) -> Mapping[str, str]:
        """What the bot's process needs."""
        return {
            "SLACK_API_URL": self.api_url,
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_APP_TOKEN": self.app_token,
            "SLACK_SIGNING_SECRET": self.signing_secret,
        }

    def use_http(self, url: str) -> None:
        """Delivers to a request URL from now on; an empty one goes back to Socket Mode."""
        self.server.webhooks.url = url

    async def verify_url(self) -> bool:
        """Whether the request URL answers Slack's challenge."""
        return await self.server.do(self.server.webhooks.verify())

    # What may go wrong

    def fail(
        self,
        method: str,
        error: str = "",
        *,
        status: int = 0,
        drop: Drop = "",
        slow: float = 0.0,
        retry_after: int = 0,
        times: int | None = 1,
        skip: int = 0,
    ) -> None:
        """Strikes the next `times` calls of a method, after `skip` spared ones: see `limits.Fault`."""
        fault = Fault(error=error, status=status, drop=drop, slow=slow, retry_after=retry_after)
        fault.times, fault.skip = times, skip
        self.faults.add(method, fault)

    def redeliver(self, event_id: str) -> Parcel:
        """Delivers an event once more, with the next retry number."""
        return self.courier.redeliver(event_id)

    @property
    def connections(self) -> list[Connection]:
        """The open WebSockets, oldest first."""
        return list(self.server.sockets.connections)

    def kill_socket(self, index: int = 0) -> None:
        """Tears a WebSocket down without a word."""
        self.server.soon(self.connections[index].kill)

    def deafen(self, index: int = 0) -> None:
        """Leaves a WebSocket open that delivers nothing and answers no ping; what it is given is lost."""
        self.connections[index].deaf = True

    async def refresh(
        self, index: int = 0, reason: Reason = "refresh_requested", *, grace: float = 0.1
    ) -> None:
        """Asks the app to reconnect a WebSocket, and closes it after so many seconds (a warning does not)."""
        await self.server.do(self.server.sockets.refresh(self.connections[index], reason, grace))

    def assert_clean(self) -> None:
        """Fails when a call was made that Slack would refuse, or when the fake itself stumbled."""
        if self.violations:
            raise AssertionError(f"calls that Slack refuses: {self.violations}")
        if self.server.bugs.found:
            raise AssertionError(f"the fake stumbled: {self.server.bugs.found}")

    def __enter__(self) -> FakeSlack:
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.stop()
        if self.strict and error is None:
            self.assert_clean()

    async def __aenter__(self) -> FakeSlack:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, trace)
