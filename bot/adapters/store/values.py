"""Values as both databases hold them: text that Postgres takes, lists of words, sources, moments."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from bot.core.models import Citation

_NUL = "\0"
_HALVES = re.compile("[\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def storable(text: str) -> str:
    """The text without NUL, which Postgres refuses, and with U+FFFD for half a surrogate pair."""
    return _HALVES.sub("\ufffd", text.replace(_NUL, ""))


class Words(TypeDecorator[str]):
    """Text of any length."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class WordList(TypeDecorator[tuple[str, ...]]):
    """A tuple of texts, as a JSON array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        return json.dumps([storable(word) for word in value or ()], ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple(str(word) for word in json.loads(value or "[]"))


class Citations(TypeDecorator[tuple[Citation, ...]]):
    """The sources of an answer, as a JSON array of objects."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Citation, ...] | None, dialect: Dialect) -> str:
        return storable(json.dumps([asdict(item) for item in value or ()], ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Citation, ...]:
        return tuple(Citation(**item) for item in json.loads(value or "[]"))


class Now(FunctionElement[int]):
    """The database's own time in milliseconds since 1970: one for all its clients, whatever their clocks.

    A file's time is its host's. It stands still during a statement, so an index can be searched by it.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(Now, "sqlite")
def _sqlite_now(element: Now, compiler: SQLCompiler, **options: object) -> str:
    return "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"


@compiles(Now, "postgresql")
def _postgres_now(element: Now, compiler: SQLCompiler, **options: object) -> str:
    return "CAST(extract(epoch FROM statement_timestamp()) * 1000 AS BIGINT)"


def milliseconds(span: timedelta) -> int:
    return span // _MILLISECOND


def stamp(moment: datetime) -> int:
    """Milliseconds since 1970. `moment` knows its time zone."""
    return milliseconds(moment - _EPOCH)


def moment(stamped: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + stamped * _MILLISECOND


def fold(question: str) -> str:
    """The same 64 characters for questions that differ by case and blanks only.

    An index takes no text of 40,000 characters.
    """
    return hashlib.sha256(" ".join(storable(question).casefold().split()).encode()).hexdigest()
