"""conversations.*: looking at channels, reading them page by page, opening direct messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from tests.fakes.slack import events
from tests.fakes.slack.calls import Call
from tests.fakes.slack.models import Channel, Message, SlackError
from tests.fakes.slack.names import BOT_USER
from tests.fakes.slack.signatures import conversation_scope
from tests.fakes.slack.wire import Json
from tests.fakes.slack.world import World

T = TypeVar("T")


def info(world: World, call: Call) -> Json:
    channel = _readable(world, call)
    found: Json = {
        "id": channel.id,
        "name": channel.name,
        "is_channel": channel.kind == "channel",
        "is_group": channel.kind == "group",
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "channel",
        "is_archived": channel.archived,
        "is_member": BOT_USER in channel.members,
    }
    if channel.kind == "im":
        found["user"] = channel.name
    if call.flag("include_num_members"):
        found["num_members"] = len(channel.members)
    return {"channel": found}


def members(world: World, call: Call) -> Json:
    channel = _readable(world, call)
    page, more = _page(sorted(channel.members), call)
    return {"members": page, "response_metadata": {"next_cursor": more}}


def open_direct(world: World, call: Call) -> Json:
    users = [user for user in call.text("users").split(",") if user]
    if call.text("channel"):
        channel = world.channel(call.text("channel"))
    elif len(users) == 1 and users[0] in world.users:
        channel = world.direct(users[0])
    else:
        raise SlackError("user_not_found" if users else "users_list_not_supplied")
    whole = {"id": channel.id, "is_im": True, "user": channel.name}
    return {"channel": whole if call.flag("return_im") else {"id": channel.id}}


def history(world: World, call: Call) -> Json:
    channel = _readable(world, call)
    found = [each for each in channel.messages.values() if not each.thread_ts and not each.deleted]
    return _read(world, [each for each in reversed(found) if _within(each, call)], call)


def replies(world: World, call: Call) -> Json:
    channel = _readable(world, call)
    named = channel.messages.get(call.text("ts"))
    if named is None:
        raise SlackError("thread_not_found")
    root = channel.messages[world.root(named)]
    thread = [root, *world.replies(root)]
    if root.deleted and len(thread) == 1:
        raise SlackError("thread_not_found")
    return _read(world, [each for each in thread if not each.thread_ts or _within(each, call)], call)


def _readable(world: World, call: Call) -> Channel:
    channel = world.channel(call.text("channel"))
    needed = conversation_scope(call.method, channel.kind)
    if needed not in world.scopes:
        extra: Json = {"needed": needed, "provided": ",".join(world.scopes)}
        raise SlackError("missing_scope", extra=extra)
    if BOT_USER not in channel.members and call.method != "conversations.info":
        raise SlackError("not_in_channel")
    return channel


def _within(message: Message, call: Call) -> bool:
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9999999999.999999"
    if call.flag("inclusive"):
        return oldest <= message.ts <= latest
    return oldest < message.ts < latest


def _read(world: World, found: list[Message], call: Call) -> Json:
    page, more = _page(found, call)
    messages = [_whole(world, message) for message in page]
    answer: Json = {"messages": messages, "has_more": bool(more)}
    return answer | ({"response_metadata": {"next_cursor": more}} if more else {})


def _whole(world: World, message: Message) -> Json:
    if message.deleted:
        return events.tombstone(message, world.replies(message))
    found = world.body(message)
    if message.thread_ts:
        found["parent_user_id"] = world.channels[message.channel].messages[message.thread_ts].user
    return found


def _page(found: Sequence[T], call: Call) -> tuple[Sequence[T], str]:
    """A page, and the cursor of the next one."""
    first = int(call.text("cursor") or 0)
    last = first + min(call.number("limit", 100) or 100, 1000)
    return found[first:last], str(last) if last < len(found) else ""
