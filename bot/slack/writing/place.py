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

    @property
    def direct(self) -> bool:
        return is_direct(self.channel)

    @property
    def key(self) -> MessageKey:
        return key_of(self.team, self.channel, self.question)


def key_of(team: str, channel: str, message: str) -> MessageKey:
    return MessageKey(platform="slack", team=team, channel=channel, message=message)


def is_direct(channel: str) -> bool:
    """Whether it is a direct message with the bot."""
    return channel.startswith("D")
