"""Which crawl a piece of work belongs to: what is logged and traced on the way says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("docsbot_crawl", default="")


def current_crawl() -> str:
    """The id of the crawl that the calling task works on; empty outside of any."""
    return _current.get()


@contextmanager
def of_crawl(crawl: str) -> Iterator[None]:
    """Everything within the block, tasks and threads that it starts too, belongs to the crawl of that id."""
    token = _current.set(crawl)
    try:
        yield
    finally:
        _current.reset(token)
