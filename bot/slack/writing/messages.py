"""The messages that carry one answer: written whole, each once, in their channel's turn."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Sequence

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.conversation.models import ReplyGone
from bot.slack.calls.account import Clients
from bot.slack.calls.reach import UNREACHED, attempt, reach, read
from bot.slack.calls.refusals import read_code
from bot.slack.markup import render
from bot.slack.markup.render import Json
from bot.slack.writing.means import Means
from bot.slack.writing.place import Place
from bot.text.split import split

logger = logging.getLogger(__name__)

TRIES = 3
PAUSE = 0.5
"""Seconds before the second try; twice as long before the next."""
LOOKED_AT = 100
"""Messages behind a question that are looked through for its answer."""


class Messages:
    """Of one answer. Each call raises ReplyGone where the place is gone."""

    def __init__(self, means: Means, place: Place, written: Sequence[str]) -> None:
        self._clients = means.clients
        self._budget = means.budget
        self._place = place
        self.timestamps = list(written)

    async def replace(self, text: str, footer: Sequence[Json], *, fallback: str = "") -> bool:
        """Makes the messages hold this safe text, and no other; whether one was posted for it."""
        parts = split(text, render.LIMIT) or ("",)
        known = len(self.timestamps)
        for number, part in enumerate(parts):
            made = [*render.body(part), *(footer if number == len(parts) - 1 else ())]
            shown = render.fallback(part or fallback)
            if number < len(self.timestamps):
                await self._update(self.timestamps[number], shown, made)
            else:
                self.timestamps.append(await self._post(shown, self._marked(made, number)))
        surplus = self.timestamps[len(parts) :]
        del self.timestamps[len(parts) :]
        for ts in surplus:
            await self._delete(ts)
        return len(parts) > known

    async def remove(self, *, streaming: bool) -> None:
        """Takes them back. `streaming`: they may have been left so by a crashed process."""
        for ts in self.timestamps:
            if streaming:
                await attempt(self._clients.hasty.chat_stopStream(channel=self._place.channel, ts=ts))
            await self._delete(ts)
        self.timestamps.clear()

    async def adopt(self) -> bool:
        """Takes in what was posted for this question and is not known here; whether there was anything."""
        left = [ts for ts in await find_marked(self._clients, self._place) if ts not in self.timestamps]
        self.timestamps += left
        return bool(left)

    def _marked(self, made: list[Json], number: int) -> list[Json]:
        """With the question in the first block: so a message is found again whose arrival nobody saw."""
        mark: Json = {"block_id": f"part:{self._place.question}:{number}"}
        return [mark | block if index == 0 else block for index, block in enumerate(made)]

    async def _delete(self, ts: str) -> None:
        await attempt(self._clients.patient.chat_delete(channel=self._place.channel, ts=ts))

    async def _update(self, ts: str, text: str, made: Sequence[Json]) -> None:
        """Writes a message anew; one that a crashed process left streaming is ended first."""

        def call() -> Awaitable[AsyncSlackResponse]:
            return self._clients.patient.chat_update(
                channel=self._place.channel, ts=ts, text=text, blocks=list(made)
            )

        try:
            await call()
        except SlackApiError as error:
            if read_code(error) != "streaming_state_conflict":
                raise ReplyGone(read_code(error)) from error
            await attempt(self._clients.patient.chat_stopStream(channel=self._place.channel, ts=ts))
            await reach(call())
        except UNREACHED as error:
            raise ReplyGone("Slack does not answer") from error

    async def _post(self, text: str, made: Sequence[Json]) -> str:
        """Posts a message, in its channel's turn; its timestamp."""
        async with self._budget.turn(self._place.channel):
            return await self._post_once(text, made)

    async def _post_once(self, text: str, made: Sequence[Json]) -> str:
        """Where the connection was lost on the way, a message is looked for before it is posted again."""
        place = self._place
        for number in range(1, TRIES + 1):
            call = self._clients.once.chat_postMessage(
                channel=place.channel,
                thread_ts=place.thread,
                text=text,
                blocks=list(made),
                unfurl_links=False,
                unfurl_media=False,
            )
            try:
                return str((await call)["ts"])
            except SlackApiError as error:
                logger.warning("a message was refused: %s", read_code(error))
                raise ReplyGone(read_code(error)) from error
            except UNREACHED as error:
                logger.info("Slack does not answer: %s", type(error).__name__)
            await asyncio.sleep(PAUSE * 2 ** (number - 1))
            if await self.adopt():
                return self.timestamps.pop()
        raise ReplyGone("Slack does not answer")


async def find_marked(clients: Clients, place: Place) -> list[str]:
    """Timestamps of the bot's messages in a thread that belong to this question, oldest first: by what its
    blocks name. Empty where Slack does not tell."""
    call = clients.patient.conversations_replies(
        channel=place.channel, ts=place.thread, oldest=place.question, limit=LOOKED_AT
    )
    if (answer := await read(call)) is None:
        return []
    shown = [message for message in answer.get("messages") or () if message.get("bot_id")]
    return [
        str(message["ts"]) for message in shown if place.question in json.dumps(message.get("blocks") or ())
    ]
