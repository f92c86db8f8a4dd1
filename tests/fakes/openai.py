"""A server on 127.0.0.1 that speaks OpenAI's wire and does what a test tells it, failures included.

    with FakeOpenAI("Use `retries` [1].", Reply(status=429)) as server:
        ... OPENAI_BASE_URL=server.url ...
        server.requests[0].prompt

Each call of /chat/completions takes the next script; the last one serves all further calls. A script is a
text, a `Reply`, or a function from the `Request` to one of the two; `quote_sources` answers as an honest
model would.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

DIMENSIONS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client sent."""

    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, object]

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Role and text of each message."""
        sent = self.body.get("messages")
        rows = [row for row in sent if isinstance(row, dict)] if isinstance(sent, list) else []
        return [(str(row.get("role")), str(row.get("content"))) for row in rows]

    @property
    def prompt(self) -> str:
        """The last message."""
        return self.messages[-1][1] if self.messages else ""

    @property
    def sources(self) -> list[str]:
        """The numbered sources of the prompt, in order, each without its delimiters and its first line."""
        found = re.findall(r"<<<source \d+ (\w+)>>>\n.*?\n\n(.*?)\n<<<end \1>>>", self.prompt, re.DOTALL)
        return [text for _, text in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One scripted answer."""

    text: str = ""
    rate: float = 0.0
    """Tokens a second; 0 sends them as fast as the line takes them."""
    delay: float = 0.0
    """Seconds before anything is sent."""
    finish: str | None = "stop"
    """The finish reason; None ends the stream politely without one."""
    cut_after: int | None = None
    """Tokens after which the connection is torn down."""
    stall_after: int | None = None
    """Tokens after which nothing more comes, until the client gives up."""
    garbage_after: int | None = None
    """Tokens after which a line comes that is no JSON."""
    error_after: int | None = None
    """Tokens after which an error comes inside the stream, as OpenAI sends it."""
    status: int = 200
    error: str = "scripted error"
    """Message of a status that is not 200."""
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    """Sent with status 200 in place of a completion: the page of a proxy, say."""


Script = str | Reply | Callable[[Request], "str | Reply"]


def quote_sources(request: Request) -> str:
    """The first sentence of every source, marked; the fixed refusal where there is none."""
    firsts = [re.split(r"(?<=[.!?])\s|\n\n", text.strip())[0] for text in request.sources]
    lines = [f"{first} [{number}]" for number, first in enumerate(firsts, start=1) if first]
    return "\n\n".join(lines) or "NO_ANSWER: There is nothing to quote."


def embed(text: str) -> list[float]:
    """A vector of length 1 that depends on the text's words only: texts that share words are close."""
    vector = [0.0] * DIMENSIONS
    for word in re.findall(r"\w+", text.lower()) or [text]:
        digest = hashlib.sha256(word.encode()).digest()
        vector[digest[0] % DIMENSIONS] += 1 if digest[1] % 2 else -1
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]


