"""FakeDiscord: the guild, the app's address of it, and what may go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from types import TracebackType

from tests.fakes.discord.acts import Acts
from tests.fakes.discord.connections import Connection
from tests.fakes.discord.doings import Doings
from tests.fakes.discord.intents import PRIVILEGED
from tests.fakes.discord.limits import Drop, Fault
from tests.fakes.discord.looks import Looks
from tests.fakes.discord.names import TOKEN
from tests.fakes.discord.server import Server
from tests.fakes.discord.sockets import Sockets


class FakeDiscord(Acts, Doings, Looks):
    """One guild with one app installed, over real sockets on 127.0.0.1; see the package for its use.

    Works as `with` and as `async with`, and keeps its own thread: a fixture of a whole module can hold it. A
    call that Discord would refuse for what is in it is answered so, kept in `refused`, and fails the test at
    the end (unless `strict` is off).
    """

    def __init__(self, *, granted: Collection[str] = (), strict: bool = True, port: int = 0) -> None:
        """`granted` are the privileged intents that the app has: message_content, members, presences."""
        unknown = set(granted) - set(PRIVILEGED)
        if unknown:
            raise ValueError(f"no privileged intents: {unknown}")
        self.strict = strict
        self.token = TOKEN
        self.server = Server(granted=set(granted), port=port)
        self.world = self.server.world
        self.clock = self.world.clock
        self.limits = self.server.limits
        self.gateway: Sockets = self.server.sockets

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/api"

    @property
    def environment(self) -> Mapping[str, str]:
        """What the bot's process needs."""
        return {"DISCORD_API_URL": self.api_url, "DISCORD_TOKEN": self.token}

    # What may go wrong with REST

    def fail(
        self,
        route: str,
        *,
        status: int = 0,
        code: int = 0,
        drop: Drop = "",
        slow: float = 0.0,
        times: int | None = 1,
        skip: int = 0,
    ) -> None:
        """Strikes the next `times` calls of a route after `skip` spared ones: see `limits.Fault`.

        `fail("POST /channels/*/messages", status=500)`; with a `code` the answer is Discord's JSON, without
        one a page that is none.
        """
        fault = Fault(route=route, status=status, code=code, drop=drop, slow=slow, times=times, skip=skip)
        self.server.faults.waiting.append(fault)

    def limit(
        self, route: str, *, times: int | None = 1, retry_after: float = 0.2, everywhere: bool = False
    ) -> None:
        """Answers the next `times` calls of a route with 429; `everywhere` says that it holds for all."""
        fault = Fault(route=route, retry_after=retry_after, everywhere=everywhere, times=times)
        self.server.faults.waiting.append(fault)

    def heal(self) -> None:
        """Forgets the faults and limits that have not struck yet."""
        self.server.faults.clear()

    async def refresh(self) -> None:
        """The guild as at first, for an app that stays connected: nothing was said, called or refused."""

        def act() -> None:
            self.heal()
            self.limits.begin()
            self.server.calls.clear()
            self.server.refused.clear()
            self.server.latency = 0.0
            self.world.begin()
            for role in self.world.roles.values():
                self.tell_role(role)
            for place in self.world.channels.values():
                if not place.is_dm:
                    self.world.tell_channel("CHANNEL_UPDATE", place)

        await self.server.do(act)

    # What may go wrong with the gateway

    @property
    def connections(self) -> list[Connection]:
        """The open WebSockets, oldest first."""
        return list(self.gateway.connections)

    @property
    def online(self) -> int:
        """Connections with a session."""
        return sum(each.session is not None for each in self.connections)

    async def drop(self, index: int = 0) -> None:
        """Tears a WebSocket down without a word; what happens until a RESUME is told then."""
        await self.server.do(self.connections[index].kill)

    async def deafen(self, index: int = 0) -> None:
        """Leaves a WebSocket open that delivers nothing and acknowledges no heartbeat."""
        self.connections[index].deaf = True

    async def close(self, index: int = 0, *, code: int = 4000) -> None:
        """Closes a WebSocket with a code."""
        await self.server.await_(self.gateway.close(self.connections[index], code))

    async def reconnect(self, index: int = 0, *, grace: float = 0.1) -> None:
        """RECONNECT: asks the app to come again, and closes after so many seconds."""
        await self.server.await_(self.gateway.reconnect(self.connections[index], grace))

    async def invalidate(self, index: int = 0, *, resumable: bool = False) -> None:
        """INVALID_SESSION."""
        await self.server.await_(self.gateway.invalidate(self.connections[index], resumable=resumable))

    async def forget_sessions(self) -> None:
        """No session can be resumed any more: a RESUME is answered with INVALID_SESSION."""
        await self.server.do(self.gateway.sessions.clear)

    # Beginning and end

    def assert_clean(self) -> None:
        """Fails when a call was made that Discord would refuse, or when the fake itself stumbled."""
        if self.refused:
            raise AssertionError(f"calls that Discord refuses: {self.refused}")
        if self.server.bugs.found:
            raise AssertionError(f"the fake stumbled: {self.server.bugs.found}")

    def __enter__(self) -> FakeDiscord:
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.stop()
        if self.strict and error is None:
            self.assert_clean()

    async def __aenter__(self) -> FakeDiscord:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, trace)
