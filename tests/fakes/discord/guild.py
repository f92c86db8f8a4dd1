"""The guild and the application as Discord writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.discord import bodies, permissions
from tests.fakes.discord.names import APPLICATION, BOT, BOT_NAME, GUILD, OWNER
from tests.fakes.slack.wire import Json

if TYPE_CHECKING:
    from tests.fakes.discord.world import World

MESSAGE_CONTENT, GUILD_MEMBERS, PRESENCES = 1 << 19, 1 << 15, 1 << 13
"""The flags of an application that was given a privileged intent."""


def guild(world: World) -> Json:
    """As `GET /guilds/{id}` gives it."""
    return {
        "id": GUILD,
        "name": "Docs guild",
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": OWNER,
        "application_id": None,
        "region": "us-east",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [bodies.role(each) for each in world.roles.values()],
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 0,
        "max_video_channel_users": 0,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "premium_progress_bar_enabled_user_updated_at": None,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def guild_event(world: World, *, everybody: bool) -> Json:
    """GUILD_CREATE: with the threads that the bot sees, and of the members itself or everybody."""
    places = [each for each in world.channels.values() if not each.is_dm]
    threads = [each for each in places if each.is_thread and not each.archived]
    people = world.users.values() if everybody else [world.users[BOT]]
    return guild(world) | {
        "joined_at": bodies.JOINED,
        "large": False,
        "unavailable": False,
        "member_count": len(world.users),
        "members": [bodies.member(each) for each in people],
        "channels": [bodies.channel(world, each) for each in places if not each.is_thread],
        "threads": [bodies.channel(world, each) for each in threads if permissions.sees(world, BOT, each)],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def application(world: World) -> Json:
    """As `GET /applications/@me` gives it."""
    flags = {"message_content": MESSAGE_CONTENT, "members": GUILD_MEMBERS, "presences": PRESENCES}
    granted = sum(bit for name, bit in flags.items() if name in world.granted)
    return {
        "id": APPLICATION,
        "name": BOT_NAME,
        "icon": None,
        "description": "",
        "type": None,
        "flags": granted,
        "flags_new": str(granted),
        "bot": bodies.user(world.users[BOT]),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": bodies.user(world.users[OWNER]),
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }
