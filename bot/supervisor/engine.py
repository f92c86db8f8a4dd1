"""The embedded engine as a child: what it needs to start, and what it says when it is ready."""

from __future__ import annotations

import asyncio
import http.client
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """How to reach an engine that is ready."""

    token: str
    tenant: str
    grpc_address: str
    """host:port"""
    api_url: str

    def __repr__(self) -> str:
        return f"Handshake({self.grpc_address})"

    @property
    def environ(self) -> Mapping[str, str]:
        """What a client of it finds in its environment."""
        return {
            "HATCHET_CLIENT_TOKEN": self.token,
            "HATCHET_CLIENT_HOST_PORT": self.grpc_address,
            "HATCHET_CLIENT_SERVER_URL": self.api_url,
            "HATCHET_CLIENT_TLS_STRATEGY": "none",
        }

    async def knows(self, workflow: str) -> bool:
        """Whether a worker has made a workflow of that name known, now or earlier: the engine drops an event
        that no workflow waits for. False also where it does not answer."""
        return await asyncio.to_thread(self._knows, workflow)

    def _knows(self, workflow: str) -> bool:
        place = urlsplit(self.api_url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=_SECONDS)
        try:
            connection.request(
                "GET",
                f"/api/v1/tenants/{quote(self.tenant)}/workflows?name={quote(workflow)}",
                headers={"Authorization": f"Bearer {self.token}"},
            )
            answer = json.loads(connection.getresponse().read(1_000_000))
            return any(row.get("name") == workflow for row in answer.get("rows") or ())
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            return False
        finally:
            connection.close()


def read_handshake(file: Path) -> Handshake | None:
    """What the engine wrote, which is then removed: it holds a token. None where there is nothing yet."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        file.unlink()
        return Handshake(
            token=str(values["token"]),
            tenant=str(values["tenant_id"]),
            grpc_address=str(values["grpc_address"]),
            api_url=str(values["api_url"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def engine_environ(*, grpc_port: int, api_port: int) -> dict[str, str]:
    """What the engine finds in its environment: its ports, no known password, no word to its makers."""
    return {
        "HATCHET_CLIENT_EMBEDDED_GRPC_PORT": str(grpc_port),
        "HATCHET_CLIENT_EMBEDDED_API_PORT": str(api_port),
        "HATCHET_CLIENT_EMBEDDED_LOG_LEVEL": "error",
        # The first start makes a login of this password; the engine's own default is known to everybody.
        "ADMIN_PASSWORD": f"Aa1{secrets.token_hex(16)}",
        "SERVER_SECURITY_CHECK_ENABLED": "false",
        "SERVER_ANALYTICS_POSTHOG_ENABLED": "false",
    }
