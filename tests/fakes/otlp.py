"""A collector of traces on 127.0.0.1, which reads OTLP's protobuf over HTTP, and may be ill."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

Health = Literal["well", "refusing", "silent", "babbling"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    name: str
    trace: str
    """32 hex digits."""
    id: str
    parent: str
    """Empty for one that begins a trace."""
    failed: bool
    attributes: Mapping[str, object]
    service: str
    raw: bytes
    """All of it, to look for what must not be in it."""


class FakeCollector:
    """Keeps every span that it is sent."""

    def __init__(self, health: Health = "well") -> None:
        self.health = health
        self.spans: list[Span] = []
        self.requests = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def named(self, name: str) -> list[Span]:
        return [span for span in list(self.spans) if span.name == name]

    def take(self, path: str, body: bytes) -> None:
        assert path == "/v1/traces", path
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            about = {pair.key: _value(pair.value) for pair in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.spans.append(
                        Span(
                            name=span.name,
                            trace=span.trace_id.hex(),
                            id=span.span_id.hex(),
                            parent=span.parent_span_id.hex(),
                            failed=span.status.code == 2,
                            attributes={pair.key: _value(pair.value) for pair in span.attributes},
                            service=str(about.get("service.name")),
                            raw=span.SerializeToString(),
                        )
                    )

    def __enter__(self) -> FakeCollector:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.health = "well"
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.requests += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                while collector.health == "silent":
                    time.sleep(0.05)
                if collector.health == "well":
                    collector.take(self.path, body)
                self.send_response({"refusing": 503}.get(collector.health, 200))
                self.end_headers()
                if collector.health == "babbling":
                    self.wfile.write(b"<html>" * 1_000)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Silent."""

        return Handler


def _value(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind else None
