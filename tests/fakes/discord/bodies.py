"""Users, channels and messages as Discord writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.discord.clock import stamp
from tests.fakes.discord.models import DM, FORUM_KIND, VOICE, Channel, Message, Role, User
from tests.fakes.discord.names import BOT, GUILD, TAG
from tests.fakes.slack.wire import Json

if TYPE_CHECKING:
    from tests.fakes.discord.world import World

JOINED = "2025-01-02T03:04:05.000000Z"
KINDS_WITH_REFERENCE = (18, 19, 21)


def user(person: User) -> Json:
    return {
        "id": person.id,
        "username": person.name,
        "global_name": person.display,
        "discriminator": "0000" if person.bot else "0",
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
        "bot": person.bot,
        "primary_guild": None,
    }


def bot_user(world: World) -> Json:
    """The bot, as it is told about itself."""
    return user(world.users[BOT]) | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


def member(person: User, *, nested: bool = False) -> Json:
    """A member of the guild; `nested` without the user, as in messages."""
    found: Json = {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": JOINED,
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": list(person.roles),
        "mute": False,
        "deaf": False,
    }
    return found if nested else found | {"user": user(person)}


def role(one: Role) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "permissions": str(one.permissions),
        "position": one.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": one.managed,
        "mentionable": one.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
        **({"tags": {"bot_id": BOT}} if one.managed else {}),
    }


def channel(world: World, where: Channel) -> Json:
    if where.kind == DM:
        people = [user(world.users[each]) for each in where.members if each != BOT]
        return {"id": where.id, "type": DM, "flags": 0, "last_message_id": _last(where), "recipients": people}
    found: Json = {
        "id": where.id,
        "type": where.kind,
        "flags": 0,
        "guild_id": GUILD,
        "name": where.name,
        "parent_id": where.parent or None,
        "last_message_id": _last(where),
        "rate_limit_per_user": 0,
    }
    return found | (_thread(world, where) if where.is_thread else _place(world, where))


def _last(where: Channel) -> str | None:
    return next(reversed(where.messages), None)


def _thread(world: World, where: Channel) -> Json:
    count = sum(not each.deleted and each.id != where.id for each in where.messages.values())
    found: Json = {
        "owner_id": where.owner,
        "thread_metadata": {
            "archived": where.archived,
            "archive_timestamp": stamp(where.created),
            "auto_archive_duration": where.keeps,
            "locked": where.locked,
            "create_timestamp": stamp(where.created),
        },
        "message_count": count,
        "member_count": len(where.members),
        "total_message_sent": count,
    }
    if world.channels[where.parent].kind == FORUM_KIND:
        found["applied_tags"] = list(where.tags)
    if BOT in where.members:
        found["member"] = {
            "id": where.id,
            "user_id": BOT,
            "join_timestamp": stamp(where.created),
            "flags": 0,
        }
    return found


def _place(world: World, where: Channel) -> Json:
    rules = [
        {"id": holder, "type": int(holder in world.users), "allow": str(allow), "deny": str(deny)}
        for holder, (deny, allow) in where.overwrites.items()
    ]
    found: Json = {
        "position": list(world.channels).index(where.id),
        "permission_overwrites": rules,
        "nsfw": False,
        "topic": None,
    }
    if where.kind == VOICE:
        found |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None, "video_quality_mode": 1}
    if where.kind == FORUM_KIND:
        tag = {"id": TAG, "name": "question", "moderated": False, "emoji_id": None, "emoji_name": None}
        found["available_tags"] = [tag]
        found["default_reaction_emoji"] = None
        found["default_sort_order"] = None
        found["default_forum_layout"] = 0
    return found


def message(world: World, one: Message, *, content: bool = True, nested: bool = False) -> Json:
    """A message as REST gives it; without `content` as an app gets it that may not read it."""
    readable = content or readable_anyway(world, one)
    mentioned = [world.users[each] for each in one.pings if each in world.users]
    found: Json = {
        "id": one.id,
        "channel_id": one.channel,
        "type": one.kind,
        "author": user(world.users[one.author]),
        "content": one.content if readable else "",
        "embeds": list(one.embeds) if readable else [],
        "attachments": list(one.attachments) if readable else [],
        "components": list(one.components) if readable else [],
        "timestamp": stamp(one.created),
        "edited_timestamp": stamp(one.edited) if one.edited else None,
        "mentions": [user(each) for each in mentioned],
        "mention_roles": [each for each in one.pings if each in world.roles],
        "mention_everyone": "everyone" in one.pings,
        "flags": one.flags,
        "pinned": False,
        "tts": False,
    }
    if one.nonce is not None:
        found["nonce"] = one.nonce
    if one.webhook:
        found |= {"webhook_id": one.webhook, "application_id": one.webhook}
    found |= _origin(world, one) | ({} if nested else _reference(world, one, content=content))
    if one.thread in world.channels:
        found["thread"] = channel(world, world.channels[one.thread])
    if one.reactions and not nested:
        found["reactions"] = [_reaction(emoji, people) for emoji, people in one.reactions.items() if people]
    return found


def readable_anyway(world: World, one: Message) -> bool:
    """Whether an app without the intent message_content may read a message."""
    return one.author == BOT or world.channels[one.channel].is_dm or BOT in one.pings


def _reference(world: World, one: Message, *, content: bool) -> Json:
    if not one.reference_channel:
        return {}
    pointer: Json = {"type": 0, "channel_id": one.reference_channel}
    if not world.channels[one.reference_channel].is_dm:
        pointer["guild_id"] = GUILD
    if one.reference:
        pointer["message_id"] = one.reference
    if one.kind not in KINDS_WITH_REFERENCE or not one.reference:
        return {"message_reference": pointer}
    other = world.channels[one.reference_channel].messages.get(one.reference)
    gone = other is None or other.deleted
    seen = None if gone or other is None else message(world, other, content=content, nested=True)
    return {"message_reference": pointer, "referenced_message": seen}


def _origin(world: World, one: Message) -> Json:
    found = world.interactions.get(one.interaction)
    if found is None or found.kind != 2:
        return {}
    person = user(world.users[found.user])
    owners: Json = {"0": GUILD}
    meta: Json = {"id": found.id, "type": 2, "user": person, "authorizing_integration_owners": owners}
    if found.data.get("target_id"):
        meta["target_message_id"] = found.data["target_id"]
    return {"interaction_metadata": meta}


def _reaction(emoji: str, people: list[str]) -> Json:
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(people),
        "count_details": {"burst": 0, "normal": len(people)},
        "burst_colors": [],
        "me_burst": False,
        "me": BOT in people,
    }
