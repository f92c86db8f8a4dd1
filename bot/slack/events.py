"""Slack's events → what they mean to the bot. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot.chat.platform import Message
from bot.conversation.attention import Heard
from bot.core.state import MessageKey
from bot.slack.writing.place import is_direct, key_of

Event = Mapping[str, Any]
_SUBTYPES = frozenset({"", "file_share", "thread_broadcast"})
_ENTITY = re.compile(r"<([@#!]?)([^>|]*)(?:\|([^>]*))?>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A message was edited, or taken back."""

    kind: Literal["edited", "deleted"]
    key: MessageKey
    message: Message | None
    """As it is now; None where it is gone or not a person's."""
    text_changed: bool


def read_message(event: Event, *, team: str, bot: str) -> Message | None:
    """The message of an `app_mention` or `message` event; None where nobody asks: a bot's, a notice."""
    if event.get("bot_id") or event.get("bot_profile") or event.get("subtype", "") not in _SUBTYPES:
        return None
    user, channel, ts = event.get("user"), event.get("channel"), event.get("ts")
    if not (isinstance(user, str) and isinstance(channel, str) and isinstance(ts, str)) or user == bot:
        return None
    raw = str(event.get("text") or "")
    mentions = re.findall(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>", raw)
    key, thread = key_of(team, channel, ts), str(event.get("thread_ts") or ts)
    return Message(
        heard=Heard(
            key=key,
            root=None if thread == ts else replace(key, message=thread),
            text=read_text(raw, bot=bot),
            direct=event.get("channel_type") == "im" or is_direct(channel),
            mentioned=bot in mentions,
            others=any(name != bot for name in mentions),
        ),
        thread=thread,
        user=user,
        room=channel,
        below="" if thread == ts or bot in mentions else thread,
    )


def read_change(event: Event, *, team: str, bot: str) -> Changed | None:
    """What a `message_changed` or `message_deleted` event says; None where it says nothing to the bot."""
    channel = str(event.get("channel", ""))
    if event.get("subtype") == "message_deleted":
        key = key_of(team, channel, str(event.get("deleted_ts", "")))
        return Changed(kind="deleted", key=key, message=None, text_changed=False)
    if event.get("subtype") != "message_changed":
        return None
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    key = key_of(team, channel, str(now.get("ts", "")))
    if now.get("subtype") == "tombstone":  # deleted, but with replies below it
        return Changed(kind="deleted", key=key, message=None, text_changed=False)
    message = read_message(
        {**now, "channel": channel, "channel_type": event.get("channel_type"), "team": team},
        team=team,
        bot=bot,
    )
    return Changed(
        kind="edited", key=key, message=message, text_changed=now.get("text") != before.get("text")
    )


def read_text(raw: str, *, bot: str) -> str:
    """What a person wrote, as plain text: Slack's markup of links and names is undone."""

    def plain(match: re.Match[str]) -> str:
        kind, target, label = match.groups()
        if kind == "@":
            return "" if target == bot else f"@{label or target}"
        if kind == "#":
            return f"#{label or target}"
        if kind == "!":
            return f"@{label or target.partition('^')[0]}"
        return label if label and label not in target else target

    return html.unescape(_ENTITY.sub(plain, raw)).strip()
