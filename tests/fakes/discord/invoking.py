"""What a user's client makes of the command tree: it knows commands, options and their types, and says no."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fakes.discord import bodies, permissions
from tests.fakes.discord.components import LABEL, ROW, TEXT_INPUT, fields
from tests.fakes.discord.models import Channel
from tests.fakes.discord.names import GUILD
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json, as_objects, number_of, text_of

Value = str | int | float | bool
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER = range(1, 11)
TYPES: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    NUMBER: (int, float),
    USER: (str,),
    CHANNEL: (str,),
    ROLE: (str,),
    MENTIONABLE: (str,),
}
ENTITIES = {5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}
"""What the menus that are no menus of texts offer."""


def find(world: World, kind: int, name: str, user: str, where: Channel, *, even_hidden: bool) -> Json:
    """The command that a client offers under a name: 1 a slash command, 3 one of a message's menu.

    Raises:
        LookupError: When it is not synced, does not work in that place, or is hidden from the user.
    """
    known = [each for each in world.commands.values() if number_of(each, "type", 1) == kind]
    found = next((each for each in known if each["name"] == name), None)
    if found is None:
        raise LookupError(f"no command {name!r} is synced; there are {[each['name'] for each in known]}")
    contexts = found.get("contexts")
    if isinstance(contexts, list):
        fits = (1 if where.is_dm else 0) in contexts
    else:
        fits = not where.is_dm or found.get("dm_permission", True) is not False
    if not fits or (where.is_dm and "guild_id" in found):
        raise LookupError(f"the command {name!r} does not work in {where.id}")
    needed = found.get("default_member_permissions")
    if needed is not None and not where.is_dm and not even_hidden:
        allowed = permissions.of(world, user, where)
        if allowed & int(str(needed)) != int(str(needed)) or (needed == "0" and allowed != permissions.ALL):
            raise LookupError(f"the command {name!r} is hidden from {user}")
    return found


def invocation(
    world: World, command: Json, path: list[str], given: Mapping[str, Value], *, focused: str = ""
) -> Json:
    """The data of an interaction that invokes a command, with its options typed as the tree says.

    Raises:
        LookupError: For an option or subcommand that there is not, or a required one that is missing.
        TypeError: For a value of another type.
        ValueError: For a value that the option does not allow.
    """
    resolved: Json = {}
    holder = command
    for step in path:
        holder = _named(as_objects(holder.get("options")), step)
    options = _options(world, holder, given, focused, resolved)
    for step in reversed(path):
        kind = number_of(_below(command, path[: path.index(step) + 1]), "type", SUBCOMMAND)
        options = [{"name": step, "type": kind, "options": options}]
    data: Json = {"id": command["id"], "name": command["name"], "type": 1}
    if "guild_id" in command:
        data["guild_id"] = GUILD
    return data | ({"options": options} if options else {}) | ({"resolved": resolved} if resolved else {})


def _below(command: Json, path: list[str]) -> Json:
    for step in path:
        command = _named(as_objects(command.get("options")), step)
    return command


def _named(options: list[Json], name: str) -> Json:
    for option in options:
        if option["name"] == name:
            return option
    raise LookupError(f"no option {name!r}; there are {[option['name'] for option in options]}")


def _options(
    world: World, holder: Json, given: Mapping[str, Value], focused: str, resolved: Json
) -> list[Json]:
    known = as_objects(holder.get("options"))
    if any(number_of(option, "type", 0) in (SUBCOMMAND, GROUP) for option in known):
        raise LookupError(f"choose one of {[option['name'] for option in known]}")
    missing = [option["name"] for option in known if option.get("required") is True]
    missing = [name for name in missing if name not in given]
    if missing and not focused:
        raise LookupError(f"required options are missing: {missing}")
    found = []
    for name, value in given.items():
        option = _named(known, name)
        if name == focused and option.get("autocomplete") is not True:
            raise LookupError(f"the option {name!r} completes nothing")
        if name != focused:
            _check(option, value)
            _resolve(world, number_of(option, "type", STRING), value, resolved)
        entry: Json = {"name": name, "type": option["type"], "value": value}
        found.append(entry | ({"focused": True} if name == focused else {}))
    return found


def _check(option: Json, value: Value) -> None:
    name, kind = option["name"], number_of(option, "type", STRING)
    if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != BOOLEAN):
        raise TypeError(f"{value!r} is no value for {name!r}")
    choices = [each.get("value") for each in as_objects(option.get("choices"))]
    if choices and value not in choices:
        raise ValueError(f"{value!r} is none of {choices}")
    if isinstance(value, str) and kind == STRING:
        least, most = number_of(option, "min_length", 0), number_of(option, "max_length", 6000)
        if not least <= len(value) <= most:
            raise ValueError(f"{name!r} takes {least} to {most} characters")
    for key, wrong in (("min_value", -1), ("max_value", 1)):
        limit = option.get(key)
        if isinstance(limit, int | float) and isinstance(value, int | float) and (value - limit) * wrong > 0:
            raise ValueError(f"{name!r} has the limit {limit}")


def _resolve(world: World, kind: int, value: Value, resolved: Json) -> None:
    """Puts what an id stands for beside the options."""
    name = str(value)
    if kind == USER or (kind == MENTIONABLE and name in world.users):
        person = world.users[name]
        _put(resolved, "users", name, bodies.user(person))
        _put(resolved, "members", name, resolved_member(world, name))
    elif kind == CHANNEL:
        _put(resolved, "channels", name, resolved_channel(world, name))
    elif kind in (ROLE, MENTIONABLE):
        _put(resolved, "roles", name, bodies.role(world.roles[name]))


def resolved_member(world: World, user: str) -> Json:
    allowed = str(permissions.of(world, user, None))
    return bodies.member(world.users[user], nested=True) | {"permissions": allowed}


def resolved_channel(world: World, name: str) -> Json:
    where = world.channels[name]
    return bodies.channel(world, where) | {"permissions": str(permissions.ALL)}


def _put(resolved: Json, kind: str, name: str, body: Json) -> None:
    group = resolved.setdefault(kind, {})
    if isinstance(group, dict):
        group[name] = body


def chosen(world: World, component: Json, values: list[str]) -> Json:
    """The data of a menu's choice.

    Raises:
        ValueError: For a value that the menu does not offer, or too few or many.
    """
    kind = number_of(component, "type", 3)
    least, most = number_of(component, "min_values", 1), number_of(component, "max_values", 1)
    offered = [text_of(each, "value") for each in as_objects(component.get("options"))]
    if not least <= len(values) <= most:
        raise ValueError(f"the menu takes {least} to {most} values")
    if kind == 3 and not set(values) <= set(offered):
        raise ValueError(f"{values} are not among {offered}")
    resolved: Json = {}
    for value in values:
        _resolve(world, ENTITIES.get(kind, STRING), value, resolved)
    found: Json = {"component_type": kind, "custom_id": component["custom_id"], "id": component["id"]}
    return found | {"values": values} | ({"resolved": resolved} if kind != 3 else {})


def filled(world: World, modal: Json, given: Mapping[str, str | list[str]]) -> Json:
    """The data of a submitted modal; `given` by custom_id or by label.

    Raises:
        LookupError: For an input that there is not, or a required one that is left empty.
        ValueError: For a text that is too short or too long.
    """
    known = fields(modal.get("components"))
    names = {text_of(field, "label"): name for name, field in known.items()} | {name: name for name in known}
    unknown = set(given) - set(names)
    if unknown:
        raise LookupError(f"no input is called {unknown}; there are {sorted(names)}")
    values = {names[name]: value for name, value in given.items()}
    rows = [_row(world, row, values) for row in as_objects(modal.get("components"))]
    resolved: Json = {}
    for name, value in values.items():
        for each in value if isinstance(value, list) else []:
            _resolve(world, ENTITIES.get(number_of(known[name], "type", 0), STRING), each, resolved)
    data: Json = {"custom_id": modal["custom_id"], "components": [row for row in rows if row]}
    return data | ({"resolved": resolved} if resolved else {})


def _row(world: World, row: Json, values: Mapping[str, str | list[str]]) -> Json:
    own: Json = {"type": row["type"], "id": row["id"]}
    if row["type"] == LABEL:
        inner = row["component"]
        return own | {"component": _field(world, inner if isinstance(inner, dict) else {}, values)}
    if row["type"] == ROW:
        return own | {"components": [_field(world, each, values) for each in as_objects(row["components"])]}
    return own


def _field(world: World, field: Json, values: Mapping[str, str | list[str]]) -> Json:
    name = text_of(field, "custom_id")
    own: Json = {"type": field["type"], "custom_id": name, "id": field["id"]}
    value = values.get(name, text_of(field, "value"))
    if isinstance(value, list):
        return own | {"values": chosen(world, field, value)["values"]}
    if field["type"] != TEXT_INPUT:
        return own | {"values": [value] if value else []}
    if not value and field.get("required", True) is not False:
        raise LookupError(f"the required input {name!r} is empty")
    least, most = number_of(field, "min_length", 0), number_of(field, "max_length", 4000)
    if value and not least <= len(value) <= most:
        raise ValueError(f"{name!r} takes {least} to {most} characters")
    return own | {"value": value}
