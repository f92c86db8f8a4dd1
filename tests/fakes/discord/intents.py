"""Gateway intents: which events an app gets, and which of them are privileged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.discord.models import Channel
from tests.fakes.slack.wire import Json

GUILDS, GUILD_MEMBERS, PRESENCES, GUILD_MESSAGES = 1 << 0, 1 << 1, 1 << 8, 1 << 9
GUILD_REACTIONS, DIRECT_MESSAGES, DIRECT_REACTIONS, MESSAGE_CONTENT = 1 << 10, 1 << 12, 1 << 13, 1 << 15
KNOWN = (1 << 17) - 1 | 0b11 << 20 | 0b11 << 24
PRIVILEGED = {"members": GUILD_MEMBERS, "presences": PRESENCES, "message_content": MESSAGE_CONTENT}

Build = Callable[[bool], Json]
"""The body of an event; the argument says whether the app may read all messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that the gateway tells every session that asked for it and may see it."""

    name: str
    build: Build
    channel: Channel | None = None

    @property
    def intent(self) -> int:
        """The intent that it needs; 0 for none."""
        direct = self.channel is not None and self.channel.is_dm
        if self.name.startswith("MESSAGE_REACTION"):
            return DIRECT_REACTIONS if direct else GUILD_REACTIONS
        if self.name.startswith("MESSAGE_"):
            return DIRECT_MESSAGES if direct else GUILD_MESSAGES
        if self.name.startswith("GUILD_MEMBER_"):
            return GUILD_MEMBERS
        if self.name.startswith(("GUILD_", "CHANNEL_", "THREAD_")):
            return GUILDS
        return 0


def refusal(intents: int, granted: set[str]) -> tuple[int, str] | None:
    """Close code and reason for intents that an app may not ask for."""
    if intents < 0 or intents & ~KNOWN:
        return 4013, "Invalid intent(s)."
    asked = {name for name, bit in PRIVILEGED.items() if intents & bit}
    return (4014, "Disallowed intent(s).") if asked - granted else None
