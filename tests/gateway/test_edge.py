"""What every request passes: size, time, host, headers, ids; and what never reaches a client or a log."""

from __future__ import annotations

import asyncio
import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.gateway.edge import Bounds, Edge
from bot.gateway.hosts import Hosts
from bot.gateway.metrics import Metrics
from tests.fakes.openai import FakeOpenAI
from tests.gateway.process import Gateway, until

SECRET_WORDS = "How do I dismiss my manager?"


def talk(gateway: Gateway, sent: bytes, *, more: bytes = b"") -> str:
    """Sends these bytes, then `more` as long as they are taken; the head of the answer."""
    address = urlsplit(gateway.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as line:
        line.sendall(sent)
        try:
            for _ in range(400 if more else 0):
                line.sendall(more)
        except OSError:
            pass  # refused in the middle
        got = b""
        try:
            while piece := line.recv(65_536):
                got += piece
                if b"\r\n\r\n" in got:
                    break
        except ConnectionResetError:
            pass
    return got.decode()


@pytest.mark.parametrize(
    ("head", "more", "status"),
    [
        # Declared too large: refused before a byte of it.
        ("POST /v1/ask HTTP/1.1\r\nContent-Length: 65537\r\n", b"", 413),
        ("POST /mcp HTTP/1.1\r\nContent-Length: 262145\r\n", b"", 413),
        ("POST /webhooks/github HTTP/1.1\r\nContent-Length: 26214401\r\n", b"", 413),
        ("POST /nowhere HTTP/1.1\r\nContent-Length: 65537\r\n", b"", 413),
        # Not declared, and too large.
        ("POST /v1/ask HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", b"400\r\n" + b"x" * 1024 + b"\r\n", 413),
        # By another name.
        ("GET /v1/status HTTP/1.1\r\nHost: evil.example\r\n", b"", 421),
        ("GET / HTTP/1.1\r\nHost: evil.example\r\n", b"", 421),
        # A probe names the machine as it likes; who sends a key, or signs, is no page of elsewhere.
        ("GET /healthz HTTP/1.1\r\nHost: 10.1.2.3:8080\r\n", b"", 200),
        ("GET /readyz HTTP/1.1\r\nHost: gateway:8080\r\n", b"", 200),
        ("GET /v1/status HTTP/1.1\r\nHost: gateway:8080\r\nAuthorization: Bearer dk_x\r\n", b"", 401),
        ("POST /webhooks/github HTTP/1.1\r\nHost: hooks.example:8080\r\nContent-Length: 0\r\n", b"", 404),
        # What is no HTTP.
        ("GET /v1/status HTTP/1.1\r\nContent-Length: -1\r\n", b"", 400),
        ("NONSENSE\r\n", b"", 400),
        ("BREW /v1/ask HTTP/1.1\r\n", b"", 400),
        # A method that is one, elsewhere.
        ("PROPFIND /v1/ask HTTP/1.1\r\n", b"", 405),
    ],
)
def test_bounds(gateway: Gateway, head: str, more: bytes, status: int) -> None:
    if "Host:" not in head:
        head += "Host: localhost\r\n"
    answer = talk(gateway, f"{head}\r\n".encode(), more=more)
    assert answer.startswith(f"HTTP/1.1 {status} "), answer


@pytest.mark.parametrize("path", ["/v1/status", "/nowhere", "/v1/openapi.json", "/healthz", "/v1/search"])
async def test_every_answer_has_the_headers_of_safety(anybody: httpx.AsyncClient, path: str) -> None:
    response = await anybody.get(path)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-store"
    assert "server" not in response.headers
    assert len(response.headers["x-request-id"]) == 32


async def test_a_request_keeps_the_id_that_it_came_with(anybody: httpx.AsyncClient) -> None:
    given = await anybody.get("/healthz", headers={"X-Request-Id": "trace-0123456789"})
    assert given.headers["x-request-id"] == "trace-0123456789"
    # One that would write its own lines into the log is none.
    for hostile in ("short", "x" * 65, 'a" injected="b', "tab\tand more"):
        answer = await anybody.get("/healthz", headers={"X-Request-Id": hostile})
        assert answer.headers["x-request-id"] != hostile


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("PUT", "/v1/ask", 405, "method_not_allowed"),
        ("GET", "/v1/ask", 405, "method_not_allowed"),
        ("GET", "/mcp", 405, "method_not_allowed"),
        ("GET", "/v1/search", 422, "invalid_request"),
        ("GET", "/v1/search?q=", 422, "invalid_request"),
        ("GET", "/v1/search?q=%00", 422, "question_invalid"),
        ("GET", "/v1/search?q=x&limit=0", 422, "invalid_request"),
        ("GET", "/v1/search?q=x&limit=21", 422, "invalid_request"),
        ("GET", "/v1/answers/1", 422, "invalid_request"),
        ("GET", "/v1/answers/..%2f..%2fetc%2fpasswd", 404, "not_found"),
        ("GET", "/v1/ask/", 404, "not_found"),
    ],
)
async def test_what_is_refused_says_why(
    anybody: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await anybody.request(method, path)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert set(response.json()) == {"error"}
    assert response.json()["error"]["message"]


async def test_the_log_holds_no_question_no_key_and_no_id(
    gateway: Gateway, asker: httpx.AsyncClient, model: FakeOpenAI
) -> None:
    told = (await asker.post("/v1/ask", json={"question": SECRET_WORDS})).json()
    await asker.get("/v1/search", params={"q": SECRET_WORDS})
    await asker.get(f"/v1/answers/{told['id']}")
    await asker.post("/v1/ask", json={"question": SECRET_WORDS, "wrong": 1})
    await asker.get("/v1/status", headers={"X-Request-Id": "the-last-request"})
    await until(lambda: "the-last-request" in gateway.log.read_text())
    log = gateway.log.read_text()
    assert "POST /v1/ask 200" in log
    assert "GET /v1/answers/{answer} 200" in log
    for secret in (SECRET_WORDS, "dismiss", told["id"], told["conversation"], gateway.ask_key, "sk-of-the"):
        assert secret not in log


async def test_pages_of_the_list_may_call_and_others_may_not(gateway: Gateway) -> None:
    listed, other = "https://docs.example.org", "https://evil.example"
    with gateway.beside({"DOCSBOT_CORS": listed}) as beside:
        async with beside.client() as client:
            allowed = await preflight(client, listed)
            assert allowed.status_code == 200
            assert allowed.headers["access-control-allow-origin"] == listed
            assert "access-control-allow-credentials" not in allowed.headers
            assert "access-control-allow-origin" not in (await preflight(client, other)).headers
            answer = await client.get("/v1/status", headers={"Origin": listed})
            assert answer.headers["access-control-allow-origin"] == listed
            # MCP is not to be reached by pages at all but those.
            body = json.dumps({})
            for origin, status in ((other, 403), ("null", 403), (listed, 400)):
                headers = {"Origin": origin, "Content-Type": "application/json"}
                assert (await client.post("/mcp", content=body, headers=headers)).status_code == status
    # Without the list, no page of elsewhere is told yes.
    async with gateway.client() as client:
        assert "access-control-allow-origin" not in (await preflight(client, other)).headers


async def preflight(client: httpx.AsyncClient, origin: str) -> httpx.Response:
    """What a browser asks before a page may send."""
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    asked["Access-Control-Request-Headers"] = "authorization, content-type"
    return await client.options("/v1/ask", headers=asked)


class Line:
    """One request, as a server hands it to an application."""

    def __init__(self, *messages: Message, path: str = "/v1/ask") -> None:
        self.messages = list(messages)
        self.sent: list[Message] = []
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "headers": [(b"host", b"localhost")],
            "query_string": b"",
        }

    async def receive(self) -> Message:
        if not self.messages:
            await asyncio.sleep(60)
        return self.messages.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


