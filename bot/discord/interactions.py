"""Interactions: acknowledged before anything else, then answered; who may do what."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import aiohttp
import discord

from bot.discord.reach import attempt

logger = logging.getLogger(__name__)

NOT_YOURS = "Only the maintainers may do that here. Please ask one of them."
_ACKNOWLEDGED = 40060


async def acknowledge(
    interaction: discord.Interaction, *, private: bool = False, thinking: bool = True
) -> bool:
    """Says within Discord's three seconds that an answer comes. False where it is not this process's to give.

    `thinking`: a message that says so stands in until the answer; else the message with the button stays.
    """
    for again in (False, True):
        try:
            await interaction.response.defer(ephemeral=private, thinking=thinking)
        except discord.HTTPException as error:
            if error.code == _ACKNOWLEDGED:  # by another process, or by a first try whose answer was lost
                return again
            logger.warning("an interaction is lost (%d, %d)", error.status, error.code)
            return False
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            logger.info("acknowledging an interaction: %s", type(error).__name__)
        else:
            return True
    return False


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
