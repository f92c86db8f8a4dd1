"""The first response to an interaction."""

from __future__ import annotations

from tests.fakes.discord import bodies
from tests.fakes.discord.calls import Call
from tests.fakes.discord.components import with_ids
from tests.fakes.discord.models import (
    AUTOCOMPLETE,
    COMMAND,
    EPHEMERAL,
    LOADING,
    PRESS,
    SUBMIT,
    Choice,
    DiscordError,
    Interaction,
    Message,
)
from tests.fakes.discord.names import APPLICATION, BOT
from tests.fakes.discord.posting import fill, rewrite
from tests.fakes.discord.rules import check_modal, form_error
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json, as_object, as_objects, number_of, text_of

MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
FITTING = {
    COMMAND: (MESSAGE, DEFERRED, MODAL),
    PRESS: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL),
    AUTOCOMPLETE: (CHOICES,),
    SUBMIT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE),
}
"""Which responses an interaction takes; updates only where there is a message to update."""


def respond(world: World, call: Call) -> Json | None:
    found = _open(world, call)
    kind, data = number_of(call.body, "type", 0), as_object(call.body.get("data"))
    fitting = FITTING[found.kind]
    if kind not in fitting or (kind in (DEFERRED_UPDATE, UPDATE) and found.message is None):
        raise form_error("type", "UNION_TYPE_CHOICES", f"Value of field must be one of {fitting}.")
    _take(world, call, found, kind, data)
    found.callback, found.acknowledged = kind, world.clock.now()
    return _told(world, found) if call.query.get("with_response") in ("1", "true", "True") else None


def _open(world: World, call: Call) -> Interaction:
    found = world.interactions.get(call.params["interaction_id"])
    if found is None or found.token != call.params["interaction_token"] or found.expired:
        raise DiscordError(404, 10062, "Unknown interaction")
    if found.callback:
        raise DiscordError(400, 40060, "Interaction has already been acknowledged.")
    if world.clock.now() - found.created > world.deadline:
        raise DiscordError(404, 10062, "Unknown interaction")
    return found


def _take(world: World, call: Call, found: Interaction, kind: int, data: Json) -> None:
    if kind in (MESSAGE, DEFERRED):
        found.original = _answer(world, call, found, kind, data)
    elif kind == UPDATE and found.message is not None:
        found.original = rewrite(world, found.message, data, call.files)
    elif kind == DEFERRED_UPDATE:
        found.original = found.message
    elif kind == CHOICES:
        found.choices = [_choice(each) for each in as_objects(data.get("choices"))]
    elif kind == MODAL:
        check_modal(data)
        found.modal = data | {"components": with_ids(data.get("components"))}


def _answer(world: World, call: Call, found: Interaction, kind: int, data: Json) -> Message:
    message = begin(world, found)
    if found.kind == COMMAND:
        message.kind = 23 if "target_id" in found.data else 20
    if kind == MESSAGE:
        fill(world, message, data, call.files)
    else:
        message.flags = LOADING | number_of(data, "flags", 0) & EPHEMERAL
    place(world, found, message)
    return message


def begin(world: World, found: Interaction) -> Message:
    """A new message of an interaction's, that is nowhere yet."""
    message = world.draft(found.channel, BOT)
    message.webhook, message.interaction = APPLICATION, found.id
    if found.message is not None and found.kind == PRESS:
        message.kind, message.reference, message.reference_channel = 19, found.message.id, found.channel
    return message


def place(world: World, found: Interaction, message: Message) -> None:
    """Shows a message of an interaction's: to everybody, or to its user alone."""
    if message.ephemeral:
        message.ephemeral_for = found.user
    world.add(message)


def _choice(sent: Json) -> Choice:
    value = sent.get("value")
    return Choice(name=text_of(sent, "name"), value=value if isinstance(value, str | int | float) else "")


def _told(world: World, found: Interaction) -> Json:
    about: Json = {"id": found.id, "type": found.kind}
    told: Json = {"interaction": about}
    if found.original is not None:
        about |= {
            "response_message_id": found.original.id,
            "response_message_loading": found.original.thinking,
            "response_message_ephemeral": found.original.ephemeral,
        }
        if found.callback in (MESSAGE, UPDATE):
            body = bodies.message(world, found.original)
            told["resource"] = {"type": found.callback, "message": body}
    return told


METHODS = {"POST /interactions/{interaction_id}/{interaction_token}/callback": respond}
