"""The server: REST and the gateway, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import TypeVar

from aiohttp import web

from tests.fakes.discord import rules, schema
from tests.fakes.discord.calls import Call, read_call
from tests.fakes.discord.limits import Fault, Faults, Limits, Verdict
from tests.fakes.discord.methods import METHODS, OPEN
from tests.fakes.discord.models import DiscordError, Refusal
from tests.fakes.discord.names import TOKEN
from tests.fakes.discord.sockets import Sockets
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json

T = TypeVar("T")
GATEWAY = ("GET /gateway", "GET /gateway/bot")
# discord.py takes a 429 without this header for a ban, and a body of any other type for a text.
VIA, PLAIN_JSON = "1.1 fake", "application/json"


class Bugs(logging.Handler):
    """Collects what aiohttp and asyncio log: a fault of the fake itself."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


class Server:
    """Everything behind the wire."""

    def __init__(self, *, granted: set[str], port: int) -> None:
        """A `port` of 0 takes any free one."""
        self.calls: list[Call] = []
        self.refused: list[Refusal] = []
        self.faults = Faults()
        self.limits = Limits()
        self.latency = 0.0
        """Seconds that every answer of REST takes."""
        self.sockets = Sockets()
        self.world = World(self.sockets.emit, granted)
        self.sockets.world = self.world
        self.bugs = Bugs()
        self.port = port
        self.loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake-discord", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the fake Discord did not start")

    def stop(self) -> None:
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def await_(self, work: Coroutine[None, None, T]) -> T:
        """Awaits, on any loop, what must be awaited on the server's."""
        if self.loop is None:
            raise RuntimeError("the fake Discord is not running")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    async def do(self, work: Callable[[], T]) -> T:
        """Does something on the server's loop, where alone the world is changed."""

        async def done() -> T:
            return work()

        return await self.await_(done())

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        logger = logging.getLogger("tests.fakes.discord")
        logger.propagate = False
        logger.addHandler(self.bugs)
        self.loop.set_exception_handler(lambda _, context: self.bugs.found.append(str(context)))
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_get("/gateway-socket", self.sockets.accept)
        app.router.add_route("*", "/{path:.*}", self._api)
        runner = web.AppRunner(app, access_log=None, logger=logger, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, backlog=512)
        await site.start()
        self.port = runner.addresses[0][1]
        self.sockets.address = f"ws://127.0.0.1:{self.port}/gateway-socket"
        self._ready.set()
        try:
            await self._stop.wait()
        finally:
            for connection in list(self.sockets.connections):
                connection.kill()
            await runner.cleanup()
            logger.removeHandler(self.bugs)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        call = await read_call(request, at=self.world.clock.now())
        self.calls.append(call)
        try:
            return await self._serve_call(request, call)
        finally:
            call.ended = self.world.clock.now()

    async def _serve_call(self, request: web.Request, call: Call) -> web.StreamResponse:
        fault = self.faults.take(call) or Fault(route="")
        if fault.drop == "before":
            return self._drop(request)
        verdict = self.limits.judge(call, self.world.clock.now())
        broken = self._trouble(call, fault, verdict)
        if broken is not None:
            return broken
        self._answer(call)
        if fault.slow or self.latency:
            await asyncio.sleep(fault.slow or self.latency)
        if fault.drop == "after":
            return self._drop(request)
        if call.answer is None:
            return web.Response(status=call.status, headers=verdict.headers)
        return _json(call.status, call.answer, verdict.headers)

    def _drop(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _trouble(self, call: Call, fault: Fault, verdict: Verdict) -> web.Response | None:
        """An answer that is none of the method's: too many calls, or a server in trouble."""
        wait = fault.retry_after or verdict.retry_after
        if wait:
            everywhere = fault.everywhere or verdict.everywhere
            call.status = 429
            call.answer = {
                "message": "You are being rate limited.",
                "retry_after": round(wait, 3),
                "global": everywhere,
            }
            headers = dict(verdict.headers) | {"Via": VIA, "Retry-After": str(max(1, round(wait)))}
            headers["X-RateLimit-Scope"] = "global" if everywhere else "user"
            return _json(429, call.answer, headers)
        if fault.status and fault.code:
            call.status, call.code = fault.status, fault.code
            call.answer = {"message": "scripted", "code": fault.code}
            return _json(fault.status, call.answer, {})
        if fault.status:
            call.status = fault.status
            return web.Response(status=fault.status, text="<html>Oops</html>", content_type="text/html")
        return None

    def _answer(self, call: Call) -> None:
        try:
            call.answer = self._perform(call)
            call.status = 204 if call.answer is None else schema.success(call.operation)
        except DiscordError as error:
            if error.violation:
                self.refused.append(Refusal(route=call.route, problem=error.violation, body=call.payload))
            call.status, call.code = error.status, error.code
            call.answer = {"message": error.message, "code": error.code}
            if error.errors:
                call.answer = {**call.answer, "errors": error.errors}

    def _perform(self, call: Call) -> object:
        if not call.operation:
            raise DiscordError(404, 0, "404: Not Found", violation="no such route here")
        if not call.path.startswith(OPEN) and call.operation != "GET /gateway" and call.token != TOKEN:
            raise DiscordError(401, 0, "401: Unauthorized")
        if call.operation in GATEWAY:
            return self._gateway(call)
        problem = schema.request_problem(call.operation, call.payload)
        if problem is not None:
            raise rules.invalid(problem)
        return METHODS[call.operation](self.world, call)

    def _gateway(self, call: Call) -> Json:
        if call.operation == "GET /gateway":
            return {"url": self.sockets.address}
        left = {"total": 1000, "remaining": 1000 - self.sockets.identifies, "reset_after": 86_400_000}
        return {
            "url": self.sockets.address,
            "shards": 1,
            "session_start_limit": {**left, "max_concurrency": 1},
        }


def _json(status: int, body: object, headers: dict[str, str]) -> web.Response:
    said = json.dumps(body).encode()
    return web.Response(status=status, body=said, headers={**headers, "Content-Type": PLAIN_JSON})
