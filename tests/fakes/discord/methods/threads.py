"""Threads on messages, on their own, and in forums."""

from __future__ import annotations

from tests.fakes.discord import bodies
from tests.fakes.discord.calls import Call
from tests.fakes.discord.methods.channels import place
from tests.fakes.discord.models import FORUM_KIND, NEWS, TEXT, Channel, DiscordError
from tests.fakes.discord.names import BOT
from tests.fakes.discord.posting import fill
from tests.fakes.discord.rules import form_error
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json, as_object, number_of, text_of

NOT_HERE = (400, 50024, "Cannot execute action on this channel type")


def on_message(world: World, call: Call) -> Json:
    where = world.channel(call.params["channel_id"])
    if where.kind not in (TEXT, NEWS):
        raise DiscordError(*NOT_HERE)
    place(world, call, "create_public_threads", "read_message_history")
    message = world.message(where.id, call.params["message_id"])
    if message.thread:
        raise DiscordError(400, 160004, "A thread has already been created for this message")
    thread = world.open_thread(where, BOT, text_of(call.body, "name"), on=message)
    thread.keeps = number_of(call.body, "auto_archive_duration", thread.keeps)
    return bodies.channel(world, thread)


def alone(world: World, call: Call) -> Json:
    """A thread without a message, or a forum's post with one."""
    where = world.channel(call.params["channel_id"])
    if where.kind == FORUM_KIND:
        return _post(world, call)
    if where.kind != TEXT:
        raise DiscordError(*NOT_HERE)
    if "message" in call.body:
        raise form_error("message", "UNKNOWN_KEY", "only a forum's post has a message")
    place(world, call, "create_public_threads")
    return bodies.channel(world, world.open_thread(where, BOT, text_of(call.body, "name")))


def _post(world: World, call: Call) -> Json:
    where = place(world, call, "send_messages")
    if "message" not in call.body:
        raise form_error("message", "BASE_TYPE_REQUIRED", "This field is required")
    draft = world.draft(where.id, BOT)
    fill(world, draft, as_object(call.body["message"]), call.files)
    thread = world.open_thread(where, BOT, text_of(call.body, "name"))
    tags = call.body.get("applied_tags")
    thread.tags = [str(each) for each in tags] if isinstance(tags, list) else []
    draft.id = draft.channel = thread.id
    world.add(draft)
    return bodies.channel(world, thread) | {"message": bodies.message(world, draft)}


def archived(world: World, call: Call) -> Json:
    where = place(world, call, "read_message_history")
    found = [each for each in world.channels.values() if each.parent == where.id and each.archived]
    threads = [bodies.channel(world, each) for each in found]
    members = [each["member"] for each in threads if "member" in each]
    return {"threads": threads, "members": members, "has_more": False}


def join(world: World, call: Call) -> None:
    where = _thread_of(world, call)
    if BOT not in where.members:
        where.members.append(BOT)


def leave(world: World, call: Call) -> None:
    where = _thread_of(world, call)
    if BOT in where.members:
        where.members.remove(BOT)


def _thread_of(world: World, call: Call) -> Channel:
    where = place(world, call)
    if not where.is_thread:
        raise DiscordError(*NOT_HERE)
    if where.archived:
        raise DiscordError(400, 50083, "Thread is archived")
    return where


METHODS = {
    "POST /channels/{channel_id}/messages/{message_id}/threads": on_message,
    "POST /channels/{channel_id}/threads": alone,
    "GET /channels/{channel_id}/threads/archived/public": archived,
    "PUT /channels/{channel_id}/thread-members/@me": join,
    "DELETE /channels/{channel_id}/thread-members/@me": leave,
}
