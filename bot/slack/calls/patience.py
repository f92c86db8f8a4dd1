"""Waits out Slack's rate limits, as long as Slack says and no longer than it is worth."""

from __future__ import annotations

import asyncio
import random

from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

LONGEST = 180.0
"""Seconds that one call waits in all: three windows of Slack's limits, which are by the minute."""
_WAITED = "seconds waited"


class RateLimitPatience(AsyncRetryHandler):
    """Tries again after each 429. The SDK's own handler waits for the first digit of Retry-After alone."""

    def __init__(self, *, longest: float = LONGEST) -> None:
        super().__init__(max_retry_count=100)
        self._longest = longest

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or response.status_code != 429:
            return False
        return _waited(state) + read_seconds(response) <= self._longest

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        # Not all at the same moment: most of them would be refused again.
        seconds = (read_seconds(response) if response else 1.0) + random.random()  # noqa: S311, no secret
        state.custom_values = {_WAITED: _waited(state) + seconds}
        state.next_attempt_requested = True
        await asyncio.sleep(seconds)
        state.increment_current_attempt()


def read_seconds(response: HttpResponse) -> float:
    """What Retry-After says; 1 where it says nothing."""
    for name, value in response.headers.items():
        if name.lower() == "retry-after":
            said = str(value if isinstance(value, str) else next(iter(value), ""))
            return float(said) if said.isdecimal() else 1.0
    return 1.0


def _waited(state: RetryState) -> float:
    return float((state.custom_values or {}).get(_WAITED, 0.0))
