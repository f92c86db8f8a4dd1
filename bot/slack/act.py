"""Commands, buttons and modals → acts, and how who acts is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chat.controls import COMMENT
from bot.chat.platform import PRIVATE
from bot.chat.reply import ChatReply
from bot.chat.verbs import Verb, read_verb
from bot.core.state import Claimed, MessageKey
from bot.slack.calls.maintainers import Maintainers
from bot.slack.calls.reach import venture
from bot.slack.markup import blocks, modals, render
from bot.slack.markup.render import Json
from bot.slack.platform import SlackPlatform
from bot.slack.writing.whisper import ByMessage, ByResponse, Whisper, say

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """The Act of a payload. Empty where the payload has no such thing."""

    platform: SlackPlatform
    maintainers: Maintainers
    user: str
    room: str
    message: str
    """Timestamp of the message that it stands below."""
    trigger: str
    response: str
    """Address for a word to who acts."""
    confirms = False

    @property
    def key(self) -> MessageKey:
        """A command has no message; its trigger is as unique, and the same when it is delivered again."""
        return self.key_of(self.trigger)

    async def may_manage(self) -> bool:
        return await self.maintainers.include(self.user)

    async def tell(self, text: str) -> None:
        await say(self._whisper, text)

    async def show(self, markdown: str) -> None:
        await say(self._whisper, render.fallback(markdown), render.sections(markdown))

    async def close(self, text: str) -> None:
        await self.platform.update(self.room, self.message, text, blocks.words(text))

    async def ask_why(self, key: MessageKey) -> None:
        await self.open(modals.why(write_key(key), COMMENT))

    async def open(self, view: Json) -> None:
        """Shows a modal; not later than three seconds after the act."""
        client = self.platform.means.clients.hasty
        await venture(client.views_open(trigger_id=self.trigger, view=view))

    def reply(self, key: MessageKey) -> ChatReply:
        return self.platform.whisper(self._whisper, key)

    async def take_up(self, claimed: Claimed) -> ChatReply | None:
        if not (self.response and claimed.thread.startswith(PRIVATE)):
            return None
        return self.platform.whisper(self._whisper, claimed.key, replaces=True)

    def key_of(self, message: str) -> MessageKey:
        return self.platform.key(self.room, message)

    async def open_crawl(self) -> None:
        """A command makes no message that others see."""

    @property
    def _whisper(self) -> Whisper:
        if self.response:
            return ByResponse(self.response)
        return ByMessage(self.platform.means.clients.patient, channel=self.room, user=self.user)


def read_act(platform: SlackPlatform, maintainers: Maintainers, body: Payload, *, room: str = "") -> Acting:
    """What a command's, a button's or a modal's payload says. `room`: a modal's, which stands in none."""
    user, channel, container = (body.get(name) or {} for name in ("user", "channel", "container"))
    return Acting(
        platform=platform,
        maintainers=maintainers,
        user=str(body.get("user_id") or user.get("id", "")),
        room=room or str(body.get("channel_id") or channel.get("id") or container.get("channel_id", "")),
        message=str((body.get("message") or {}).get("ts") or container.get("message_ts", "")),
        trigger=str(body.get("trigger_id", "")),
        response=str(body.get("response_url") or ""),
    )


def read_press(action: Payload, act: Acting) -> tuple[Verb, MessageKey] | None:
    """Which button was pressed, and below what; None for one of another version."""
    kind, _, question = str(action.get("block_id", "")).partition(":")
    value = str(action.get("value", ""))
    if action.get("action_id") == "feedback":
        verb, key = read_verb(value), act.key_of(question) if kind == blocks.ANSWER else None
    else:
        verb, key = read_verb(str(action.get("action_id"))), read_key(act.platform, value)
    return (verb, key) if verb is not None and key is not None else None


def write_key(key: MessageKey) -> str:
    """As `channel message`."""
    return f"{key.channel} {key.message}"


def read_key(platform: SlackPlatform, text: str) -> MessageKey | None:
    """What `write_key` has written."""
    channel, _, message = text.partition(" ")
    return platform.key(channel, message) if message else None
