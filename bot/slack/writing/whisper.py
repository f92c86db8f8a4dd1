"""What one person in a channel sees alone: the answer to `/ask`, a word to who pressed a button."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.chat.sheet import Ending
from bot.conversation.models import ReplyGone
from bot.core.models import Passage
from bot.core.state import MessageKey
from bot.slack.calls.refusals import read_code
from bot.slack.markup import blocks, render
from bot.slack.markup.render import Json

logger = logging.getLogger(__name__)

SEARCHING = "Searching the documentation…"


class Whisper(Protocol):
    """The way to one person in a channel."""

    async def send(self, text: str, made: Sequence[Json], *, replace: bool) -> None:
        """Shows it to that person alone; with `replace` in place of what was shown before, where that can be.
        Raises ReplyGone."""
        ...


class WhisperSheet:
    """The Sheet of an answer that one person sees: few messages, and no piece by piece."""

    id = ""

    def __init__(self, whisper: Whisper, key: MessageKey, *, replaces: bool = False) -> None:
        """`replaces`: the message is there already, with an earlier answer."""
        self._whisper = whisper
        self._key = key
        self._replaces = replaces

    async def begin(self) -> None:
        await self._whisper.send(SEARCHING, (), replace=self._replaces)

    async def found(self, passages: Sequence[Passage]) -> None:
        """Nothing: an address that takes five messages is no place for progress."""

    async def write(self, text: str) -> None:
        """Nothing: what is finished comes at once."""

    async def end(self, ending: Ending) -> None:
        whole = ending.kind in ("whole", "abstained")
        made = [*(blocks.first(ending.text) if whole else ()), *blocks.below(ending, self._key)]
        await self._whisper.send(render.fallback(ending.note or ending.text), made, replace=True)

    async def retract(self) -> None:
        await self._whisper.send("Taken back.", (), replace=True)


class ByResponse:
    """By the address that Slack gave with the command: five messages in half an hour, two are used."""

    def __init__(self, address: str) -> None:
        self._client = AsyncWebhookClient(address, timeout=20)

    async def send(self, text: str, made: Sequence[Json], *, replace: bool) -> None:
        """The Whisper's."""
        try:
            answer = await self._client.send(
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


class ByMessage:
    """By a message that only this person sees, where there is no such address."""

    def __init__(self, client: AsyncWebClient, *, channel: str, user: str) -> None:
        self._client = client
        self._channel = channel
        self._user = user

    async def send(self, text: str, made: Sequence[Json], *, replace: bool) -> None:
        """The Whisper's."""
        try:
            await self._client.chat_postEphemeral(
                channel=self._channel, user=self._user, text=text, blocks=list(made) or None
            )
        except SlackApiError as error:
            raise ReplyGone(read_code(error)) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ReplyGone("Slack does not answer") from error


async def say(whisper: Whisper, text: str, made: Sequence[Json] = ()) -> None:
    """A word to one person; where it cannot be said, nothing more can be done."""
    try:
        await whisper.send(text, made, replace=False)
    except ReplyGone as gone:
        logger.info("a word could not be said: %s", gone)
