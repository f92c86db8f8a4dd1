"""OpenTelemetry: traces go by OTLP over HTTP to a collector, which may be away without anybody's noticing."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

EXPORT_SECONDS = 5.0
"""For one batch, with all its tries."""
FLUSH_SECONDS = 2.0
"""That the end of the process waits for what was not sent yet."""
_DELAY = 1_000  # milliseconds between two batches


@contextmanager
def open_tracing(endpoint: str) -> Iterator[Tracer | None]:
    """The process's tracer; None without an endpoint. Spans of the pipelines go the same way.

    Once a process: the library allows no second one. Batches are sent by a thread of its own, and dropped
    where the collector does not take them.
    """
    if not endpoint:
        yield None
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = os.environ.get("OTEL_SERVICE_NAME", "docsbot")  # OpenTelemetry's own, as its headers are
    resource = Resource.create({"service.name": name, "service.version": version("docsbot")})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_DELAY))
    trace.set_tracer_provider(provider)
    try:
        yield provider.get_tracer("docsbot")
    finally:
        # Sends what is left. The library's own waiting is longer than an orchestrator's patience.
        ending = threading.Thread(target=provider.shutdown, name="traces", daemon=True)
        ending.start()
        ending.join(FLUSH_SECONDS)
