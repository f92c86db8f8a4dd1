"""Which question a piece of work belongs to: what is logged and traced on the way to its answer says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import blake2b

from bot.core.state import MessageKey


@dataclass(frozen=True, slots=True)
class Correlation:
    id: str = ""
    """Empty outside of any question."""
    platform: str = ""
    """Where it was asked."""


_NONE = Correlation()
_current: ContextVar[Correlation] = ContextVar("docsbot_question", default=_NONE)


def current() -> Correlation:
    """What the calling task works on; tasks and threads that it starts inherit it."""
    return _current.get()


@contextmanager
def correlated(id: str, *, platform: str = "") -> Iterator[None]:  # noqa: A002 - what it is
    """Everything within the block belongs to the question of that id."""
    token = _current.set(Correlation(id, platform))
    try:
        yield
    finally:
        _current.reset(token)


def question_id(key: MessageKey) -> str:
    """16 hex digits: the same for a message in every process that has to do with its answer."""
    name = "\0".join((key.platform, key.team, key.channel, key.message))
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
