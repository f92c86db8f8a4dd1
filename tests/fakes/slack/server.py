"""The server: the Web API, the WebSockets and the response addresses, in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine
from typing import TypeVar

from aiohttp import web

from tests.fakes.slack.calls import Call, check, read_call
from tests.fakes.slack.limits import Fault, Faults, Limits
from tests.fakes.slack.methods import METHODS
from tests.fakes.slack.models import SlackError, Violation
from tests.fakes.slack.names import APP_TOKEN, BOT_TOKEN
from tests.fakes.slack.parcels import Courier, Parcel
from tests.fakes.slack.responses import Responses
from tests.fakes.slack.settling import settle
from tests.fakes.slack.signatures import SCOPES
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.webhooks import Webhooks
from tests.fakes.slack.wire import Json, parse_object
from tests.fakes.slack.world import World

T = TypeVar("T")
CONNECT = "apps.connections.open"


class Bugs(logging.Handler):
    """Collects what aiohttp and asyncio log: a fault of the fake itself."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record))


class Server:
    """Everything behind the wire."""

    def __init__(self, *, secret: str, port: int) -> None:
        """A `port` of 0 takes any free one."""
        self.calls: list[Call] = []
        self.violations: list[Violation] = []
        self.faults = Faults()
        self.limits = Limits()
        self.latency = 0.0
        """Seconds that every answer of the Web API takes."""
        self.sockets = Sockets()
        self.webhooks = Webhooks(secret)
        self.courier = Courier(self._transport, self._settle)
        self.world = World(self.courier.send_event)
        self.responses = Responses(self.world)
        self.bugs = Bugs()
        self.port = port
        self.loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake-slack", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the fake Slack did not start")

    def stop(self) -> None:
        self.soon(self._stop.set)
        self._thread.join(10)

    def soon(self, work: Callable[[], object]) -> None:
        """Does something on the server's loop, from any thread."""
        if self.loop is None:
            raise RuntimeError("the fake Slack is not running")
        self.loop.call_soon_threadsafe(work)

    async def do(self, work: Coroutine[None, None, T]) -> T:
        """Awaits, on any loop, what must be awaited on the server's."""
        if self.loop is None:
            raise RuntimeError("the fake Slack is not running")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    def violate(self, method: str, problem: str, arguments: Json) -> None:
        self.violations.append(Violation(method=method, problem=problem, arguments=arguments))

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        logger = logging.getLogger("tests.fakes.slack")
        logger.propagate = False
        logger.addHandler(self.bugs)
        self.loop.set_exception_handler(lambda _, context: self.bugs.found.append(str(context)))
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link", self.sockets.accept)
        app.router.add_post("/respond/{name}", self._respond)
        runner = web.AppRunner(app, access_log=None, logger=logger, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, backlog=512)
        await site.start()
        self.port = runner.addresses[0][1]
        self.responses.base = f"http://127.0.0.1:{self.port}/respond/"
        self.courier.loop = self.loop
        self._ready.set()
        try:
            await self._stop.wait()
        finally:
            for connection in list(self.sockets.connections):
                connection.kill()
            await runner.cleanup()
            await self.webhooks.close()
            logger.removeHandler(self.bugs)

    def _transport(self) -> Sockets | Webhooks:
        return self.webhooks if self.webhooks.url else self.sockets

    def _settle(self, parcel: Parcel) -> None:
        try:
            settle(self.world, self.responses, parcel)
        except SlackError as error:
            self.violate(f"ack of {parcel.name}", error.violation or error.code, parcel.reply)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        call = await read_call(request, request.match_info["method"], at=time.time())
        self.calls.append(call)
        fault = self.faults.take(call.method) or Fault()
        if fault.drop == "before":
            return self._drop(request, call)
        refusal = self._refusal(call, fault)
        if refusal is not None:
            return refusal
        call.answer = self._answer(call, fault)
        call.error = "" if call.answer["ok"] else str(call.answer["error"])
        if fault.slow or self.latency:
            await asyncio.sleep(fault.slow or self.latency)
        if fault.drop == "after":
            return self._drop(request, call)
        return web.json_response(call.answer, headers=self._headers(call))

    def _drop(self, request: web.Request, call: Call) -> web.Response:
        call.error = "dropped"
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _refusal(self, call: Call, fault: Fault) -> web.Response | None:
        """An answer that is none of the method's: too many calls, or a server in trouble."""
        wait = fault.retry_after or self.limits.wait(
            call.method, call.text("channel"), self.world.clock.now()
        )
        if wait:
            call.error = "ratelimited"
            body = {"ok": False, "error": "ratelimited"}
            return web.json_response(body, status=429, headers={"Retry-After": str(wait)})
        if fault.status:
            call.error = f"http_{fault.status}"
            return web.Response(status=fault.status, text="<html>Oops</html>", content_type="text/html")
        return None

    def _answer(self, call: Call, fault: Fault) -> Json:
        try:
            if fault.error:
                raise SlackError(fault.error)
            self._authorize(call)
            if call.method not in METHODS and call.method != CONNECT:
                raise SlackError("unknown_method", violation="no such method here")
            check(call)
            if call.method == CONNECT:
                return {"ok": True, "url": f"ws://127.0.0.1:{self.port}/link?ticket={self.sockets.ticket()}"}
            with self.world.lock:
                return {"ok": True, **METHODS[call.method](self.world, call)}
        except SlackError as error:
            if error.violation:
                self.violate(call.method, error.violation, call.args)
            return {"ok": False, "error": error.code, **error.extra}

    def _authorize(self, call: Call) -> None:
        wanted = APP_TOKEN if call.method == CONNECT else BOT_TOKEN
        if call.token != wanted:
            known = call.token in (APP_TOKEN, BOT_TOKEN)
            code = "not_allowed_token_type" if known else "invalid_auth"
            raise SlackError(code if call.token else "not_authed")
        needed = SCOPES.get(call.method, ())
        if call.method != CONNECT and needed and not set(needed) & set(self.world.scopes):
            extra: Json = {"needed": needed[0], "provided": ",".join(self.world.scopes)}
            raise SlackError("missing_scope", extra=extra)

    def _headers(self, call: Call) -> dict[str, str]:
        scopes = "connections:write" if call.token == APP_TOKEN else ",".join(self.world.scopes)
        accepted = ",".join(SCOPES.get(call.method, ()))
        return {"x-oauth-scopes": scopes, "x-accepted-oauth-scopes": accepted}

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        said = parse_object(await request.text())
        call = Call(method="response_url", args=said, token="", at=time.time())
        self.calls.append(call)
        fault = self.faults.take("response_url") or Fault()
        if fault.drop == "before":
            return self._drop(request, call)
        refusal = self._refusal(call, fault)
        if refusal is not None:
            return refusal
        try:
            with self.world.lock:
                self.responses.answer(request.match_info["name"], said)
        except SlackError as error:
            call.error = error.code
            if error.violation:
                self.violate("response_url", error.violation, said)
            return web.json_response({"ok": False, "error": error.code}, status=404)
        return web.Response(text="ok")
