"""Calls to Discord: bounded in time, tried again where that may help, refusals in the front's own words."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord

from bot.conversation.models import ReplyGone
from bot.discord.calls.pace import Pace

logger = logging.getLogger(__name__)

T = TypeVar("T")
SECONDS = 60.0
"""For one call, the waits for Discord's rate limits included."""
TRIES = 3
PAUSE = 0.5
"""Seconds before the second try; twice as long before the next."""


PACE = Pace()
"""Of this process: Discord counts all calls of a bot's together."""


async def reach(call: Callable[[], Awaitable[T]]) -> T:
    """What the call returns. Raises ReplyGone.

    discord.py waits out rate limits and tries some server errors again, but neither 503 nor a connection that
    is cut; a message that is sent twice carries a nonce by which Discord knows it.
    """
    for attempt in range(1, TRIES + 1):
        await PACE.take()
        try:
            async with asyncio.timeout(SECONDS):
                return await call()
        except discord.DiscordServerError as error:
            reason = f"Discord answers {error.status}"
        except discord.HTTPException as error:
            if error.status != 429:  # discord.py has waited and tried again, in vain
                raise Refused(error.status, error.code) from error
            reason = "Discord is called too often"
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            reason = f"Discord does not answer ({type(error).__name__})"
        if attempt < TRIES:
            await asyncio.sleep(PAUSE * 2 ** (attempt - 1))
    raise ReplyGone(reason)


def make_nonce() -> str:
    """By it Discord knows a message that is sent again because the answer to the first call was lost."""
    return secrets.token_hex(12)


class Refused(ReplyGone):
    """Discord's answer is no, by its code."""

    def __init__(self, status: int, code: int) -> None:
        super().__init__(f"Discord refuses ({status}, {code})")
        self.status = status
        self.code = code

    @property
    def forbidden(self) -> bool:
        """A permission is missing."""
        return self.status == 403


async def attempt(call: Callable[[], Awaitable[object]]) -> bool:
    """A call whose failure takes nothing from the answer; whether it went through."""
    try:
        await reach(call)
    except ReplyGone as gone:
        logger.info("%s", gone)
        return False
    return True
