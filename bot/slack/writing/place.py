"""Where an answer goes."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.state import MessageKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an answer goes."""

    team: str
    channel: str
    thread: str
    question: str
    """The message that asks."""
    user: str
    """Who asked."""
    direct: bool
    """A direct message with the bot."""

    @property
    def key(self) -> MessageKey:
        return MessageKey(platform="slack", team=self.team, channel=self.channel, message=self.question)
