"""Interactions: what a user's doing sends to the app."""

from __future__ import annotations

from uuid import uuid4

from tests.fakes.discord import bodies, permissions
from tests.fakes.discord.models import Channel, Interaction, Message
from tests.fakes.discord.names import APPLICATION, BOT, GUILD
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json


def begin(
    world: World,
    kind: int,
    user: str,
    where: Channel,
    data: Json,
    message: Message | None = None,
) -> Interaction:
    """Makes an interaction and tells every session of it."""
    found = Interaction(
        id=world.clock.snowflake(),
        token=f"fake-interaction-{uuid4().hex}",
        kind=kind,
        user=user,
        channel=where.id,
        created=world.clock.now(),
        data=data,
        message=message,
    )
    world.interactions[found.id] = found
    body = payload(world, found, where)
    world.tell("INTERACTION_CREATE", lambda _: body)
    return found


def payload(world: World, found: Interaction, where: Channel) -> Json:
    """The body of INTERACTION_CREATE."""
    person = world.users[found.user]
    body: Json = {
        "id": found.id,
        "application_id": APPLICATION,
        "type": found.kind,
        "data": found.data,
        "channel_id": where.id,
        "channel": bodies.channel(world, where),
        "token": found.token,
        "version": 1,
        "app_permissions": str(permissions.of(world, BOT, where)),
        "locale": person.locale,
        "entitlements": [],
        "authorizing_integration_owners": {"0": "0" if where.is_dm else GUILD},
        "context": 1 if where.is_dm else 0,
        "attachment_size_limit": 10 * 1024 * 1024,
    }
    if found.message is not None:
        body["message"] = bodies.message(world, found.message)
    if where.is_dm:
        return body | {"user": bodies.user(person)}
    allowed = str(permissions.of(world, found.user, where))
    body["member"] = bodies.member(person) | {"permissions": allowed}
    place: Json = {"id": GUILD, "locale": "en-US", "features": []}
    return body | {"guild_id": GUILD, "guild_locale": "en-US", "guild": place}
