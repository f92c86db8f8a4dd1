"""The bot's own user and application."""

from __future__ import annotations

from tests.fakes.discord import bodies, guild, permissions
from tests.fakes.discord.calls import Call
from tests.fakes.discord.models import DiscordError
from tests.fakes.discord.names import BOT, GUILD
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json


def me(world: World, call: Call) -> Json:
    return bodies.bot_user(world)


def someone(world: World, call: Call) -> Json:
    if call.params["user_id"] not in world.users:
        raise DiscordError(404, 10013, "Unknown User")
    return bodies.user(world.users[call.params["user_id"]])


def application(world: World, call: Call) -> Json:
    return guild.application(world)


def my_guilds(world: World, call: Call) -> list[Json]:
    allowed = permissions.of(world, BOT, None)
    found: Json = {"id": GUILD, "name": "Docs guild", "icon": None, "banner": None, "owner": False}
    return [found | {"permissions": str(allowed), "features": []}]


def open_direct(world: World, call: Call) -> Json:
    user = str(call.body.get("recipient_id", ""))
    if user not in world.users or user == BOT:
        raise DiscordError(400, 50033, "Invalid Recipient(s)")
    return bodies.channel(world, world.direct(user))


METHODS = {
    "GET /users/@me": me,
    "GET /users/{user_id}": someone,
    "GET /oauth2/applications/@me": application,
    "GET /applications/@me": application,
    "GET /users/@me/guilds": my_guilds,
    "POST /users/@me/channels": open_direct,
}
