"""Whether the gateway lives, and whether what it needs answers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from bot.core.errors import DocsbotError

logger = logging.getLogger(__name__)

PATIENCE = 3.0
"""Seconds that a part may take to answer."""
FRESH = 2.0
"""Seconds for which a finding is told again: whoever asks often is not to load what he asks about."""

Check = Callable[[], Awaitable[str]]
"""How a part is, in a word or two, for anybody to read. Raises DocsbotError or OSError where it is not."""


class PartBody(BaseModel):
    ok: bool
    state: str


class ReadyBody(BaseModel):
    ready: bool
    parts: dict[str, PartBody]


class AliveBody(BaseModel):
    status: Literal["alive"] = "alive"


@dataclass(slots=True)
class Readiness:
    """Asks each part, all at once, within a bounded time."""

    checks: Mapping[str, Check]
    patience: float = PATIENCE
    _found: ReadyBody | None = None
    _at: float = float("-inf")
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> ReadyBody:
        async with self._asking:
            if self._found is None or time.monotonic() - self._at > FRESH:
                found = await asyncio.gather(
                    *(_ask(name, check, self.patience) for name, check in self.checks.items())
                )
                parts = dict(zip(self.checks, found, strict=True))
                self._found = ReadyBody(ready=all(part.ok for part in found), parts=parts)
                self._at = time.monotonic()
            return self._found


async def _ask(name: str, check: Check, patience: float) -> PartBody:
    try:
        async with asyncio.timeout(patience):
            return PartBody(ok=True, state=await check())
    except TimeoutError:
        return PartBody(ok=False, state="does not answer in time")
    except DocsbotError as error:
        logger.warning("%s: %s", name, error.detail or error.text)
    except OSError as error:
        logger.warning("%s: %s", name, error.strerror or type(error).__name__)
    return PartBody(ok=False, state="does not answer")


def health_routes(readiness: Readiness) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", operation_id="health")
    async def alive() -> AliveBody:
        """The process serves."""
        return AliveBody()

    @router.get("/readyz", operation_id="ready", responses={503: {"model": ReadyBody}})
    async def ready(response: Response) -> ReadyBody:
        """Everything that is needed answers; 503 where something does not."""
        found = await readiness.look()
        response.status_code = 200 if found.ready else 503
        return found

    return router
