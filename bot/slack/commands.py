"""Slash commands: `/ask` answers privately, `/reindex`, `/docsbot`; and the shortcut in a message's menu."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.conversation.models import Incoming, ReplyGone
from bot.core.errors import DocsbotError
from bot.slack import channel_modal
from bot.slack.crawl import CrawlPost
from bot.slack.events import read_text
from bot.slack.front import Front
from bot.slack.markup import render
from bot.slack.private import ByResponse, PrivateReply, Whisper, say
from bot.slack.reply import ThreadReply
from bot.slack.transport.stream import Json, read_code

logger = logging.getLogger(__name__)

Payload = Mapping[str, Any]
HOW_TO_ASK = "Ask like this: `/ask How do I rotate a key?`"
HOW_TO_MANAGE = (
    "`/docsbot status` shows what I answer from, `/docsbot config` sets how I answer in this channel "
    "(maintainers), `/reindex` reads the documentation again (maintainers), `/ask` asks it."
)
NOT_YOURS = "Only the maintainers may do that here. Please ask one of them."
NOT_HERE = "I am not in this channel. Invite me with `/invite @{name}`, then try again."
NO_WORDS = "There are no words in that message that I could answer."
ANSWERED = "That message has an answer already: see its thread."


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    front: Front

    async def ask(self, command: Payload) -> None:
        """`/ask question`."""
        whisper = ByResponse(str(command["response_url"]))
        text = str(command.get("text") or "").strip()
        if not text:
            await say(whisper, HOW_TO_ASK)
            return
        # A command has no message of its own; its trigger is as unique, and the same when it is redelivered.
        trigger, channel, user = (str(command[name]) for name in ("trigger_id", "channel_id", "user_id"))
        place = self.front.place(channel, trigger, trigger, user)
        incoming = Incoming(
            key=self.front.key(channel, trigger), thread=trigger, user=user, text=text, origin="command"
        )
        reply = PrivateReply(whisper, self.front.means, place)
        await self.front.rooms.responder.answer(incoming, reply)

    async def reindex(self, command: Payload) -> None:
        """`/reindex [source]`."""
        user, channel = str(command["user_id"]), str(command["channel_id"])
        whisper = ByResponse(str(command["response_url"]))
        if await self.front.maintainers.include(user):
            await self.follow(channel, tuple(str(command.get("text") or "").split()), user, whisper)
        else:
            await say(whisper, NOT_YOURS)

    async def manage(self, command: Payload) -> None:
        """`/docsbot status` or `/docsbot config`."""
        whisper = ByResponse(str(command["response_url"]))
        word = str(command.get("text") or "").strip().lower()
        if word == "status":
            await self._show_status(whisper)
        elif word != "config":
            await say(whisper, HOW_TO_MANAGE)
        elif await self.front.maintainers.include(str(command["user_id"])):
            await self._open_config(str(command["trigger_id"]), str(command["channel_id"]))
        else:
            await say(whisper, NOT_YOURS)

    async def answer_message(self, payload: Payload) -> None:
        """The shortcut in a message's menu: its answer goes into its thread."""
        message, channel = payload["message"], str(payload["channel"]["id"])
        user, ts = str(payload["user"]["id"]), str(message["ts"])
        whisper = ByResponse(str(payload["response_url"]))
        text = read_text(str(message.get("text") or ""), bot=self.front.account.bot_user)
        if not text:
            await say(whisper, NO_WORDS)
            return
        key, thread = self.front.key(channel, ts), str(message.get("thread_ts") or ts)
        if await self.front.rooms.state.ledger.get(key) is not None:
            await say(whisper, ANSWERED)
            return
        incoming = Incoming(key=key, thread=thread, user=user, text=text, origin="shortcut")
        await self.front.rooms.responder.answer(
            incoming, ThreadReply(self.front.means, self.front.place(channel, thread, ts, user))
        )
        claimed = await self.front.rooms.state.ledger.get(key)
        if claimed is not None and not claimed.reply and claimed.outcome == "failed":
            await say(whisper, NOT_HERE.format(name=self.front.account.bot_name))

    async def follow(self, channel: str, sources: tuple[str, ...], user: str, whisper: Whisper) -> None:
        """Asks for a crawl, and follows it in one message of the channel."""
        try:
            ts = await self.front.desk.post(channel, "Asked for a crawl.", _asked(user))
        except ReplyGone as gone:
            logger.warning("a crawl cannot be followed: %s", gone)
            await say(whisper, NOT_HERE.format(name=self.front.account.bot_name))
            return
        post = CrawlPost(self.front.means, channel, ts, sources)
        await self.front.rooms.crawls.follow(self.front.key(channel, ts), sources, post)

    async def _show_status(self, whisper: ByResponse) -> None:
        try:
            text = await self.front.rooms.freshness.describe()
        except DocsbotError as error:
            logger.warning("the status: %s", error.detail or error.text)
            text = error.text
        await say(whisper, render.fallback(text), render.sections(text))

    async def _open_config(self, trigger: str, channel: str) -> None:
        rooms = self.front.rooms
        settings = await rooms.state.channels.read(
            platform="slack", team=self.front.account.team, channel=channel
        )
        try:
            sources = await rooms.freshness.sources()
        except DocsbotError as error:
            logger.warning("the sources: %s", error.detail or error.text)
            sources = ()
        view = channel_modal.modal(channel, settings, sources, drafts=bool(self.front.desk.channel))
        try:
            await self.front.means.clients.hasty.views_open(trigger_id=trigger, view=view)
        except SlackApiError as error:
            logger.warning("the settings cannot be shown: %s", read_code(error))
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.warning("the settings cannot be shown: %s", type(error).__name__)


def _asked(user: str) -> list[Json]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": f"<@{user}> asked for a crawl."}}]