async def pass_through(line: Line, app: ASGIApp) -> None:
    edge = Edge(
        app,
        metrics=Metrics(),
        hosts=Hosts(listens_on="127.0.0.1", public_url=""),
        bounds=Bounds(largest={"/v1/ask": 10}, slowest=0.05),
    )
    await edge(line.scope, line.receive, line.send)


def piece(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def read_all(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that reads the body and answers with it."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def test_a_body_that_trickles_is_not_waited_for() -> None:
    line = Line(piece(b"12"), piece(b"34"))
    await pass_through(line, read_all)
    assert line.status == 408
    assert json.loads(line.body)["error"]["code"] == "too_slow"


@pytest.mark.parametrize(
    ("pieces", "status"),
    [([b"12345", b"67890"], 200), ([b"12345", b"67890", b"1"], 413), ([b"12345678901"], 413), ([b""], 200)],
)
async def test_a_body_is_counted_as_it_comes(pieces: list[bytes], status: int) -> None:
    messages = [piece(body, more=True) for body in pieces[:-1]] + [piece(pieces[-1], more=False)]
    line = Line(*messages)
    await pass_through(line, read_all)
    assert line.status == status


async def test_after_the_body_the_connection_may_be_silent_for_long() -> None:
    """A client that waits for its answer says nothing meanwhile."""
    line = Line(piece(b"", more=False))

    async def wait(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    await pass_through(line, wait)
    assert line.status == 200


@pytest.mark.parametrize("begun", [False, True])
async def test_what_was_not_foreseen_is_told_to_the_log_alone(
    caplog: pytest.LogCaptureFixture, *, begun: bool
) -> None:
    line = Line(piece(b"", more=False))

    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError("a detail of the inside")

    await pass_through(line, fail)
    assert line.status == (200 if begun else 500)
    assert b"detail" not in line.body
    assert "a detail of the inside" in caplog.text
