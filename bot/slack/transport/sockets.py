"""Socket Mode: two connections to Slack that are kept up.

Each event comes by one of them. A connection that Slack wants to refresh is replaced before it is let go; one
that was torn, or answers no ping, is replaced at once, then ever more slowly. Once connected, nothing that
Slack does ends the process.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import FrontUnusable
from bot.slack.calls.account import REFUSED
from bot.slack.calls.refusals import read_code, read_retry_after
from bot.slack.transport.websocket import WebSocket

logger = logging.getLogger(__name__)

CONNECTIONS = 2
"""While Slack closes one to refresh it, events come by the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds."""

    heartbeat: float = 6.0
    """Silence after which a connection is asked for a sign of life; it has half of that to give it."""
    first: float = 0.5
    """Before the second attempt to connect; doubled for each further one. The first one is made at once."""
    longest: float = 30.0
    settled: float = 10.0
    """A connection that lived as long was a good one: the next attempt is a first one again."""
    linger: float = 15.0
    """How long a connection is still listened to after another has taken over."""
    opening: float = 20.0
    """For the opening of one."""

    def delay(self, failures: int) -> float:
        """Before the attempt that follows so many failed ones, at the most."""
        return min(self.longest, self.first * 2.0 ** min(failures - 2, 20)) if failures > 1 else 0.0


class Sockets:
    """The connections, while the context lasts. Entering it raises FrontUnusable."""

    way = "in Socket Mode"
    """How events come, for a person."""

    def __init__(
        self, app: AsyncApp, client: AsyncWebClient, *, app_token: str, pace: Pace | None = None
    ) -> None:
        """`client` makes the calls to `apps.connections.open`: one that does not try again by itself."""
        self._app = app
        self._client = client
        self._token = app_token
        self._pace = pace or Pace()
        self._open: set[WebSocket] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._lines: list[asyncio.Task[None]] = []
        self._connected = asyncio.Event()
        self._complained = False
        self._lost_at = 0.0
        self._closing = False

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        self._lines = [asyncio.create_task(self._keep()) for _ in range(CONNECTIONS)]
        first = asyncio.create_task(self._connected.wait())
        try:
            await asyncio.wait({first, *self._lines}, return_when=asyncio.FIRST_COMPLETED)
            for line in self._lines:
                if line.done():
                    line.result()
        except BaseException:
            await self.__aexit__()
            raise
        finally:
            first.cancel()
        return self

    async def __aexit__(self, *_: object) -> None:
        """What came is acknowledged, then every connection is closed."""
        self._closing = True
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.heartbeat):
                await asyncio.gather(*(socket.drain() for socket in self._open))
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._session.close()

    async def wait(self) -> None:
        """Returns never; raises what should not have happened."""
        await asyncio.gather(*self._lines)

    async def _keep(self) -> None:
        """One line: a connection after another. Raises FrontUnusable, before any was ever open."""
        old: WebSocket | None = None
        failures = 0
        while True:
            new, failures = await self._replace(failures)
            if old is not None:
                self._spawn(self._let_go(old))
            opened = time.monotonic()
            await new.leaving.wait()
            logger.info("a connection to Slack is to be replaced: %s", new.reason)
            if new.reason == "link_disabled":
                logger.warning("Socket Mode is switched off in the Slack app's settings")
            failures = 0 if time.monotonic() - opened > self._pace.settled else failures + 1
            old = new

    async def _replace(self, failures: int) -> tuple[WebSocket, int]:
        """Opens a connection, however long that takes; with how many attempts have failed in a row."""
        while True:
            # Spread, so that two lines, or many bots, do not knock together.
            await asyncio.sleep(self._pace.delay(failures) * random.uniform(0.5, 1))  # noqa: S311, no secret
            try:
                return await self._connect(), failures
            except SlackApiError as error:
                await self._bear(error)
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                logger.info("no connection to Slack: %s", type(error).__name__)
            failures += 1

    async def _bear(self, error: SlackApiError) -> None:
        """Waits as long as Slack wants. Raises FrontUnusable for a refusal, before any was ever open."""
        code = read_code(error)
        if code == "ratelimited":
            await asyncio.sleep(read_retry_after(error))
        elif code not in REFUSED:
            logger.info("Slack gives no connection: %s", code)
        elif not self._connected.is_set():
            raise FrontUnusable(
                f"Slack refuses the app token ({code}). Check SLACK_APP_TOKEN: it begins with xapp- and has "
                "the scope connections:write."
            ) from error
        elif not self._complained:
            self._complained = True
            logger.error("Slack refuses the app token (%s). Check SLACK_APP_TOKEN.", code)

    async def _connect(self) -> WebSocket:
        async with asyncio.timeout(self._pace.opening):
            answer = await self._client.apps_connections_open(app_token=self._token)
            opened = await self._session.ws_connect(
                str(answer["url"]),
                heartbeat=self._pace.heartbeat,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                proxy=self._client.proxy,
                ssl=self._client.ssl or True,
            )
        socket = WebSocket(self._app, opened)
        self._spawn(self._serve(socket))
        return socket

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, socket: WebSocket) -> None:
        self._open.add(socket)
        if self._lost_at:
            logger.warning("connected to Slack again, after %.0f s", time.monotonic() - self._lost_at)
            self._lost_at = 0.0
        self._connected.set()
        self._complained = False
        try:
            await socket.serve()
        finally:
            self._open.discard(socket)
            if not self._open and not self._closing:
                self._lost_at = time.monotonic()
                logger.warning("no connection to Slack is open (%s); it is tried again", socket.reason)

    async def _let_go(self, socket: WebSocket) -> None:
        """Events may still come by a connection that has its successor, until Slack closes it."""
        await asyncio.sleep(self._pace.linger)
        await socket.close()
