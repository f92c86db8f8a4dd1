"""The message that follows a crawl."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import discord
from discord import ui

from bot.conversation.crawl_card import CrawlCard
from bot.conversation.models import ReplyGone
from bot.conversation.split import split
from bot.core.state import MessageKey
from bot.discord import render
from bot.discord.buttons import Verb, view
from bot.discord.reach import Refused, attempt, reach

logger = logging.getLogger(__name__)

TOKEN_SECONDS = 13 * 60.0
"""For which an interaction's answer is edited through the interaction, whose token lasts 15 minutes."""
MOVED = "The crawl goes on below."


class CrawlPost:
    """The CrawlMessage of a command's answer. `key`: the message that follows the crawl."""

    def __init__(
        self,
        client: discord.Client,
        key: MessageKey,
        *,
        interaction: discord.Interaction | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._key = key
        self._interaction = interaction
        self._clock = clock
        self._begun = clock()
        self._message = int(key.message)

    async def show(self, card: CrawlCard) -> None:
        """The CrawlMessage's."""
        verbs: tuple[Verb, ...] = ("cancel",) if card.running else ("again",) if card.failed else ()
        content = next(iter(split(render.safe(card.text()), render.LIMIT)), "…")
        buttons = view(verbs, self._key)
        if self._interaction is not None:
            interaction = self._interaction
            if self._clock() - self._begun < TOKEN_SECONDS and await self._edit(
                interaction, content, buttons
            ):
                return
            self._interaction = None
            await self._move(interaction, content, buttons)
            return
        room = self._client.get_partial_messageable(int(self._key.channel))
        message = room.get_partial_message(self._message)
        await attempt(lambda: message.edit(content=content, view=buttons))

    async def _edit(self, interaction: discord.Interaction, content: str, buttons: ui.View) -> bool:
        """False where Discord does not take it by the interaction any more."""
        try:
            await reach(lambda: interaction.edit_original_response(content=content, view=buttons))
        except Refused:
            return False
        except ReplyGone as gone:
            logger.info("a step of a crawl is not shown: %s", gone)
        return True

    async def _move(self, interaction: discord.Interaction, content: str, buttons: ui.View) -> None:
        """From the interaction's answer to a message of the channel, while the token still lives."""
        room = self._client.get_partial_messageable(int(self._key.channel))
        try:
            sent = await reach(lambda: room.send(content, view=buttons, suppress_embeds=True))
        except ReplyGone:
            return  # the channel is closed to it: what was shown last stays
        self._message = sent.id
        await attempt(lambda: interaction.edit_original_response(content=MOVED, view=view((), self._key)))
