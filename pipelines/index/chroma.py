"""The connection to Chroma: a folder of this machine, or a server; every failure in the index's own words."""

from __future__ import annotations

import errno
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import IndexProblem, IndexUnavailable, IndexUnwritable

if TYPE_CHECKING:
    import httpx
    from chromadb.api import ClientAPI

_TIMEOUT = 60.0  # seconds: a large file's chunks in one call to a busy server
_PASSING = frozenset({429, 502, 503, 504})
_SEGMENT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # how Chroma names its folders
_FULL = ("disk is full", "no space left", "disk full")
_CLOSED = ("readonly", "read-only", "permission denied", "unable to open")
_UNFIT = frozenset({errno.EEXIST, errno.ENOTDIR, errno.EACCES, errno.EROFS, errno.EPERM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the collection lives: a server when `host` is named, else `folder`."""

    folder: Path
    host: str = ""
    port: int = 8000
    ssl: bool = False
    patience: float = 5.0
    """Seconds to wait for a server's connection and greeting."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if self.host else str(self.folder)


def connect(place: Place) -> ClientAPI:
    """A client of the collection's place. Raises IndexProblem."""
    import chromadb
    from chromadb.config import Settings
    from chromadb.errors import ChromaError

    settings = Settings(anonymized_telemetry=False)
    with translated(place):
        if not place.host:
            place.folder.mkdir(parents=True, exist_ok=True)
            try:
                return chromadb.PersistentClient(str(place.folder), settings=settings)
            except ChromaError:
                _forget(place.folder)
                raise
        _greet(place)
        client = chromadb.HttpClient(place.host, place.port, ssl=place.ssl, settings=settings)
    _bound(client, place)
    return client


def _forget(folder: Path) -> None:
    """Chroma keeps what failed to start, and would give it to the next client of the folder."""
    from chromadb.api.shared_system_client import SharedSystemClient

    if not SharedSystemClient._identifier_to_refcount.get(str(folder)):
        SharedSystemClient._identifier_to_system.pop(str(folder), None)


def clear(folder: Path) -> None:
    """Deletes Chroma's files from a folder, for a database that Chroma itself cannot open any more."""
    for file in folder.glob("chroma.sqlite3*"):
        file.unlink()
    for inside in folder.iterdir():
        if inside.is_dir() and _SEGMENT.fullmatch(inside.name):
            shutil.rmtree(inside)


def _greet(place: Place) -> None:
    """Asks the server whether it is there: Chroma's client would wait for a silent one for ever."""
    import httpx

    address = f"{'https' if place.ssl else 'http'}://{place.host}:{place.port}/api/v2/heartbeat"
    answer = httpx.get(address, timeout=place.patience)
    answer.raise_for_status()
    beat = answer.json()
    if not isinstance(beat, dict) or "nanosecond heartbeat" not in beat:
        raise httpx.DecodingError("no heartbeat of Chroma's", request=answer.request)


def disconnect(client: ClientAPI) -> None:
    """Lets go of what a client holds; one that shares a folder with another leaves it open."""
    from chromadb.api.client import Client

    sessions = list(_sessions(client))
    if isinstance(client, Client):
        client.close()
    for session in sessions:
        session.close()


def _bound(client: ClientAPI, place: Place) -> None:
    """Gives every call a time limit; Chroma's own client has none and no setting for one."""
    import httpx

    for session in _sessions(client):
        session.timeout = httpx.Timeout(_TIMEOUT, connect=place.patience)
        session.event_hooks = {"response": [_refuse]}


def _sessions(client: ClientAPI) -> Iterator[httpx.Client]:
    """What a client of a server sends its requests with; none for a folder's."""
    from chromadb.api.fastapi import FastAPI

    for holder in (getattr(client, "_server", None), getattr(client, "_admin_client", None)):
        server = getattr(holder, "_server", holder)
        if isinstance(server, FastAPI):
            yield server._session


def _refuse(response: httpx.Response) -> None:
    """Raises what a proxy says in the server's place; Chroma's client makes a bare Exception of it."""
    if response.status_code in _PASSING:
        response.raise_for_status()


def is_outlived(problem: IndexProblem) -> bool:
    """Whether a call failed because this process's view of the collections is older than they are."""
    from chromadb.errors import InternalError, NotFoundError

    return isinstance(problem.__cause__, (InternalError, NotFoundError))


@contextmanager
def translated(place: Place) -> Iterator[None]:
    """Turns what Chroma and the system raise into IndexProblem, worded for the operator."""
    import httpx
    from chromadb.errors import ChromaError

    try:
        yield
    except (httpx.HTTPError, json.JSONDecodeError) as error:
        raise _unavailable(place) from error
    except (ChromaError, sqlite3.Error, OSError) as error:
        raise _problem(place, error) from error
    except ValueError as error:
        # chromadb.HttpClient raises a bare ValueError when the server cannot be reached.
        if place.host and "connect" in str(error).lower():
            raise _unavailable(place) from error
        raise


def _problem(place: Place, error: Exception) -> IndexProblem:
    if place.host and isinstance(error, OSError):
        return _unavailable(place)
    text = str(error).lower()
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOSPC or any(sign in text for sign in _FULL):
        return IndexUnwritable(f"The disk of {place} is full. Free some space and run the command again.")
    if number in _UNFIT or any(sign in text for sign in _CLOSED):
        return IndexUnwritable(
            f"The index folder {place} cannot be written. Set DOCSBOT_DATA (or --data) to a folder that can."
        )
    return IndexProblem(
        f"The index in {place} cannot be used: {str(error)[:200]}. "
        "`docsbot index --rebuild` makes it anew from the documentation."
    )


def _unavailable(place: Place) -> IndexUnavailable:
    return IndexUnavailable(
        f"No Chroma server answers at {place}. Check CHROMA_HOST and CHROMA_PORT, and that it runs."
    )
