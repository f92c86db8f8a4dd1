"""The message that follows a crawl."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.conversation.crawl_card import CrawlCard
from bot.slack.markup import blocks, render
from bot.slack.transport.means import Means
from bot.slack.transport.stream import read_code

logger = logging.getLogger(__name__)


class CrawlPost:
    """The CrawlMessage of a message that was posted."""

    def __init__(self, means: Means, channel: str, ts: str, sources: Sequence[str]) -> None:
        self._means = means
        self._channel = channel
        self._ts = ts
        self._sources = sources

    async def show(self, card: CrawlCard) -> None:
        """The CrawlMessage's."""
        text = card.text()
        made = [*render.sections(text), *blocks.crawl_buttons(card, self._sources)]
        try:
            await self._means.clients.patient.chat_update(
                channel=self._channel, ts=self._ts, text=render.fallback(text), blocks=made
            )
        except SlackApiError as error:
            logger.warning("the message that follows a crawl: %s", read_code(error))
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.warning("the message that follows a crawl: %s", type(error).__name__)
