"""What a thread shows while an answer is under way: a status, and the session that Slack's Stop ends."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from slack_sdk.errors import SlackApiError

from bot.conversation.models import ReplyGone
from bot.slack.calls.reach import UNREACHED, attempt
from bot.slack.calls.refusals import GONE, read_code, read_retry_after
from bot.slack.writing.means import Means
from bot.slack.writing.place import Place

logger = logging.getLogger(__name__)

SEARCHING = "is searching the documentation…"
LOADING = ("Looking through the pages…", "Reading what was found…")
SOON = 10.0
"""Seconds of a Retry-After up to which a status that was refused is shown later."""


class Signs:
    """Of one answer. `show` and `settle` raise ReplyGone where the place is gone."""

    def __init__(self, means: Means, place: Place) -> None:
        self._client = means.clients.hasty
        self._budget = means.budget
        self._place = place
        self._shown = False
        self._session = False
        self._later: asyncio.Task[None] | None = None

    async def show(self) -> None:
        """Both at once: the status must be there within a second."""
        self._session = self._budget.may_begin_session(self._place.team)
        await asyncio.gather(self._show_status(), self._move("processing"))

    def replied(self) -> None:
        """Something was posted: Slack takes the status away by itself."""
        self._shown = False
        self._forget()

    async def settle(self) -> None:
        """Nothing is under way any more."""
        self._forget()
        await asyncio.gather(self._move("active"), self._clear())

    async def _show_status(self) -> None:
        """What Slack refuses for its limits is tried again, unless there is more to see by then."""
        if not self._budget.is_open("show", self._place.channel):
            return
        if wait := await self._say(SEARCHING):
            self._budget.close("show", self._place.channel, wait)
            if wait <= SOON:
                self._later = asyncio.create_task(self._show_later(wait))

    async def _show_later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        with suppress(ReplyGone):  # whoever writes there will find that out
            await self._say(SEARCHING)

    async def _clear(self) -> None:
        if self._shown:
            await self._say("")

    async def _say(self, status: str) -> float:
        """Seconds after which a status that was refused may be tried again; else 0."""
        self._shown = bool(status)
        place, loading = self._place, list(LOADING) if status else None
        try:
            await self._client.assistant_threads_setStatus(
                channel_id=place.channel, thread_ts=place.thread, status=status, loading_messages=loading
            )
        except SlackApiError as error:
            code, self._shown = read_code(error), False
            if code in GONE:
                raise ReplyGone(code) from error
            logger.info("a status was refused: %s", code)
            return read_retry_after(error) if code == "ratelimited" else 0.0
        except UNREACHED as error:
            logger.info("Slack does not answer: %s", type(error).__name__)
        return 0.0

    async def _move(self, session: str) -> None:
        if self._session:
            place = self._place
            await attempt(
                self._client.agents_sessions_setStatus(
                    channel_id=place.channel, thread_ts=place.thread, status=session
                )
            )

    def _forget(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
