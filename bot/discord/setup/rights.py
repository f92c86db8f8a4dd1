"""What the bot must be allowed in a server, and where it is not. Nothing here calls Discord."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import discord

NAMED = 5
"""Channels that are named; of more, the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One permission."""

    bits: discord.Permissions
    use: str
    """What cannot be done without it, behind `cannot`."""
    switch: str
    """Its name in Discord's settings."""


SEE = Right(bits=discord.Permissions(view_channel=True), use="see", switch="View Channel")
WRITE = Right(bits=discord.Permissions(send_messages=True), use="write in", switch="Send Messages")
OPEN_THREADS = Right(
    bits=discord.Permissions(create_public_threads=True),
    use="open threads in",
    switch="Create Public Threads",
)
IN_THREADS = Right(
    bits=discord.Permissions(send_messages_in_threads=True),
    use="write in threads of",
    switch="Send Messages in Threads",
)
# Discord refuses replies, and threads on messages, without it.
HISTORY = Right(
    bits=discord.Permissions(read_message_history=True),
    use="read earlier messages in",
    switch="Read Message History",
)
# No more than these. Previews are suppressed, so that links need no Embed Links; it edits and deletes its own
# messages only; and a role that is to be told is made mentionable, so that it need not mention everyone.
INVITED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    create_public_threads=True,
    send_messages_in_threads=True,
    read_message_history=True,
)
SCOPES = ("bot", "applications.commands")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A guild, as far as REST tells of it."""

    guild: discord.Guild
    me: discord.Member
    channels: Sequence[discord.abc.GuildChannel]

    @property
    def role(self) -> str:
        """The name of the role that the bot's permissions come by: its own, which Discord made."""
        own = next((role for role in self.guild.roles if role.tags and role.tags.bot_id == self.me.id), None)
        return own.name if own else self.me.display_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A right that is missing where members can ask."""

    right: Right
    channels: tuple[str, ...]
    """Names; empty where it is missing in all of them."""

    def describe(self) -> str:
        """`cannot write in #general, #support`."""
        return f"cannot {self.right.use} {_enumerate(self.channels) or 'any channel where members may write'}"

    def mend(self, role: str) -> str:
        """What to click. `role`: the bot's."""
        if not self.channels:
            return f"Server Settings → Roles → {role} → Permissions → {self.right.switch}"
        return f"{_enumerate(self.channels)} → Edit Channel → Permissions → {role} → {self.right.switch}"


def find_lacks(server: Server, *, in_threads: bool) -> list[Lack]:
    """What is missing where members can ask. `in_threads`: answers get threads of their own."""
    seen = [channel for channel in server.channels if allows(server, channel, SEE)]
    places = [channel for channel in seen if _is_asked_in(server, channel)]
    if not seen:
        return [Lack(right=SEE, channels=())]
    lacks = []
    for right in (WRITE, OPEN_THREADS, IN_THREADS, HISTORY):
        wanting = [channel for channel in places if right in _needed(channel, in_threads=in_threads)]
        lacking = [channel.name for channel in wanting if not allows(server, channel, right)]
        if lacking:
            of_role = not server.me.guild_permissions.is_superset(right.bits) and len(lacking) == len(wanting)
            lacks.append(Lack(right=right, channels=() if of_role else tuple(lacking)))
    return lacks


def allows(server: Server, channel: discord.abc.GuildChannel, right: Right) -> bool:
    """Whether the bot may."""
    return channel.permissions_for(server.me).is_superset(right.bits)


def _is_asked_in(server: Server, channel: discord.abc.GuildChannel) -> bool:
    """Where members only read, nobody asks: what the bot may not there is no fault."""
    if not isinstance(channel, discord.TextChannel | discord.ForumChannel):
        return False
    everyone = server.guild.default_role
    allowed = channel.permissions_for(everyone)
    return allowed.send_messages or not allowed.view_channel


def _needed(channel: discord.abc.GuildChannel, *, in_threads: bool) -> Iterator[Right]:
    yield from (IN_THREADS, HISTORY)
    if not isinstance(channel, discord.ForumChannel):
        yield WRITE
        if in_threads:
            yield OPEN_THREADS


def _enumerate(channels: Sequence[str]) -> str:
    names = ", ".join(f"#{name}" for name in channels[:NAMED])
    more = len(channels) - NAMED
    return f"{names} and {more} more" if more > 0 else names
