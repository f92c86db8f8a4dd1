"""Who may do what where: Discord's permission bits and their arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.fakes.discord.models import Channel, DiscordError
from tests.fakes.discord.names import EVERYONE, OWNER

if TYPE_CHECKING:
    from tests.fakes.discord.world import World

BITS = {
    "administrator": 1 << 3,
    "manage_channels": 1 << 4,
    "manage_guild": 1 << 5,
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "mention_everyone": 1 << 17,
    "use_application_commands": 1 << 31,
    "manage_threads": 1 << 34,
    "create_public_threads": 1 << 35,
    "create_private_threads": 1 << 36,
    "send_messages_in_threads": 1 << 38,
}
ALL = (1 << 53) - 1
MEMBER = (
    "add_reactions",
    "attach_files",
    "create_public_threads",
    "embed_links",
    "read_message_history",
    "send_messages",
    "send_messages_in_threads",
    "use_application_commands",
    "view_channel",
)
"""What everybody may."""


def bits(names: Iterable[str]) -> int:
    """The sum of permissions; KeyError for a name that is none."""
    return sum(BITS[name] for name in set(names))


def of(world: World, user: str, channel: Channel | None) -> int:
    """What a user may in a channel, or in the guild as a whole."""
    if channel is not None and channel.is_dm:
        return bits((*MEMBER, "mention_everyone"))
    member = world.users[user]
    allowed = world.roles[EVERYONE].permissions
    for role in member.roles:
        allowed |= world.roles[role].permissions
    if user == OWNER or allowed & BITS["administrator"]:
        return ALL
    if channel is None:
        return allowed
    place = world.channels[channel.parent] if channel.is_thread else channel
    return _overwritten(allowed, place, user, member.roles)


def _overwritten(allowed: int, place: Channel, user: str, roles: Iterable[str]) -> int:
    """Overwrites apply in this order: everyone's, the roles' together, the member's."""
    denied, granted = place.overwrite(EVERYONE)
    allowed = allowed & ~denied | granted
    denied = granted = 0
    for role in roles:
        deny, allow = place.overwrite(role)
        denied, granted = denied | deny, granted | allow
    allowed = allowed & ~denied | granted
    denied, granted = place.overwrite(user)
    return allowed & ~denied | granted


def require(world: World, user: str, channel: Channel, *names: str) -> None:
    """Refuses what a user may not do.

    Raises:
        DiscordError: 50001 when the channel cannot be seen, 50013 for anything else.
    """
    if channel.is_dm:
        return
    allowed = of(world, user, channel)
    if not allowed & BITS["view_channel"]:
        raise DiscordError(403, 50001, "Missing Access")
    if any(not allowed & BITS[name] for name in names):
        raise DiscordError(403, 50013, "Missing Permissions")


def sees(world: World, user: str, channel: Channel) -> bool:
    """Whether a user can see a channel."""
    if channel.is_dm:
        return user in channel.members
    return bool(of(world, user, channel) & BITS["view_channel"])
