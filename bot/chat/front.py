"""Puts the rooms of one front together."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.commands import Commands
from bot.chat.controls import Controls
from bot.chat.desk import PeopleDesk
from bot.chat.platform import Platform
from bot.chat.talk import Talk
from bot.conversation.attention import Attention
from bot.conversation.escalation import Escalations
from bot.conversation.rooms import Rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    talk: Talk
    commands: Commands
    controls: Controls


def open_front(platform: Platform, rooms: Rooms, *, channel: str = "", groups: tuple[str, ...] = ()) -> Front:
    """`channel`: where people are asked; empty where nobody can be. `groups`: who is told there."""
    desk = PeopleDesk(platform, rooms.freshness, channel=channel, groups=groups)
    talk = Talk(
        rooms=rooms,
        platform=platform,
        desk=desk,
        escalations=Escalations(rooms.state, rooms.jobs, desk),
        attention=Attention(rooms.state, rooms.drafts, reviewed=bool(channel)),
    )
    commands = Commands(talk=talk)
    return Front(talk=talk, commands=commands, controls=Controls(talk=talk, commands=commands))
