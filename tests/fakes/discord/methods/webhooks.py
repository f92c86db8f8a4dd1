"""What comes after the first response: more messages, and edits, by the interaction's token."""

from __future__ import annotations

from tests.fakes.discord import bodies
from tests.fakes.discord.calls import Call
from tests.fakes.discord.methods.interactions import begin, place
from tests.fakes.discord.models import EPHEMERAL, LOADING, DiscordError, Interaction, Message
from tests.fakes.discord.names import APPLICATION
from tests.fakes.discord.posting import fill, rewrite
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json

UNKNOWN = (404, 10008, "Unknown Message")


def follow(world: World, call: Call) -> Json:
    """One more message; it takes the place of an answer that is still thinking."""
    found = _open(world, call)
    waiting = found.original
    if waiting is not None and waiting.thinking and not waiting.deleted:
        return bodies.message(world, _settle(world, call, waiting))
    message = begin(world, found)
    if found.original is not None and not message.reference:
        message.kind, message.reference, message.reference_channel = 19, found.original.id, found.channel
    fill(world, message, call.body, call.files)
    place(world, found, message)
    found.followups.append(message)
    return bodies.message(world, message)


def read_original(world: World, call: Call) -> Json:
    return bodies.message(world, _original(world, call))


def edit_original(world: World, call: Call) -> Json:
    message = _original(world, call)
    if message.thinking:
        return bodies.message(world, _settle(world, call, message))
    return bodies.message(world, rewrite(world, message, call.body, call.files))


def remove_original(world: World, call: Call) -> None:
    world.remove(_original(world, call))


def read(world: World, call: Call) -> Json:
    return bodies.message(world, _named(world, call))


def edit(world: World, call: Call) -> Json:
    message = _named(world, call)
    if message.thinking:
        return bodies.message(world, _settle(world, call, message))
    return bodies.message(world, rewrite(world, message, call.body, call.files))


def remove(world: World, call: Call) -> None:
    world.remove(_named(world, call))


def _settle(world: World, call: Call, waiting: Message) -> Message:
    """Writes the deferred answer: whether all see it was decided when it was deferred."""
    body = {key: value for key, value in call.body.items() if key != "flags"}
    flags = call.body.get("flags")
    waiting.flags &= ~LOADING
    fill(world, waiting, body, call.files)
    if isinstance(flags, int):
        waiting.flags |= flags & ~EPHEMERAL
    waiting.sent = dict(call.body)
    world.change(waiting)
    waiting.history.pop()
    return waiting


def _open(world: World, call: Call) -> Interaction:
    found = next(
        (each for each in world.interactions.values() if each.token == call.params["webhook_token"]), None
    )
    if found is None or call.params["webhook_id"] != APPLICATION:
        raise DiscordError(404, 10015, "Unknown Webhook")
    if found.expired or world.clock.now() - found.created > world.token_seconds:
        raise DiscordError(401, 50027, "Invalid Webhook Token")
    if not found.callback:
        raise DiscordError(404, 10015, "Unknown Webhook")
    return found


def _original(world: World, call: Call) -> Message:
    found = _open(world, call).original
    if found is None or found.deleted:
        raise DiscordError(*UNKNOWN)
    return found


def _named(world: World, call: Call) -> Message:
    found = _open(world, call)
    for message in (found.original, *found.followups):
        if message is not None and message.id == call.params["message_id"] and not message.deleted:
            return message
    raise DiscordError(*UNKNOWN)


ROOT = "/webhooks/{webhook_id}/{webhook_token}"
METHODS = {
    f"POST {ROOT}": follow,
    f"GET {ROOT}/messages/@original": read_original,
    f"PATCH {ROOT}/messages/@original": edit_original,
    f"DELETE {ROOT}/messages/@original": remove_original,
    f"GET {ROOT}/messages/{{message_id}}": read,
    f"PATCH {ROOT}/messages/{{message_id}}": edit,
    f"DELETE {ROOT}/messages/{{message_id}}": remove,
}
