"""Channels, and the bot's typing in them."""

from __future__ import annotations

from tests.fakes.discord import bodies, permissions
from tests.fakes.discord.calls import Call
from tests.fakes.discord.models import Channel, DiscordError, Typing
from tests.fakes.discord.names import BOT
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json, number_of, text_of


def place(world: World, call: Call, *needed: str) -> Channel:
    """The call's channel.

    Raises:
        DiscordError: When there is none, the bot cannot see it, or lacks what is needed there.
    """
    found = world.channel(call.params["channel_id"])
    permissions.require(world, BOT, found, *needed)
    return found


def read(world: World, call: Call) -> Json:
    return bodies.channel(world, place(world, call))


def change(world: World, call: Call) -> Json:
    """Of a thread: its name, and whether it is archived or locked."""
    where = place(world, call)
    if not where.is_thread:
        permissions.require(world, BOT, where, "manage_channels")
    elif where.owner != BOT or "locked" in call.body:
        permissions.require(world, BOT, where, "manage_threads")
    if where.archived and call.body.get("archived") is not False:
        raise DiscordError(400, 50083, "Thread is archived")
    where.name = text_of(call.body, "name") or where.name
    where.archived = call.body.get("archived", where.archived) is True
    where.locked = call.body.get("locked", where.locked) is True
    where.keeps = number_of(call.body, "auto_archive_duration", where.keeps)
    world.tell_channel("THREAD_UPDATE" if where.is_thread else "CHANNEL_UPDATE", where)
    return bodies.channel(world, where)


def typing(world: World, call: Call) -> None:
    where = place(world, call, "send_messages")
    if where.archived:
        raise DiscordError(400, 50083, "Thread is archived")
    world.typings.append(Typing(channel=where.id, at=world.clock.now()))


METHODS = {
    "GET /channels/{channel_id}": read,
    "PATCH /channels/{channel_id}": change,
    "POST /channels/{channel_id}/typing": typing,
}
