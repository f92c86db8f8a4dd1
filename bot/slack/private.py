"""The private answer of `/ask`: seen by who asked, until he shares it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.conversation.models import ReplyGone
from bot.conversation.split import split
from bot.core.models import Answer, Passage
from bot.slack import render
from bot.slack.safety import safe
from bot.slack.stream import Json

logger = logging.getLogger(__name__)

SEARCHING = "Searching the documentation…"


class PrivateReply:
    """The Reply of a command, by its response address: five messages in half an hour, two are used."""

    id = ""

    def __init__(self, response: AsyncWebhookClient) -> None:
        self._response = response

    async def searching(self) -> None:
        await self._send(SEARCHING, (), replace=False)

    async def found(self, passages: Sequence[Passage]) -> None:
        """Nothing: an address that takes five messages is no place for progress."""

    async def write(self, text: str) -> None:
        """Nothing: what is finished comes at once."""

    async def finish(self, answer: Answer) -> None:
        made = [
            *render.body(_first(safe(answer.text))),
            *render.sources_context(answer.citations),
        ]
        await self._send(render.fallback(answer.text), made, replace=True)

    async def fail(self, message: str, *, partial: str, retryable: bool) -> None:
        await self._send(message, (), replace=True)

    async def stop(self, partial: str) -> None:
        await self._send("Stopped.", (), replace=True)

    async def retract(self) -> None:
        await self._send("Taken back.", (), replace=True)

    async def _send(self, text: str, made: Sequence[Json], *, replace: bool) -> None:
        try:
            answer = await self._response.send(
                text=text,
                blocks=list(made) or None,
                response_type="ephemeral",
                replace_original=replace,
                unfurl_links=False,
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ReplyGone("Slack does not answer") from error
        if answer.status_code != 200:
            raise ReplyGone(f"the response address is closed ({answer.status_code})")


def _first(markdown: str) -> str:
    """As much as one message holds: a private answer is one."""
    return next(iter(split(markdown, render.LIMIT)), "")
