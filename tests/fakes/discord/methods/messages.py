"""Messages in channels, and reactions to them."""

from __future__ import annotations

from tests.fakes.discord import bodies, permissions
from tests.fakes.discord.calls import Call
from tests.fakes.discord.methods.channels import place
from tests.fakes.discord.models import EPHEMERAL, FORUM_KIND, Channel, DiscordError, Message
from tests.fakes.discord.names import BOT
from tests.fakes.discord.permissions import BITS
from tests.fakes.discord.posting import fill, rewrite
from tests.fakes.discord.rules import form_error
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json, as_object

PAGE = (1, 100)


def history(world: World, call: Call) -> list[Json]:
    """The newest first; `before`, `after` or `around` an id."""
    where = place(world, call)
    if not where.is_dm and not permissions.of(world, BOT, where) & BITS["read_message_history"]:
        return []
    most = int(call.query.get("limit", "50"))
    if not PAGE[0] <= most <= PAGE[1]:
        raise form_error("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
    found = world.standing(where.id)
    if "before" in call.query:
        found = [each for each in found if int(each.id) < int(call.query["before"])]
    if "after" in call.query:
        found = [each for each in found if int(each.id) > int(call.query["after"])][:most]
    if "around" in call.query:
        middle = int(call.query["around"])
        found = sorted(found, key=lambda each: abs(int(each.id) - middle))[:most]
        found.sort(key=lambda each: int(each.id))
    return [bodies.message(world, each, content=world.reads_all) for each in reversed(found[-most:])]


def read(world: World, call: Call) -> Json:
    where = place(world, call, "read_message_history")
    found = world.message(where.id, call.params["message_id"])
    return bodies.message(world, found, content=world.reads_all)


def post(world: World, call: Call) -> Json:
    where = place(world, call)
    _admit(world, where)
    earlier = _repeated(world, call)
    if earlier is not None:
        return bodies.message(world, earlier)
    message = world.draft(where.id, BOT)
    _refer(world, message, as_object(call.body.get("message_reference")))
    fill(world, message, call.body, call.files)
    message.flags &= ~EPHEMERAL
    if call.body.get("enforce_nonce") is True:
        world.nonces[where.id, str(message.nonce)] = message
    revive(world, where)
    world.add(message)
    return bodies.message(world, message)


def revive(world: World, where: Channel) -> None:
    """A message brings an archived thread back."""
    if where.archived:
        where.archived = False
        world.tell_channel("THREAD_UPDATE", where)


def edit(world: World, call: Call) -> Json:
    where = place(world, call)
    message = world.message(where.id, call.params["message_id"])
    if message.author != BOT:
        raise DiscordError(403, 50005, "Cannot edit a message authored by another user")
    if where.archived:
        raise DiscordError(400, 50083, "Thread is archived")
    return bodies.message(world, rewrite(world, message, call.body, call.files))


def remove(world: World, call: Call) -> None:
    where = place(world, call)
    message = world.message(where.id, call.params["message_id"])
    if message.author != BOT:
        permissions.require(world, BOT, where, "manage_messages")
    if where.archived:
        raise DiscordError(400, 50083, "Thread is archived")
    world.remove(message)


def react(world: World, call: Call) -> None:
    where = place(world, call, "read_message_history", "add_reactions")
    message = world.message(where.id, call.params["message_id"])
    if where.archived:
        raise DiscordError(400, 50083, "Thread is archived")
    put_reaction(world, message, BOT, call.params["emoji_name"])


def unreact(world: World, call: Call) -> None:
    where = place(world, call, "read_message_history")
    message = world.message(where.id, call.params["message_id"])
    emoji = call.params["emoji_name"]
    if BOT not in message.reactions.get(emoji, []):
        raise DiscordError(404, 10014, "Unknown Emoji")
    put_reaction(world, message, BOT, emoji, gone=True)


def put_reaction(world: World, message: Message, user: str, emoji: str, *, gone: bool = False) -> None:
    """Puts a reaction to a message or takes it away, and tells the app."""
    people = message.reactions.setdefault(emoji, [])
    if gone == (user not in people):
        return
    if gone:
        people.remove(user)
    else:
        people.append(user)
    where = world.channels[message.channel]
    event: Json = {
        "user_id": user,
        "channel_id": where.id,
        "message_id": message.id,
        "emoji": {"id": None, "name": emoji},
        "type": 0,
        "burst": False,
        "message_author_id": message.author,
    } | world.guild_mark(where)
    if not where.is_dm and not gone:
        event["member"] = bodies.member(world.users[user])
    world.tell("MESSAGE_REACTION_REMOVE" if gone else "MESSAGE_REACTION_ADD", lambda _: event, where)


def _admit(world: World, where: Channel) -> None:
    """Refuses a message where the bot may not write."""
    if where.is_dm:
        if not all(world.users[each].takes_dms for each in where.members):
            raise DiscordError(403, 50007, "Cannot send messages to this user")
        return
    if where.kind == FORUM_KIND:
        raise DiscordError(400, 50008, "Cannot send messages in a non-text channel")
    permissions.require(world, BOT, where, "send_messages_in_threads" if where.is_thread else "send_messages")
    if where.locked and not permissions.of(world, BOT, where) & BITS["manage_threads"]:
        raise DiscordError(403, 50083 if where.archived else 160005, "Thread is locked")


def _repeated(world: World, call: Call) -> Message | None:
    """The message that was posted with the same nonce before."""
    if call.body.get("enforce_nonce") is not True:
        return None
    return world.nonces.get((call.params["channel_id"], str(call.body.get("nonce"))))


def _refer(world: World, message: Message, reference: Json) -> None:
    if not reference:
        return
    name = str(reference.get("message_id"))
    known = world.channels[message.channel].messages.get(name)
    if known is None or known.deleted or known.ephemeral:
        if reference.get("fail_if_not_exists", True) is True:
            said = [{"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}]
            raise DiscordError(
                400, 50035, "Invalid Form Body", errors={"message_reference": {"_errors": said}}
            )
        return
    where = world.channels[message.channel]
    if not where.is_dm and not permissions.of(world, BOT, where) & BITS["read_message_history"]:
        raise DiscordError(400, 160002, "Cannot reply without permission to read message history")
    message.kind, message.reference, message.reference_channel = 19, name, message.channel


METHODS = {
    "GET /channels/{channel_id}/messages": history,
    "POST /channels/{channel_id}/messages": post,
    "GET /channels/{channel_id}/messages/{message_id}": read,
    "PATCH /channels/{channel_id}/messages/{message_id}": edit,
    "DELETE /channels/{channel_id}/messages/{message_id}": remove,
    "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me": react,
    "DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me": unreact,
}
