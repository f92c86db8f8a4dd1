"""Where a question was asked, and where its answer goes."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.state import Claimed

DIRECT = "@me"
"""The team of direct messages, as Discord's own addresses have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    team: str
    """The guild, or DIRECT."""
    channel: int
    """The channel that the question belongs to: of a thread, the one it was opened in."""
    asked_in: int
    """The channel or thread that the question stands in."""
    room: int
    """The channel or thread that the answer goes to, unless a thread is opened for it."""
    question: int
    """The message that asks; an interaction's id for a command."""
    user: int
    opens: bool
    """The answer goes to a thread that is opened on the question."""

    @property
    def direct(self) -> bool:
        return self.team == DIRECT


def place_of(claimed: Claimed) -> Place:
    """Where a message that was claimed stands."""
    key = claimed.key
    room = claimed.thread.partition("/")[0]  # empty where the conversation began with a command
    fresh = claimed.thread == key.message  # its thread is opened on it
    asked_in = int(room) if room and not fresh else int(key.channel)
    return Place(
        team=key.team,
        channel=int(key.channel),
        asked_in=asked_in,
        room=asked_in,
        question=int(key.message),
        user=int(claimed.user),
        opens=fresh,
    )


def place_within(team: str, channel: int, user: int) -> Place:
    """A channel, for an answer to what was not asked in a message there."""
    return Place(
        team=team, channel=channel, asked_in=channel, room=channel, question=0, user=user, opens=False
    )
