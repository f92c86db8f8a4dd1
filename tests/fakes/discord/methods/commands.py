"""The tree of application commands, of all guilds and of one."""

from __future__ import annotations

from tests.fakes.discord.calls import Call
from tests.fakes.discord.methods.guilds import here
from tests.fakes.discord.models import DiscordError
from tests.fakes.discord.names import APPLICATION
from tests.fakes.discord.rules import check_commands
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json, as_objects, number_of, text_of, without_none


def read_all(world: World, call: Call) -> list[Json]:
    return tree(world, _guild(call))


def write_all(world: World, call: Call) -> list[Json]:
    """The whole tree: what is not in it goes, what is known by name and type keeps its id."""
    guild = _guild(call)
    wanted = as_objects(call.payload)
    check_commands(wanted)
    before = {_key(each): text_of(each, "id") for each in tree(world, guild)}
    for name in before.values():
        del world.commands[name]
    for each in wanted:
        _store(world, guild, each, before.get(_key(each), ""))
    world.syncs += 1
    return tree(world, guild)


def write_one(world: World, call: Call) -> Json:
    guild = _guild(call)
    before = {_key(each): text_of(each, "id") for each in tree(world, guild)}
    others = [each for each in tree(world, guild) if _key(each) != _key(call.body)]
    check_commands([*others, call.body])
    return _store(world, guild, call.body, before.get(_key(call.body), ""))


def read(world: World, call: Call) -> Json:
    return _one(world, call)


def change(world: World, call: Call) -> Json:
    known = _one(world, call)
    return _store(world, "", known | call.body, text_of(known, "id"))


def remove(world: World, call: Call) -> None:
    del world.commands[text_of(_one(world, call), "id")]


def tree(world: World, guild: str) -> list[Json]:
    """The commands of one guild, or those of all with an empty id."""
    return [each for each in world.commands.values() if text_of(each, "guild_id") == guild]


def _one(world: World, call: Call) -> Json:
    _guild(call)
    found = world.commands.get(call.params["command_id"])
    if found is None:
        raise DiscordError(404, 10063, "Unknown application command")
    return found


def _guild(call: Call) -> str:
    if call.params["application_id"] != APPLICATION:
        raise DiscordError(403, 20012, "You are not authorized to perform this action on this application")
    if "guild_id" in call.params:
        here(call)
    return call.params.get("guild_id", "")


def _key(command: Json) -> tuple[int, str]:
    return number_of(command, "type", 1), text_of(command, "name")


def _store(world: World, guild: str, sent: Json, name: str) -> Json:
    kept = without_none(sent) | {"id": name or world.clock.snowflake(), "application_id": APPLICATION}
    kept |= {"version": world.clock.snowflake(), "type": number_of(sent, "type", 1)}
    kept["description"] = text_of(sent, "description")
    needed = sent.get("default_member_permissions")
    kept["default_member_permissions"] = str(needed) if needed is not None else None
    kept["contexts"] = sent.get("contexts")
    if guild:
        kept["guild_id"] = guild
    kept["options"] = [_option(each) for each in as_objects(sent.get("options"))]
    world.commands[str(kept["id"])] = kept
    return kept


def _option(sent: Json) -> Json:
    """As Discord gives it back: what was not set is not there."""
    found = without_none(sent)
    if "options" in found:
        found["options"] = [_option(each) for each in as_objects(found["options"])]
    return found


ROOT = "/applications/{application_id}"
ONE = f"{ROOT}/commands/{{command_id}}"
METHODS = {
    f"GET {ROOT}/commands": read_all,
    f"PUT {ROOT}/commands": write_all,
    f"POST {ROOT}/commands": write_one,
    f"GET {ROOT}/guilds/{{guild_id}}/commands": read_all,
    f"PUT {ROOT}/guilds/{{guild_id}}/commands": write_all,
    f"POST {ROOT}/guilds/{{guild_id}}/commands": write_one,
    f"GET {ONE}": read,
    f"PATCH {ONE}": change,
    f"DELETE {ONE}": remove,
}
