"""The payloads of commands, shortcuts, presses and submissions, as Slack writes them. Pure but for ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.fakes.slack import events
from tests.fakes.slack.models import Channel, Message, User, elements_of
from tests.fakes.slack.names import APP, TEAM, TEAM_DOMAIN
from tests.fakes.slack.wire import Json, as_object, as_objects, text_of

Value = str | list[str] | None
"""What a user enters or chooses: a text, an option's value, several of them, or nothing."""

CHANNEL_NAMES = {"group": "privategroup", "im": "directmessage", "mpim": "mpdm"}
TOKEN = "verification-token"


def command(
    user: User, channel: Channel, name: str, text: str, *, response_url: str, trigger_id: str
) -> Json:
    """slash_commands: flat, every value a text."""
    return {
        "token": TOKEN,
        "team_id": TEAM,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": CHANNEL_NAMES.get(channel.kind, channel.name),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def shortcut(
    user: User, channel: Channel, message: Message, name: str, *, response_url: str, trigger_id: str, ts: str
) -> Json:
    """message_action."""
    return _frame("message_action", user) | {
        "callback_id": name,
        "trigger_id": trigger_id,
        "response_url": response_url,
        "action_ts": ts,
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": CHANNEL_NAMES.get(channel.kind, channel.name)},
        "message": events.body(message),
    }


def press_message(
    user: User, channel: Channel, message: Message, action: Json, *, response_url: str, trigger_id: str
) -> Json:
    """block_actions in a message; of an ephemeral one Slack sends no message."""
    container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    container["is_ephemeral"] = bool(message.ephemeral_for)
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    found = _frame("block_actions", user) | {
        "api_app_id": APP,
        "container": container,
        "trigger_id": trigger_id,
        "channel": {"id": channel.id, "name": CHANNEL_NAMES.get(channel.kind, channel.name)},
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [action],
    }
    if not message.ephemeral_for:
        found["message"] = events.body(message) | {"app_id": APP}
    return found


def press_view(user: User, view: Json, action: Json, *, trigger_id: str) -> Json:
    """block_actions in a modal or a Home tab."""
    return _frame("block_actions", user) | {
        "api_app_id": APP,
        "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": trigger_id,
        "view": view,
        "actions": [action],
    }


def submission(user: User, view: Json, values: Json, *, trigger_id: str) -> Json:
    """view_submission; `values` by block_id and action_id."""
    found = _frame("view_submission", user) | {"api_app_id": APP, "trigger_id": trigger_id}
    return found | {"view": view | {"state": {"values": values}}, "response_urls": []}


def closing(user: User, view: Json) -> Json:
    return _frame("view_closed", user) | {"api_app_id": APP, "view": view, "is_cleared": False}


def action_of(blocks: list[Json], action_id: str, value: Value, ts: str) -> Json:
    """The action that pressing an element makes.

    Raises:
        LookupError: When nothing on the message has that action_id, or the value is none of its own.
    """
    known = [(block, element) for block in blocks for element in elements_of(block)]
    for block, element in known:
        if element["action_id"] == action_id:
            found: Json = {"type": element["type"], "action_id": action_id, "block_id": block["block_id"]}
            return found | {"action_ts": ts} | _pressed(element, value)
    raise LookupError(
        f"nothing has the action_id {action_id!r}; there are {[e['action_id'] for _, e in known]}"
    )


def state_of(blocks: list[Json], values: Mapping[str, Value]) -> Json:
    """The state of a view's inputs, by block_id and action_id, with what a user entered.

    Raises:
        LookupError: When a value is for an input that the view does not have.
    """
    inputs = [(block, element) for block in blocks for element in elements_of(block)]
    names = [element["action_id"] for _, element in inputs]
    for name in values:
        if name not in names:
            raise LookupError(f"no input has the action_id {name!r}; there are {names}")
    found: Json = {}
    for block, element in inputs:
        if element["type"] != "button":
            name = text_of(element, "action_id")
            entered = _entered(element, values[name]) if name in values else _initial(element)
            found[text_of(block, "block_id")] = {name: {"type": element["type"], **entered}}
    return found


def missing_inputs(blocks: list[Json], state: Json) -> list[str]:
    """The action_ids of required inputs that are left empty: Slack's client submits no such view."""
    found = []
    for block in blocks:
        name = text_of(as_object(block.get("element")), "action_id")
        given = as_object(as_object(state.get(text_of(block, "block_id"))).get(name))
        required = block.get("type") == "input" and block.get("optional") is not True
        if required and not any(value for key, value in given.items() if key != "type"):
            found.append(name)
    return found


def _frame(kind: str, user: User) -> Json:
    return {
        "type": kind,
        "token": TOKEN,
        "team": {"id": TEAM, "domain": TEAM_DOMAIN},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _pressed(element: Json, value: Value) -> Json:
    if element["type"] == "feedback_buttons":
        sides = [as_object(element[side]) for side in ("positive_button", "negative_button")]
        for side in sides:
            if side.get("value") == value:
                return {"value": value, "text": side["text"]}
        raise LookupError(f"{value!r} is none of {[side.get('value') for side in sides]}")
    if element["type"] in ("button", "icon_button"):
        if value is not None and value != element.get("value"):
            raise LookupError(f"the button's value is {element.get('value')!r}, not {value!r}")
        own = {"text": element["text"]} if "text" in element else {}
        return own | ({"value": element["value"]} if "value" in element else {})
    return _entered(element, value)


def _entered(element: Json, value: Value) -> Json:
    """What an input holds after a user's doing."""
    kind = text_of(element, "type")
    if kind in ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"):
        return {"value": value}
    if isinstance(value, list):
        if kind.startswith("multi_") and not kind.startswith("multi_static"):
            return {f"selected_{kind.removeprefix('multi_').removesuffix('_select')}": value}
        return {"selected_options": [_option(element, each) for each in value]}
    if kind in ("static_select", "radio_buttons", "overflow", "external_select"):
        return {"selected_option": _option(element, value) if value is not None else None}
    return {f"selected_{kind.removesuffix('s_select').removesuffix('picker')}": value}


def _initial(element: Json) -> Json:
    """What an input holds before a user's doing."""
    found: Json = {}
    for key, value in element.items():
        if key.startswith("initial_"):
            found["value" if key == "initial_value" else key.replace("initial_", "selected_")] = value
    return found or _entered(element, [] if _many(element) else None)


def _many(element: Json) -> bool:
    return element["type"] == "checkboxes" or text_of(element, "type").startswith("multi_")


def _option(element: Json, value: str) -> Json:
    options = list(_options(element))
    for option in options:
        if option.get("value") == value:
            return option
    raise LookupError(f"{value!r} is none of the options {[option.get('value') for option in options]}")


def _options(element: Json) -> Iterator[Json]:
    yield from as_objects(element.get("options"))
    for group in as_objects(element.get("option_groups")):
        yield from as_objects(group.get("options"))
