"""The buttons below the bot's messages. They name the question they belong to, and so survive a restart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, Self

import discord
from discord import ButtonStyle, ui

from bot.chat.verbs import FACES, Style, Verb, read_verb
from bot.core.state import MessageKey

_STYLES: dict[Style, ButtonStyle] = {
    "plain": ButtonStyle.secondary,
    "primary": ButtonStyle.primary,
    "danger": ButtonStyle.danger,
}
_TEMPLATE = re.compile(
    r"docsbot:(?P<verb>[a-z]{2,8}):(?P<team>\d{1,20}|@me):(?P<channel>\d{1,20}):(?P<message>\d{1,20})"
)


class Presser(Protocol):
    """Who acts on a button."""

    async def press(self, interaction: discord.Interaction, verb: Verb, key: MessageKey) -> None: ...


class KeyButton(ui.DynamicItem[ui.Button[ui.View]], template=_TEMPLATE):
    """A button of any process of the bot."""

    def __init__(self, verb: Verb, key: MessageKey) -> None:
        label, style = FACES[verb]
        name = f"docsbot:{verb}:{write_key(key)}"
        super().__init__(ui.Button(label=label, style=_STYLES[style], custom_id=name))
        self.verb = verb
        self.key = key

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[ui.View], match: re.Match[str], /
    ) -> Self:
        verb = read_verb(match["verb"])
        if verb is None:
            raise ValueError("a button of another version")
        return cls(verb, _key(match))

    async def callback(self, interaction: discord.Interaction) -> None:
        client = interaction.client
        presser: Presser = client.presser  # type: ignore[attr-defined]
        await presser.press(interaction, self.verb, self.key)


def view(verbs: Iterable[Verb] = (), key: MessageKey | None = None) -> ui.View:
    """Buttons in one row; none without a key."""
    made = ui.View(timeout=None)
    if key is not None:
        for verb in verbs:
            made.add_item(KeyButton(verb, key))
    # discord.py keeps every view that is not over, and needs none of these: they are known by their names.
    made.stop()
    return made


def write_key(key: MessageKey) -> str:
    """As `team:channel:message`."""
    return f"{key.team}:{key.channel}:{key.message}"


def read_key(name: str) -> MessageKey | None:
    """What `write_key` has written."""
    found = _TEMPLATE.fullmatch(f"docsbot:up:{name}")
    return _key(found) if found else None


def find_key(message: discord.Message) -> MessageKey | None:
    """The question that a message of the bot's belongs to, by its buttons."""
    for row in message.components:
        for child in getattr(row, "children", ()):
            found = _TEMPLATE.fullmatch(getattr(child, "custom_id", None) or "")
            if found:
                return _key(found)
    return None


def _key(match: re.Match[str]) -> MessageKey:
    return MessageKey(
        platform="discord", team=match["team"], channel=match["channel"], message=match["message"]
    )
