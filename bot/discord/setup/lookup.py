"""Whether ids in the settings mean somebody: people and roles, and the channel where people are asked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import discord

from bot.discord.setup.rights import HISTORY, IN_THREADS, SEE, WRITE, Server, allows

MOST = 20
"""Servers that are looked into, three calls each."""
_COPY = (
    "In Discord, turn on User Settings → Advanced → Developer Mode; then right-click the person, role or "
    "channel → Copy ID."
)


class Fault(Exception):
    """Something that an operator must mend; its text is a sentence without its full stop."""

    def __init__(self, text: str, *, mend: str) -> None:
        super().__init__(text)
        self.mend = mend


async def list_guilds(client: discord.Client) -> tuple[list[discord.Guild], bool]:
    """The servers that the bot is in, at most MOST, and whether there are more."""
    found = [guild async for guild in client.fetch_guilds(limit=MOST + 1, with_counts=False)]
    return found[:MOST], len(found) > MOST


async def open_server(client: discord.Client, guild: int) -> Server:
    """Raises what discord.py and aiohttp raise."""
    opened = await client.fetch_guild(guild, with_counts=False)
    me = await opened.fetch_member(client.user.id if client.user else 0)
    return Server(guild=opened, me=me, channels=await opened.fetch_channels())


async def find_maintainers(client: discord.Client, names: Sequence[str]) -> str:
    """What was found, in words. Raises Fault."""
    for name in names:
        if not name.isdecimal():
            raise Fault(f"DISCORD_MAINTAINERS: {name} is no id of a person or a role", mend=_COPY)
    guilds, more = await list_guilds(client)
    left = list(names)
    for guild in guilds:
        if str(guild.id) in names:
            raise Fault(
                f"DISCORD_MAINTAINERS: {guild.id} is the role of everybody in “{guild.name}”",
                mend="Name a role that only maintainers have, or people.",
            )
        left = await _leave_out(client, guild.id, left) if left else []
    if left and not more:
        raise Fault(
            f"DISCORD_MAINTAINERS: {left[0]} is neither a role nor a member of a server that the bot is in",
            mend=_COPY,
        )
    rest = f"; {len(left)} are in none of the first {MOST} servers" if left else ""
    return f"{len(names) - len(left)} of {len(names)} found{rest}."


async def find_desk(client: discord.Client, names: Sequence[str]) -> str:
    """Where people are asked, in words. Raises Fault."""
    wrong = next((name for name in names if not name.isdecimal()), "")
    if wrong:
        raise Fault(f"DISCORD_ESCALATION: {wrong} is no id of a channel or a role", mend=_COPY)
    try:
        channel = await client.fetch_channel(int(names[0]))
    except (discord.NotFound, discord.Forbidden) as error:
        raise Fault(
            f"DISCORD_ESCALATION: {names[0]} is no channel that the bot can see",
            mend="Name a text channel first, then roles. In its settings → Permissions, add the bot's role "
            f"with View Channel and Send Messages. {_COPY}",
        ) from error
    if not isinstance(channel, discord.TextChannel | discord.Thread):
        raise Fault(
            f"DISCORD_ESCALATION: {names[0]} is no text channel", mend="Name one: people reply there."
        )
    server = await open_server(client, channel.guild.id)
    home = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
    place = next((each for each in server.channels if each.id == home), None)
    if place is not None:
        writing = IN_THREADS if isinstance(channel, discord.Thread) else WRITE
        for right in (SEE, writing, HISTORY):
            if not allows(server, place, right):
                raise Fault(
                    f"DISCORD_ESCALATION: the bot cannot {right.use} #{place.name}",
                    mend=f"#{place.name} → Edit Channel → Permissions → {server.role} → {right.switch}.",
                )
    told = [_find_told(server, place, name) for name in names[1:]]
    also = f", and tells {', '.join(f'@{name}' for name in told)}" if told else ""
    return f"Asks people in #{channel.name} of “{server.guild.name}”{also}."


def _find_told(server: Server, place: discord.abc.GuildChannel | None, name: str) -> str:
    """The name of a role that the bot can notify. Raises Fault."""
    role = server.guild.get_role(int(name))
    if role is None:
        raise Fault(f"DISCORD_ESCALATION: {name} is no role of “{server.guild.name}”", mend=_COPY)
    may_all = place is not None and place.permissions_for(server.me).mention_everyone
    if not role.mentionable and not may_all:
        raise Fault(
            f"DISCORD_ESCALATION: the bot cannot notify @{role.name}",
            mend=f"Server Settings → Roles → {role.name} → Allow anyone to @mention this role.",
        )
    return role.name


async def _leave_out(client: discord.Client, guild: int, names: Sequence[str]) -> list[str]:
    """The names that mean nobody in this server."""
    opened = await client.fetch_guild(guild, with_counts=False)
    left = []
    for name in names:
        if opened.get_role(int(name)) is None:
            with suppress(discord.NotFound):
                await opened.fetch_member(int(name))
                continue
            left.append(name)
    return left
