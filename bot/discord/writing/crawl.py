"""The message that follows a crawl."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import discord
from discord import ui

from bot.chat.verbs import crawl_verbs
from bot.conversation.crawl_card import CrawlCard
from bot.conversation.models import ReplyGone
from bot.core.state import MessageKey
from bot.discord.calls.reach import Refused, attempt, make_nonce, reach
from bot.discord.markup.buttons import view
from bot.discord.markup.layout import cut
from bot.discord.writing.traces import find_shown

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
        self._message = 0
        self._closed = False

    async def show(self, card: CrawlCard) -> None:
        """The CrawlMessage's."""
        content = next(iter(cut(card.text())), "…")
        buttons = view(crawl_verbs(card), self._key)
        if self._interaction is not None:
            await self._show_by(self._interaction, content, buttons)
        elif not self._closed:
            await self._show_in_channel(content, buttons)

    async def _show_by(self, interaction: discord.Interaction, content: str, buttons: ui.View) -> None:
        lives = self._clock() - self._begun < TOKEN_SECONDS
        if not (lives and await self._edit(interaction, content, buttons)):
            self._interaction = None
            await self._move(interaction, content, buttons)

    async def _show_in_channel(self, content: str, buttons: ui.View) -> None:
        room = self._client.get_partial_messageable(int(self._key.channel))
        if not self._message:  # taken up after a restart: it may have moved before that
            shown = await find_shown(self._client, room.id, self._key)
            self._message = max(shown, default=int(self._key.message))
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
        room, nonce = self._client.get_partial_messageable(int(self._key.channel)), make_nonce()
        try:
            sent = await reach(lambda: room.send(content, nonce=nonce, view=buttons, suppress_embeds=True))
        except ReplyGone as gone:
            self._closed = True  # what was shown last stays
            logger.info("a crawl is not followed any more: %s", gone)
            return
        self._message = sent.id
        await attempt(lambda: interaction.edit_original_response(content=MOVED, view=view()))
