"""Slack's events, read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.slack.events import read_change, read_message, read_text

BOT = "U0BOT"
MENTION: dict[str, Any] = {
    "type": "app_mention",
    "user": "U1",
    "text": "<@U0BOT> How &amp; why?",
    "ts": "1.0",
    "channel": "C1",
    "team": "T1",
}


def test_a_mention() -> None:
    message = read_message(MENTION, team="T1", bot=BOT)
    assert message is not None
    heard = message.heard
    assert (heard.text, heard.mentioned, heard.root, heard.direct) == ("How & why?", True, None, False)


@pytest.mark.parametrize(
    ("text", "below"),
    [
        ("With hay.", "0.5"),
        ("<@U0BOT> How?", ""),  # a question to the bot, and no person's answer
    ],
)
def test_what_stands_in_a_thread(text: str, below: str) -> None:
    message = read_message(MENTION | {"text": text, "thread_ts": "0.5"}, team="T1", bot=BOT)
    assert message is not None
    assert message.heard.root == replace(message.heard.key, message="0.5")
    assert (message.thread, message.room, message.below) == ("0.5", "C1", below)


@pytest.mark.parametrize(
    "event",
    [
        MENTION | {"bot_id": "B1"},  # another bot's
        MENTION | {"user": BOT},  # its own
        MENTION | {"subtype": "channel_join"},  # a notice
        {"type": "message", "channel": "C1", "ts": "1.0"},  # nobody's
    ],
)
def test_what_asks_nothing(event: dict[str, Any]) -> None:
    assert read_message(event, team="T1", bot=BOT) is None


@pytest.mark.parametrize(
    ("event", "kind", "changed"),
    [
        # An edit.
        ({"message": MENTION | {"text": "new"}, "previous_message": MENTION}, "edited", True),
        # A preview that Slack added is an edit of nothing.
        ({"message": MENTION | {"attachments": []}, "previous_message": MENTION}, "edited", False),
        # A deleted message with replies below it.
        ({"message": {"subtype": "tombstone", "ts": "1.0"}, "previous_message": MENTION}, "deleted", False),
    ],
)
def test_changes(event: dict[str, Any], kind: str, changed: bool) -> None:
    change = read_change({"subtype": "message_changed", "channel": "C1", **event}, team="T1", bot=BOT)
    assert change is not None
    assert (change.kind, change.text_changed, change.key.message) == (kind, changed, "1.0")


def test_a_deletion() -> None:
    event = {"subtype": "message_deleted", "channel": "C1", "deleted_ts": "1.0"}
    change = read_change(event, team="T1", bot=BOT)
    assert change is not None
    assert (change.kind, change.key.message) == ("deleted", "1.0")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<@U0BOT> hi", "hi"),
        ("see <https://x.org/a|the page>", "see the page"),
        ("see <https://x.org/a|x.org/a>", "see https://x.org/a"),
        ("ask <@U2|ann> in <#C2|help>", "ask @ann in #help"),
        ("<!here> 1 &lt; 2", "@here 1 < 2"),
    ],
)
def test_text(raw: str, text: str) -> None:
    assert read_text(raw, bot=BOT) == text
