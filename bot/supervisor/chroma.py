"""A Chroma server as a child, on loopback."""

from __future__ import annotations

import asyncio
import http.client
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.supervisor.ports import LOOPBACK

# The server alone; through the package's own command it is the same server with three times the memory.
_RUN = "import sys, chromadb_rust_bindings as chroma; chroma.cli(['chroma', *sys.argv[1:]])"
_SECONDS = 5.0


def chroma_command(folder: Path, port: int) -> tuple[str, ...]:
    """What serves a folder."""
    place = ("--path", str(folder), "--host", LOOPBACK, "--port", str(port))
    return (sys.executable, "-P", "-c", _RUN, "run", *place)


def chroma_environ() -> Mapping[str, str]:
    return {"ANONYMIZED_TELEMETRY": "False"}


async def beats(port: int) -> bool:
    """Whether a Chroma server answers there."""
    return await asyncio.to_thread(_beats, port)


def _beats(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_SECONDS)
    try:
        connection.request("GET", "/api/v2/heartbeat")
        answer = json.loads(connection.getresponse().read(10_000))
        return isinstance(answer, dict) and "nanosecond heartbeat" in answer
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
