"""The guild: its roles, members, channels."""

from __future__ import annotations

from tests.fakes.discord import bodies, guild, permissions
from tests.fakes.discord.calls import Call
from tests.fakes.discord.models import DiscordError
from tests.fakes.discord.names import BOT, GUILD
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json


def here(call: Call) -> None:
    """Refuses another guild than the only one."""
    if call.params["guild_id"] != GUILD:
        raise DiscordError(403, 50001, "Missing Access")


def whole(world: World, call: Call) -> Json:
    here(call)
    return guild.guild(world)


def roles(world: World, call: Call) -> list[Json]:
    here(call)
    return [bodies.role(each) for each in world.roles.values()]


def channels(world: World, call: Call) -> list[Json]:
    here(call)
    places = [each for each in world.channels.values() if not each.is_dm and not each.is_thread]
    return [bodies.channel(world, each) for each in places]


def member(world: World, call: Call) -> Json:
    here(call)
    if call.params["user_id"] not in world.users:
        raise DiscordError(404, 10007, "Unknown Member")
    return bodies.member(world.users[call.params["user_id"]])


def active_threads(world: World, call: Call) -> Json:
    here(call)
    threads = [each for each in world.channels.values() if each.is_thread and not each.archived]
    seen = [each for each in threads if permissions.sees(world, BOT, each)]
    found = [bodies.channel(world, each) for each in seen]
    return {
        "threads": found,
        "members": [each["member"] for each in found if "member" in each],
        "has_more": False,
    }


METHODS = {
    "GET /guilds/{guild_id}": whole,
    "GET /guilds/{guild_id}/roles": roles,
    "GET /guilds/{guild_id}/channels": channels,
    "GET /guilds/{guild_id}/members/{user_id}": member,
    "GET /guilds/{guild_id}/threads/active": active_threads,
}
