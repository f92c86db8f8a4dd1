"""Slash commands: `/ask` answers privately, `/reindex` is for maintainers and is followed in the channel."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.conversation.crawl_card import CrawlCard
from bot.conversation.models import Incoming
from bot.core.errors import DocsbotError
from bot.core.ports import CrawlControl
from bot.core.state import MessageKey
from bot.slack import blocks, render
from bot.slack.front import Front
from bot.slack.maintainers import Maintainers
from bot.slack.private import PrivateReply
from bot.slack.stream import Json, read_code

logger = logging.getLogger(__name__)

Command = Mapping[str, Any]
HOW_TO_ASK = "Ask like this: `/ask How do I rotate a key?`"
NOT_YOURS = "Only the maintainers may do that here. Please ask one of them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    front: Front
    crawls: CrawlControl
    maintainers: Maintainers

    async def ask(self, command: Command) -> None:
        """`/ask question`."""
        response = AsyncWebhookClient(str(command["response_url"]))
        text = str(command.get("text") or "").strip()
        if not text:
            await response.send(text=HOW_TO_ASK, response_type="ephemeral")
            return
        # A command has no message of its own; its trigger is as unique, and the same when it is redelivered.
        trigger = str(command.get("trigger_id", ""))
        key = MessageKey(
            platform="slack",
            team=str(command["team_id"]),
            channel=str(command["channel_id"]),
            message=trigger,
        )
        incoming = Incoming(
            key=key, thread=trigger, user=str(command["user_id"]), text=text, origin="command"
        )
        await self.front.responder.answer(incoming, PrivateReply(response))

    async def reindex(self, command: Command) -> None:
        """`/reindex [source]`."""
        if not await self.maintainers.include(str(command["user_id"])):
            await AsyncWebhookClient(str(command["response_url"])).send(
                text=NOT_YOURS, response_type="ephemeral"
            )
            return
        sources = tuple(str(command.get("text") or "").split())
        await self.follow(str(command["channel_id"]), sources, user=str(command["user_id"]))

    async def follow(self, channel: str, sources: tuple[str, ...], *, user: str) -> None:
        """Asks for a crawl, and follows it in one message."""
        card = CrawlCard()
        ts = await self._post(channel, f"<@{user}> asked for a crawl.")
        try:
            async with aclosing(self.crawls.reindex(sources)) as events:
                async for event in events:
                    if card.take(event):
                        await self._update(channel, ts, card.text(), blocks.crawl_buttons(card, sources))
        except DocsbotError as error:
            logger.warning("a crawl failed: %s", error.detail)
            await self._update(channel, ts, error.text, blocks.crawl_buttons(card, sources))
            return
        await self._update(channel, ts, card.text(), blocks.crawl_buttons(card, sources))

    async def press(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        """Cancel, or Retry failed, on the message that follows a crawl."""
        user, channel = str(body["user"]["id"]), str(body["channel"]["id"])
        if not await self.maintainers.include(user):
            await self.front.clients.patient.chat_postEphemeral(channel=channel, user=user, text=NOT_YOURS)
            return
        value = str(action.get("value", ""))
        sources = () if value == "all" else tuple(value.split())
        if action.get("action_id") == "crawl_retry":
            await self.follow(channel, sources, user=user)
        elif not await self.crawls.cancel(sources):
            await self.front.clients.patient.chat_postEphemeral(
                channel=channel, user=user, text="That crawl cannot be cancelled, or is over."
            )

    async def _post(self, channel: str, text: str) -> str:
        answer = await self.front.clients.patient.chat_postMessage(channel=channel, text=text)
        return str(answer["ts"])

    async def _update(self, channel: str, ts: str, text: str, buttons: list[Json]) -> None:
        made = [*render.sections(text), *buttons]
        try:
            await self.front.clients.patient.chat_update(
                channel=channel, ts=ts, text=render.fallback(text), blocks=made
            )
        except SlackApiError as error:
            logger.warning("the message that follows a crawl: %s", read_code(error))
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.warning("the message that follows a crawl: %s", type(error).__name__)