class FakeOpenAI:
    """The server, as a context manager. `url` is the base address, `/v1` included."""

    def __init__(self, *scripts: Script, key: str = "", model: str = "fake-model") -> None:
        """With a `key`, any other is refused with 401."""
        self.requests: list[Request] = []
        """Everything that was asked, in order of arrival."""
        self.disconnects = 0
        """Streams that the client left before their end."""
        self.key = key
        self.model = model
        self.stopped = threading.Event()
        self._scripts = list(scripts) or [quote_sources]
        self._lock = threading.Condition()
        self._calls = 0
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def then(self, *scripts: Script) -> None:
        """From now on these, the first for the next call."""
        with self._lock:
            self._scripts, self._calls = list(scripts), 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def completions(self) -> list[Request]:
        """The requests for completions only."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    def wait_disconnects(self, count: int = 1, *, seconds: float = 5.0) -> bool:
        """Waits until so many clients have left their streams; False when they have not in time."""
        with self._lock:
            return self._lock.wait_for(lambda: self.disconnects >= count, timeout=seconds)

    def note_disconnect(self) -> None:
        with self._lock:
            self.disconnects += 1
            self._lock.notify_all()

    def answer(self, request: Request) -> Reply:
        with self._lock:
            script = self._scripts[min(self._calls, len(self._scripts) - 1)]
            self._calls += 1
        reply = script if isinstance(script, str | Reply) else script(request)
        return Reply(text=reply) if isinstance(reply, str) else reply

    def __enter__(self) -> FakeOpenAI:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close then waits for them: no test leaves a socket behind
    request_queue_size = 128

    def __init__(self, fake: FakeOpenAI) -> None:
        self.fake = fake
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: object, client_address: object) -> None:
        if isinstance(request, socket.socket):
            self._open.add(request)
            try:
                _Handler(request, client_address, self)
            except (ConnectionError, TimeoutError):
                pass  # the client has left
            finally:
                self._open.discard(request)

    def hang_up(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # closed already


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Says nothing."""

    def do_GET(self) -> None:
        models = [{"id": self.server.fake.model, "object": "model", "created": 0, "owned_by": "tests"}]
        if self._admit({}):
            self._send_json(200, {"object": "list", "data": models})

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        request = self._admit(sent if isinstance(sent, dict) else {})
        if request is None:
            return
        if self.path.endswith("/embeddings"):
            self._send_json(200, _embeddings(request))
        elif self.path.endswith("/chat/completions"):
            self._complete(request, self.server.fake.answer(request))
        else:
            self._send_error(Reply(status=404, error=f"no such address: {self.path}"))

    def _admit(self, body: Mapping[str, object]) -> Request | None:
        fake = self.server.fake
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(path=self.path, headers=headers, body=body)
        fake.requests.append(request)
        if fake.key and headers.get("authorization") != f"Bearer {fake.key}":
            given = headers.get("authorization", "").removeprefix("Bearer ")
            self._send_error(
                Reply(status=401, error=f"Incorrect API key provided: {given}", code="invalid_api_key")
            )
            return None
        return request

    def _complete(self, request: Request, reply: Reply) -> None:
        if not self._wait(reply.delay):
            return
        if reply.status != 200:
            self._send_error(reply)
        elif reply.body is not None:
            self._send(200, reply.body.encode(), "text/html")
        elif request.body.get("stream"):
            self._stream(request, reply)
        else:
            choice = {"index": 0, "message": {"role": "assistant", "content": reply.text}}
            frame = _frame(request, "chat.completion", {**choice, "finish_reason": reply.finish})
            self._send_json(200, frame | {"usage": _usage(request, reply)})

    def _stream(self, request: Request, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            if self._send_events(request, reply):
                self.wfile.write(b"0\r\n\r\n")
            else:
                self.close_connection = True
        except ConnectionError:
            self.close_connection = True
            self.server.fake.note_disconnect()

    def _send_events(self, request: Request, reply: Reply) -> bool:
        """False when the stream ended in the middle, by script or by the client."""
        self._event(_delta(request, {"role": "assistant", "content": ""}))
        pause = 1 / reply.rate if reply.rate else 0.0
        tokens = [*re.findall(r"\s*\S+|\s+$", reply.text), None]
        for count, token in enumerate(tokens):
            if count == reply.cut_after:
                return False
            if count == reply.stall_after:
                return self._wait(math.inf)
            if count == reply.garbage_after:
                self._chunk(b'data: {"choices": [{"delta"\n\n')
            if count == reply.error_after:
                self._event({"error": {"message": reply.error, "type": "server_error", "code": reply.code}})
            if token is None or not self._wait(pause):
                break
            self._event(_delta(request, {"content": token}))
        if token is None and reply.finish is not None:
            self._event(_delta(request, {}, reply.finish))
            self._chunk(b"data: [DONE]\n\n")
        return token is None

    def _wait(self, seconds: float) -> bool:
        """Waits and watches the line; False when the client has left, or the server stops."""
        until = time.monotonic() + seconds
        waiter = select.poll()  # select() itself takes no descriptor past 1,023
        waiter.register(self.connection, select.POLLIN)
        while True:
            left = until - time.monotonic()
            if self.server.fake.stopped.is_set():
                return False
            ready = waiter.poll(max(0.0, min(left, 0.05)) * 1_000)
            if ready and not self.connection.recv(1, socket.MSG_PEEK):
                self.close_connection = True
                self.server.fake.note_disconnect()
                return False
            if left <= 0:
                return True

    def _event(self, data: Mapping[str, object]) -> None:
        self._chunk(b"data: " + json.dumps(data).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _send_error(self, reply: Reply) -> None:
        error = {"message": reply.error, "type": "scripted", "param": None, "code": reply.code}
        self._send_json(reply.status, {"error": error}, reply.headers)

    def _send_json(
        self, status: int, data: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> None:
        self._send(status, json.dumps(data).encode(), "application/json", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _frame(request: Request, kind: str, choice: Mapping[str, object]) -> dict[str, object]:
    return {
        "id": "chatcmpl-0",
        "object": kind,
        "created": 0,
        "model": request.body.get("model"),
        "choices": [choice],
    }


def _delta(request: Request, delta: Mapping[str, object], finish: str | None = None) -> dict[str, object]:
    return _frame(request, "chat.completion.chunk", {"index": 0, "delta": delta, "finish_reason": finish})


def _usage(request: Request, reply: Reply) -> dict[str, int]:
    asked, said = sum(len(text.split()) for _, text in request.messages), len(reply.text.split())
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _embeddings(request: Request) -> dict[str, object]:
    encode = request.body.get("encoding_format") == "base64"
    rows = [
        {"object": "embedding", "index": index, "embedding": _pack(vector) if encode else vector}
        for index, vector in enumerate(map(embed, _inputs(request)))
    ]
    usage = {"prompt_tokens": len(rows), "total_tokens": len(rows)}
    return {"object": "list", "data": rows, "model": request.body.get("model"), "usage": usage}


def _inputs(request: Request) -> Iterator[str]:
    sent = request.body.get("input")
    for item in sent if isinstance(sent, list) else [sent]:
        yield item if isinstance(item, str) else json.dumps(item)  # a list of token numbers


def _pack(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
