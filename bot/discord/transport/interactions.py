"""Interactions: acknowledged before anything else, then answered; who may do what."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Literal

import aiohttp
import discord

from bot.discord.calls.reach import attempt

logger = logging.getLogger(__name__)

NOT_YOURS = "Only the maintainers may do that here. Please ask one of them."
TRIES = 3
PAUSE = 0.2  # seconds
_ACKNOWLEDGED, _UNKNOWN = 40060, 10062

Receipt = Literal["mine", "theirs", "lost"]
"""Who answers an interaction: this process, another one, or nobody, as it is too late."""


async def acknowledge(
    interaction: discord.Interaction, *, private: bool = False, thinking: bool = True
) -> Receipt:
    """Says within Discord's three seconds that an answer comes.

    `thinking`: a message that says so stands in until the answer; else the message with the button stays.
    """
    perhaps_mine = False
    for left in reversed(range(TRIES)):
        try:
            await interaction.response.defer(ephemeral=private, thinking=thinking)
        except discord.HTTPException as error:
            if error.code == _ACKNOWLEDGED:
                return "mine" if perhaps_mine else "theirs"
            if error.status < 500:
                logger.warning("an interaction is lost (%d, %d)", error.status, error.code)
                return "lost"
            logger.info("acknowledging an interaction: Discord answers %d", error.status)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            logger.info("acknowledging an interaction: %s", type(error).__name__)
            perhaps_mine = True  # it may have gone through, and its answer was lost
        else:
            return "mine"
        if left:
            await asyncio.sleep(PAUSE)
    return "lost"


class QuietCompletions(logging.Filter):
    """discord.py logs with a traceback that choices came late, or that another process has offered them."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not (isinstance(error, discord.HTTPException) and error.code in (_ACKNOWLEDGED, _UNKNOWN))


async def whisper(interaction: discord.Interaction, text: str) -> None:
    """A word to who acted, on an interaction that was acknowledged without a message that stands in."""
    await attempt(lambda: interaction.followup.send(text, ephemeral=True, suppress_embeds=True))


async def settle(interaction: discord.Interaction, text: str) -> None:
    """A word in place of the message that stands in."""
    await attempt(lambda: interaction.edit_original_response(content=text))


def may_manage(interaction: discord.Interaction, names: Sequence[str]) -> bool:
    """Whether who acts may manage the server, or is named by his id or a role's.

    Discord's own check of commands decides only what its clients show.
    """
    user = interaction.user
    roles = user.roles if isinstance(user, discord.Member) else []
    named = {str(user.id), *(str(role.id) for role in roles)}
    manages = interaction.guild_id is not None and interaction.permissions.manage_guild
    return manages or not named.isdisjoint(names)
