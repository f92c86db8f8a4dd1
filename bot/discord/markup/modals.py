"""The modal that asks why a thumb is down."""

from __future__ import annotations

import discord
from discord import ui

from bot.core.state import MessageKey
from bot.discord.markup.buttons import read_key, write_key

_WHY = "docsbot:why:"
"""Begins its name; behind it stands the question's key, so that any process can take it."""


def make_why(key: MessageKey, limit: int) -> ui.Modal:
    """Asks for at most so many characters."""
    modal = ui.Modal(title="What was wrong?", custom_id=f"{_WHY}{write_key(key)}", timeout=900)
    modal.add_item(
        ui.TextInput(
            label="What would have helped?",
            style=discord.TextStyle.paragraph,
            custom_id="comment",
            required=False,
            max_length=limit,
        )
    )
    return modal


def read_why(name: str) -> MessageKey | None:
    """The key in the name of a modal; None for another one."""
    return read_key(name.removeprefix(_WHY)) if name.startswith(_WHY) else None


def read_comment(data: object) -> str:
    """What was written into a modal's one field, which stands in a row or below a label."""
    if isinstance(data, dict):
        value = data.get("value")
        if isinstance(value, str) and data.get("custom_id") == "comment":
            return value
        return read_comment(data.get("components")) + read_comment(data.get("component"))
    return "".join(map(read_comment, data)) if isinstance(data, list) else ""
