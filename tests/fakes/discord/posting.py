"""What a body makes of a message: for channels, responses to interactions and the messages after them."""

from __future__ import annotations

from collections.abc import Sequence

from tests.fakes.discord.components import with_ids
from tests.fakes.discord.models import EPHEMERAL, SUPPRESS_EMBEDS, V2, Message
from tests.fakes.discord.rules import check_message
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json, as_object, as_objects, number_of, text_of

SILENT = 1 << 12
SENDABLE = SUPPRESS_EMBEDS | EPHEMERAL | SILENT | V2


def fill(world: World, message: Message, body: Json, files: Sequence[str]) -> Message:
    """Writes a body into a new message, and decides whom it pings.

    Raises:
        DiscordError: When Discord would not post it.
    """
    check_message(body, files=len(files))
    message.content = text_of(body, "content").strip()
    message.components = with_ids(body.get("components"))
    message.embeds = _embeds(body)
    message.attachments = [_attachment(world, message, name) for name in files]
    message.flags |= number_of(body, "flags", 0) & SENDABLE
    nonce = body.get("nonce")
    message.nonce = nonce if isinstance(nonce, str | int) else None
    message.sent = dict(body)
    world.notify(message, _allowed(body))
    return message


def rewrite(world: World, message: Message, body: Json, files: Sequence[str] = ()) -> Message:
    """Edits a message: what the body does not name stays.

    Raises:
        DiscordError: When Discord would not take the edit.
    """
    check_message(body, files=len(files), before=message)
    if "embeds" in body:
        message.embeds = _embeds(body)
    if "attachments" in body:
        kept = {text_of(each, "id") for each in as_objects(body["attachments"])}
        message.attachments = [each for each in message.attachments if each["id"] in kept]
    message.attachments += [_attachment(world, message, name) for name in files]
    if isinstance(body.get("flags"), int):
        changeable = SUPPRESS_EMBEDS | V2
        message.flags = message.flags & ~changeable | number_of(body, "flags", 0) & changeable
    message.sent = dict(body)
    content = text_of(body, "content").strip() if "content" in body else None
    world.change(
        message,
        content=content,
        components=with_ids(body["components"]) if "components" in body else None,
    )
    return message


def _embeds(body: Json) -> list[Json]:
    return [{"type": "rich"} | embed for embed in as_objects(body.get("embeds"))]


def _allowed(body: Json) -> Json | None:
    return as_object(body["allowed_mentions"]) if body.get("allowed_mentions") is not None else None


def _attachment(world: World, message: Message, name: str) -> Json:
    found = world.clock.snowflake()
    address = f"https://cdn.discord.invalid/attachments/{message.channel}/{found}/{name}"
    return {"id": found, "filename": name, "size": 1, "url": address, "proxy_url": address}
