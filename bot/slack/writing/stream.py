"""One message of Slack's that grows while it is written."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.conversation.cadence import Cadence
from bot.conversation.models import ReplyGone
from bot.slack.calls.account import Clients
from bot.slack.calls.refusals import GONE, read_code, read_retry_after
from bot.slack.markup.render import Json
from bot.slack.writing.budget import Budget
from bot.slack.writing.place import Place

logger = logging.getLogger(__name__)

INTERVAL = 0.8
"""Seconds between two pieces of one stream: an append is one call of the workspace's budget."""
LIFE = 240.0
"""Seconds after which a stream goes on in a new message; Slack ends one at about five minutes."""
_ENDED = frozenset({"message_not_in_streaming_state", "stopped_by_user", "message_not_found"})


class StreamRefused(Exception):
    """There can be no stream here and now: the answer goes into finished messages."""

    def __init__(self, reason: str, *, uncertain: bool = False) -> None:
        """`uncertain`: it may have begun nevertheless."""
        super().__init__(reason)
        self.uncertain = uncertain


class Stream:
    """A stream in one message. What could not be sent yet is kept for the next piece, or the end."""

    def __init__(
        self,
        clients: Clients,
        place: Place,
        budget: Budget,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clients = clients
        self._place = place
        self._budget = budget
        self._clock = clock
        self._held = ""
        self._cadence = Cadence(INTERVAL, clock=clock)
        self._started_at = 0.0
        self.ts = ""
        self.over = False
        """Slack has ended it: by the reader's hand, or because it took too long."""
        self.uncertain = False
        """A piece may or may not have arrived: the finished message must be written whole."""

    @property
    def old(self) -> bool:
        return bool(self.ts) and self._clock() - self._started_at > LIFE

    async def start(self, chunks: Sequence[Json], text: str) -> None:
        """Begins it with these chunks and this text. Raises StreamRefused, ReplyGone."""
        place = self._place
        if not self._budget.may_start(place.team):
            raise StreamRefused("the workspace's budget is spent")
        recipient = {} if place.direct else {"recipient_team_id": place.team, "recipient_user_id": place.user}
        try:
            answer = await self._clients.hasty.chat_startStream(
                channel=place.channel, thread_ts=place.thread, chunks=[*chunks, _text(text)], **recipient
            )
        except SlackApiError as error:
            code = read_code(error)
            if code in GONE:
                raise ReplyGone(code) from error
            if code == "ratelimited":
                self._budget.close("start", place.team, read_retry_after(error))
            raise StreamRefused(code) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StreamRefused("Slack does not answer", uncertain=True) from error
        self.ts = str(answer["ts"])
        self._started_at = self._clock()
        self._cadence.mark()

    async def write(self, text: str) -> None:
        """Adds text; it is sent when the interval and the budget allow."""
        self._held += text
        if self.over or not self._cadence.due:
            return
        if self._budget.may_append(self._place.team):
            await self._append()

    async def end(self, *, tasks: Sequence[Json] = (), blocks: Sequence[Json] = ()) -> str:
        """Ends it with what is held, these tasks and blocks; text that could not be sent any more."""
        if not self.over:
            text, self._held = self._held, ""
            chunks = [*([_text(text)] if text else ()), *tasks]
            sent = await self._call("stop", chunks=chunks or None, blocks=list(blocks) or None)
            if not sent:  # nor was what stands below it
                self._held, self.uncertain = text + self._held, True
        self.over = True
        return self._held

    async def _append(self) -> None:
        text, self._held = self._held, ""
        self._cadence.mark()
        if text and not await self._call("append", chunks=[_text(text)]):
            self._held = text + self._held

    async def _call(self, kind: str, **arguments: Any) -> bool:
        """One call on the running stream; False where it did not reach it."""
        if kind == "append":
            method = self._clients.hasty.chat_appendStream
        else:
            method = self._clients.patient.chat_stopStream
        try:
            await method(channel=self._place.channel, ts=self.ts, **arguments)
        except SlackApiError as error:
            self._refused(kind, error)
            return False
        except (aiohttp.ClientError, TimeoutError):
            self.uncertain = True
            return kind == "append"  # it may have arrived: sending it again could show it twice
        return True

    def _refused(self, kind: str, error: SlackApiError) -> None:
        code = read_code(error)
        if code in GONE:
            raise ReplyGone(code) from error
        if code == "ratelimited":
            self._budget.close("append", self._place.team, read_retry_after(error))
            return
        self.over = True
        if code not in _ENDED:
            logger.warning("a stream's %s was refused: %s", kind, code)


def _text(text: str) -> Json:
    return {"type": "markdown_text", "text": text}
