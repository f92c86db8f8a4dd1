"""The connection to Chroma: a folder of this machine, or a server; every failure in the index's own words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import IndexProblem, IndexUnavailable, IndexUnwritable

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

_TIMEOUT = 60.0  # seconds: a large file's chunks in one call to a busy server
_CONNECT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the collection lives: a server when `host` is named, else `folder`."""

    folder: Path
    host: str = ""
    port: int = 8000
    ssl: bool = False

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if self.host else str(self.folder)


def connect(place: Place) -> ClientAPI:
    """A client of the collection's place. Raises IndexProblem."""
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    with translated(place):
        if not place.host:
            place.folder.mkdir(parents=True, exist_ok=True)
            return chromadb.PersistentClient(str(place.folder), settings=settings)
        client = chromadb.HttpClient(place.host, place.port, ssl=place.ssl, settings=settings)
    _bound(client)
    return client


def _bound(client: ClientAPI) -> None:
    """Gives every call a time limit; Chroma's own client has none and no setting for one."""
    import httpx
    from chromadb.api.fastapi import FastAPI

    for holder in (getattr(client, "_server", None), getattr(client, "_admin_client", None)):
        server = getattr(holder, "_server", holder)
        if isinstance(server, FastAPI):
            server._session.timeout = httpx.Timeout(_TIMEOUT, connect=_CONNECT)


@contextmanager
def translated(place: Place) -> Iterator[None]:
    """Turns what Chroma and the system raise into IndexProblem, worded for the operator."""
    import httpx
    from chromadb.errors import ChromaError

    try:
        yield
    except httpx.HTTPError as error:
        raise _unavailable(place) from error
    except (ChromaError, sqlite3.Error, OSError) as error:
        raise _problem(place, str(error)) from error
    except ValueError as error:
        # chromadb.HttpClient raises a bare ValueError when the server cannot be reached.
        if place.host and "connect" in str(error).lower():
            raise _unavailable(place) from error
        raise


def _problem(place: Place, text: str) -> IndexProblem:
    lowered = text.lower()
    if place.host:
        return _unavailable(place)
    if any(sign in lowered for sign in ("disk is full", "no space left", "disk full")):
        return IndexUnwritable(f"The disk of {place} is full. Free some space and run the command again.")
    if any(sign in lowered for sign in ("readonly", "read-only", "permission denied", "unable to open")):
        return IndexUnwritable(
            f"The index folder {place} cannot be written. Set DOCSBOT_DATA (or --data) to a folder that can."
        )
    return IndexProblem(
        f"The index in {place} cannot be used: {text[:200]}. "
        "`docsbot index --rebuild` makes it anew from the documentation."
    )


def _unavailable(place: Place) -> IndexUnavailable:
    return IndexUnavailable(
        f"The Chroma server at {place} does not answer. Check CHROMA_HOST and CHROMA_PORT, and that it runs."
    )
