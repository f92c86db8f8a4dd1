"""Slack's events → what they mean to the bot. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.core.state import MessageKey

Event = Mapping[str, Any]
_SUBTYPES = frozenset({"", "file_share", "thread_broadcast"})
_ENTITY = re.compile(r"<([@#!]?)([^>|]*)(?:\|([^>]*))?>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that a person wrote."""

    key: MessageKey
    thread: str
    """Timestamp of the thread's first message; its own where it is the first."""
    user: str
    text: str
    """What is asked, without the mention of the bot."""
    mentioned: bool
    """The bot is mentioned."""
    others: bool
    """Somebody else is mentioned."""
    direct: bool
    first: bool
    """It stands in no thread, or begins one."""


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
    thread = str(event.get("thread_ts") or ts)
    return Message(
        key=MessageKey(platform="slack", team=team, channel=channel, message=ts),
        thread=thread,
        user=user,
        text=read_text(raw, bot=bot),
        mentioned=bot in mentions,
        others=any(name != bot for name in mentions),
        direct=event.get("channel_type") == "im" or channel.startswith("D"),
        first=thread == ts,
    )


def read_change(event: Event, *, team: str, bot: str) -> Changed | None:
    """What a `message_changed` or `message_deleted` event says; None where it says nothing to the bot."""
    channel = str(event.get("channel", ""))
    if event.get("subtype") == "message_deleted":
        ts = str(event.get("deleted_ts", ""))
        key = MessageKey(platform="slack", team=team, channel=channel, message=ts)
        return Changed(kind="deleted", key=key, message=None, text_changed=False)
    if event.get("subtype") != "message_changed":
        return None
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    key = MessageKey(platform="slack", team=team, channel=channel, message=str(now.get("ts", "")))
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
