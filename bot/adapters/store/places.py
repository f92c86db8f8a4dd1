"""Where the state is: a file's name or a database's address, read without ever showing a password."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.core.errors import StateUnusable

_SQLITE = {"sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"}
_POSTGRES = {"postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2", "postgresql+asyncpg"}
_ADDRESS = (
    "DATABASE_URL is not the address of a database. Example: postgresql://docsbot:password@db:5432/docsbot"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A database that can be opened."""

    kind: Literal["sqlite", "postgres"]
    url: URL
    """With the driver that is installed; a repr of it masks the password."""
    shown: str
    """For messages: no user, no password, no parameters."""

    @property
    def file(self) -> Path:
        """Of SQLite."""
        return Path(self.url.database or "")


def read_place(place: str | Path) -> Place:
    """The place of that file name or address. Raises StateUnusable."""
    if isinstance(place, Path) or "://" not in place:
        return _file(Path(place))
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        # Their texts quote parts of the address, and a password with an unescaped @ or : is among them.
        raise StateUnusable(_ADDRESS) from None
    if url.drivername in _SQLITE:
        if url.database in {None, "", ":memory:"}:
            raise StateUnusable("DATABASE_URL names no file. Example: sqlite:////var/lib/docsbot/state.db")
        return _file(Path(url.database or ""))
    if url.drivername in _POSTGRES:
        host = url.host or "the local socket"
        port = f":{url.port}" if url.port else ""
        shown = f"Postgres at {host}{port}, database {url.database or 'by default'}"
        return Place("postgres", url.set(drivername="postgresql+psycopg"), shown)
    raise StateUnusable(
        "DATABASE_URL is neither SQLite nor Postgres. Example: postgresql://docsbot@db/docsbot"
    )


def _file(path: Path) -> Place:
    # Absolute: the address must mean the same file when the process changes its folder.
    whole = path.expanduser().absolute()
    return Place("sqlite", URL.create("sqlite+aiosqlite", database=str(whole)), str(whole))
