"""Whether the Hatchet engine can be reached, without its client library, which takes seconds to load."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode

from bot.core.errors import IndexUnusable

SECONDS = 2.0
"""For a connection."""


async def reach_engine(token: str, override: str = "") -> str:
    """Connects to the engine's port and hangs up; "answers".

    `override` is an address that goes before the one in the token. Raises IndexUnusable where there is no
    address, OSError where nobody listens there, TimeoutError.
    """
    host, port = engine_address(token, override)
    async with asyncio.timeout(SECONDS):
        _, writer = await asyncio.open_connection(host, port)
    writer.close()
    return "answers"


def engine_address(token: str, override: str = "") -> tuple[str, int]:
    """Host and port that the token names (it is a JWT of the engine's). Raises IndexUnusable."""
    address = override or _claimed(token)
    host, _, port = address.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal() and 0 < int(port) < 65_536):
        raise IndexUnusable("HATCHET_CLIENT_TOKEN names no engine: copy it again.")
    return host.strip("[]"), int(port)


def _claimed(token: str) -> str:
    body = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return ""
    address = claims.get("grpc_broadcast_address") if isinstance(claims, dict) else None
    return address if isinstance(address, str) else ""
