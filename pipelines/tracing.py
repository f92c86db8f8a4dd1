"""Spans of crawls, for whoever has set OpenTelemetry up in this process; without, they cost little."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING

from pipelines.correlation import of_crawl

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

logger = logging.getLogger(__name__)

_HEX = re.compile(r"(?!0+$)[0-9a-f]{32}")


@contextmanager
def crawl_span(
    name: str, crawl: str, attributes: Mapping[str, str | int | float] | None = None
) -> Iterator[Span]:
    """A span in the trace of that crawl, which the spans of all its workers share.

    An error that leaves the block is named by its type: its text may quote a document.
    """
    from opentelemetry import trace

    with trace.get_tracer("docsbot.pipelines").start_as_current_span(
        name,
        context=_trace_of(crawl) if crawl else None,
        attributes={**(attributes or {}), **({"docsbot.crawl": crawl} if crawl else {})},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(trace.StatusCode.ERROR)
            raise


@contextmanager
def begun_crawl(source: str) -> Iterator[None]:
    """A crawl from its beginning to its end, within this process: logged and traced under a new id."""
    crawl = uuid.uuid4().hex
    with of_crawl(crawl), crawl_span("crawl", crawl, {"docsbot.source": source}):
        logger.info("a crawl of %s begins", source)
        yield
        logger.info("a crawl of %s is over", source)


def _trace_of(crawl: str) -> Context:
    """The trace whose number is the crawl's own, as if a span of another process had begun it."""
    from opentelemetry import trace

    name = crawl.lower()
    digest = blake2b(name.encode(), digest_size=24).digest()
    number = int(name, 16) if _HEX.fullmatch(name) else int.from_bytes(digest[:16])
    begun = trace.SpanContext(
        trace_id=number,
        span_id=int.from_bytes(digest[16:]),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(begun))
