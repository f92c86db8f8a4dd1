"""Calls to Slack whose refusals are told in the front's own words."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.conversation.models import ReplyGone
from bot.slack.calls.refusals import GONE, read_code

logger = logging.getLogger(__name__)

UNREACHED = (aiohttp.ClientError, TimeoutError)
"""Slack does not answer; a call may have arrived nevertheless."""


async def reach(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """A call that must succeed. Raises ReplyGone where it cannot."""
    try:
        return await call
    except SlackApiError as error:
        logger.warning("%s was refused: %s", error.response.api_url, read_code(error))
        raise ReplyGone(read_code(error)) from error
    except UNREACHED as error:
        raise ReplyGone("Slack does not answer") from error


async def read(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse | None:
    """A call that asks; None where Slack does not tell."""
    try:
        return await call
    except SlackApiError as error:
        logger.info("%s was refused: %s", error.response.api_url, read_code(error))
    except UNREACHED as error:
        logger.info("Slack does not answer: %s", type(error).__name__)
    return None


async def venture(call: Awaitable[AsyncSlackResponse]) -> bool:
    """As `attempt`, where no answer hangs on it: raises nothing of its own."""
    try:
        return await attempt(call)
    except ReplyGone as gone:
        logger.info("%s", gone)
        return False


async def attempt(call: Awaitable[AsyncSlackResponse]) -> bool:
    """A call whose failure takes nothing from the answer; whether it went through. Raises ReplyGone."""
    try:
        await call
    except SlackApiError as error:
        if (code := read_code(error)) in GONE:
            raise ReplyGone(code) from error
        logger.info("%s was refused: %s", error.response.api_url, code)
        return False
    except UNREACHED as error:
        logger.info("Slack does not answer: %s", type(error).__name__)
        return False
    return True
