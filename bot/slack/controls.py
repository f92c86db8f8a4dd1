"""The buttons on the bot's messages: people, retry, share, drafts, crawls; and the settings that are sent."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.conversation import drafts, escalation
from bot.conversation.configuring import LanguageInvalid, describe_settings
from bot.core.errors import DocsbotError
from bot.core.state import ChannelSettings, Claimed
from bot.slack import channel_modal
from bot.slack.commands import NOT_YOURS, Commands
from bot.slack.desk import quote
from bot.slack.front import Front
from bot.slack.markup import render
from bot.slack.private import ByMessage, ByResponse, Whisper, say
from bot.slack.reply import ThreadReply
from bot.slack.transport.stream import Json, read_code

logger = logging.getLogger(__name__)

Payload = Mapping[str, Any]
OVER = "That crawl cannot be cancelled, or is over."
NOT_AGAIN = "That cannot be tried again now. Please ask it once more in a minute."
DISCARDED = "Discarded."


@dataclass(frozen=True, slots=True)
class Press:
    """A button that somebody pressed."""

    user: str
    channel: str
    ts: str
    value: str
    response: str
    """Address for a word to who pressed it; empty where there is none."""


def read_press(body: Payload, action: Payload) -> Press:
    container = body.get("container") or {}
    message = body.get("message") or {}
    return Press(
        user=str(body["user"]["id"]),
        channel=str((body.get("channel") or {}).get("id") or container.get("channel_id", "")),
        ts=str(message.get("ts") or container.get("message_ts", "")),
        value=str(action.get("value", "")),
        response=str(body.get("response_url") or ""),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    front: Front
    commands: Commands

    async def ask_human(self, press: Press) -> None:
        handed = await self.front.escalations.hand_over(
            self.front.key(press.channel, press.value), by=press.user
        )
        await say(self._whisper(press), escalation.WORDS[handed])

    async def retry(self, press: Press) -> None:
        key = self.front.key(press.channel, press.value)
        if not await self.front.rooms.responder.retry(key, self.front.make_reply, user=press.user):
            await say(self._whisper(press), NOT_AGAIN)

    async def share(self, press: Press) -> None:
        """A private answer, in the channel."""
        show = partial(self._show_shared, press)
        key = self.front.key(press.channel, press.value)
        posted = await self.front.rooms.drafts.post(key, "share", show, by=press.user)
        await say(self._whisper(press), drafts.WORDS[posted])

    async def post_draft(self, press: Press) -> None:
        if not await self._may(press):
            return
        channel, _, question = press.value.partition(" ")
        posted = await self.front.rooms.drafts.post(
            self.front.key(channel, question), "post", self._show_draft, by=press.user
        )
        if posted == "posted":
            await self._close_draft(press, f"Posted by <@{press.user}>.")
        else:
            await say(self._whisper(press), drafts.WORDS[posted])

    async def discard_draft(self, press: Press) -> None:
        if await self._may(press):
            await self._close_draft(press, f"{DISCARDED[:-1]} by <@{press.user}>.")

    async def cancel_crawl(self, press: Press) -> None:
        if await self._may(press) and not await self._cancel(press):
            await say(self._whisper(press), OVER)

    async def retry_crawl(self, press: Press) -> None:
        if await self._may(press):
            whisper = self._whisper(press)
            await self.commands.follow(press.channel, _sources(press), press.user, whisper)

    async def read_settings(self, view: Payload) -> ChannelSettings:
        """What the modal says. Raises LanguageInvalid."""
        rooms = self.front.rooms
        before = await rooms.state.channels.read(
            platform="slack", team=self.front.account.team, channel=str(view["private_metadata"])
        )
        try:
            known = await rooms.freshness.sources()
        except DocsbotError:  # those that were chosen before can be kept
            known = ()
        return channel_modal.read(view["state"]["values"], [*known, *before.sources])

    async def keep_settings(self, view: Payload, settings: ChannelSettings, *, user: str) -> None:
        channel = str(view["private_metadata"])
        whisper = ByMessage(self.front.means.clients.patient, channel=channel, user=user)
        if not await self.front.maintainers.include(user):
            await say(whisper, NOT_YOURS)
            return
        await self.front.rooms.state.channels.write(
            settings, platform="slack", team=self.front.account.team, channel=channel, user=user
        )
        await say(whisper, render.escape(describe_settings(settings)))

    async def _show_shared(self, press: Press, claimed: Claimed) -> str:
        made = [_line(f"<@{press.user}> asked:"), *quote(claimed.question)]
        ts = await self.front.desk.post(press.channel, render.fallback(claimed.question), made)
        place = self.front.place(press.channel, ts, claimed.key.message, press.user)
        await ThreadReply(self.front.means, place).show(claimed)
        return ts

    async def _show_draft(self, claimed: Claimed) -> str:
        place = self.front.place(claimed.key.channel, claimed.thread, claimed.key.message, claimed.user)
        return await ThreadReply(self.front.means, place).show(claimed)

    async def _close_draft(self, press: Press, text: str) -> None:
        """What became of a draft takes the place of its buttons."""
        try:
            await self.front.means.clients.patient.chat_update(
                channel=press.channel, ts=press.ts, text=text, blocks=[_line(text)]
            )
        except SlackApiError as error:
            logger.warning("a draft: %s", read_code(error))
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.warning("a draft: %s", type(error).__name__)

    async def _cancel(self, press: Press) -> bool:
        try:
            return await self.front.rooms.crawls.cancel(_sources(press))
        except DocsbotError as error:
            logger.warning("cancelling a crawl: %s", error.detail or error.text)
            return False

    async def _may(self, press: Press) -> bool:
        """Whether a maintainer pressed it; others are told."""
        if await self.front.maintainers.include(press.user):
            return True
        await say(self._whisper(press), NOT_YOURS)
        return False

    def _whisper(self, press: Press) -> Whisper:
        if press.response:
            return ByResponse(press.response)
        return ByMessage(self.front.means.clients.patient, channel=press.channel, user=press.user)


def explain(error: LanguageInvalid) -> dict[str, str]:
    """The modal's words for a field that cannot be kept."""
    return {"language": str(error)}


def _sources(press: Press) -> tuple[str, ...]:
    return () if press.value == "all" else tuple(press.value.split())


def _line(mrkdwn: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}}
