"""reactions.add and reactions.remove."""

from __future__ import annotations

from tests.fakes.slack.calls import Call
from tests.fakes.slack.models import SlackError
from tests.fakes.slack.names import BOT_USER
from tests.fakes.slack.wire import Json
from tests.fakes.slack.world import World


def add(world: World, call: Call) -> Json:
    users = world.message(call.text("channel"), call.text("timestamp")).reactions.setdefault(
        call.text("name"), []
    )
    if BOT_USER in users:
        raise SlackError("already_reacted")
    users.append(BOT_USER)
    return {}


def remove(world: World, call: Call) -> Json:
    message = world.message(call.text("channel"), call.text("timestamp"))
    users = message.reactions.get(call.text("name"), [])
    if BOT_USER not in users:
        raise SlackError("no_reaction")
    users.remove(BOT_USER)
    if not users:
        del message.reactions[call.text("name")]
    return {}
