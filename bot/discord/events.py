"""Discord's messages → what they mean to the bot. Nothing here calls Discord."""

from __future__ import annotations

import re
from dataclasses import dataclass

import discord

from bot.chat.platform import Message
from bot.conversation.attention import Heard
from bot.core.state import MessageKey
from bot.discord.markup.buttons import find_key
from bot.discord.writing.place import DIRECT, Place

_MENTION = re.compile(r"<(@!?|@&|#)(\d{1,20})>")
_OPENS = discord.Permissions(
    create_public_threads=True, send_messages_in_threads=True, read_message_history=True
)
_KINDS = (discord.MessageType.default, discord.MessageType.reply)
_EMOJI = re.compile(r"<a?:(\w+):\d+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Message):
    """A message that a person wrote. `thread`: a thread's id, or `channel/message` where the conversation
    goes on in a channel by replies."""

    place: Place
    answers: MessageKey | None
    """The question whose answer this replies to; None where it replies to no answer of the bot's."""


def read_message(message: discord.Message, *, me: discord.ClientUser, in_threads: bool) -> Asked | None:
    """None where nobody asks: a bot's message, a notice. `in_threads`: answers get threads of their own."""
    if message.author.bot or message.webhook_id or message.type not in _KINDS:
        return None
    channel, guild = message.channel, message.guild
    inside = channel if isinstance(channel, discord.Thread) else None
    home = inside.parent_id if inside else channel.id
    replied = message.reference.resolved if message.reference else None
    replied = replied if isinstance(replied, discord.Message) else None
    answers = find_key(replied) if replied is not None and replied.author.id == me.id else None
    key = _key(message, home)
    mentioned, text = _read_words(message, replied, me)
    starts_thread = inside is not None and message.id == inside.id
    opens = in_threads and guild is not None and inside is None and answers is None and _may_open(channel)
    root = answers
    if inside is not None and not starts_thread:
        root = _key(message, home, of=inside.id)
    replies_to = message.reference.message_id if message.reference and answers is None else None
    return Asked(
        heard=Heard(
            key=key,
            root=root,
            text=text,
            direct=guild is None,
            mentioned=mentioned,
            others=any(user.id not in (me.id, *_author(replied)) for user in message.mentions),
            asks=starts_thread,
        ),
        place=Place(
            team=key.team,
            channel=home,
            asked_in=channel.id,
            room=channel.id,
            question=message.id,
            user=message.author.id,
            opens=opens,
        ),
        thread=_thread(message, inside, opens=opens),
        user=str(message.author.id),
        room=str(channel.id),
        below=str(replies_to or ""),
        answers=answers,
    )


def _read_words(
    message: discord.Message, replied: discord.Message | None, me: discord.ClientUser
) -> tuple[bool, str]:
    """Whether it mentions the bot, and what it asks: by a bare mention, what it replies to."""
    guild = message.guild
    names = {me.id} | ({guild.self_role.id} if guild and guild.self_role else set())
    mentioned = any(int(found[2]) in names for found in _MENTION.finditer(message.content))
    text = read_text(message, names)
    if mentioned and not text and replied is not None and not replied.author.bot:
        text = read_text(replied, names)
    return mentioned, text


def read_text(message: discord.Message, names: set[int]) -> str:
    """What a person wrote, as plain text: the bot's name is left out, others are spelled."""
    known = {user.id: user.display_name for user in message.mentions}
    known |= {role.id: role.name for role in message.role_mentions}
    guild = message.guild

    def spell(match: re.Match[str]) -> str:
        kind, number = match[1], int(match[2])
        if number in names and kind != "#":
            return ""
        if kind == "#":
            found = guild.get_channel(number) if guild else None
            return f"#{found.name if found else number}"
        return f"@{known.get(number, number)}"

    return _EMOJI.sub(r":\1:", _MENTION.sub(spell, message.content)).strip()


def key_of(*, guild: int | None, channel: int, message: int) -> MessageKey:
    return MessageKey(
        platform="discord", team=str(guild or DIRECT), channel=str(channel), message=str(message)
    )


def _key(message: discord.Message, home: int, *, of: int = 0) -> MessageKey:
    guild = message.guild.id if message.guild else None
    return key_of(guild=guild, channel=home, message=of or message.id)


def _thread(message: discord.Message, inside: discord.Thread | None, *, opens: bool) -> str:
    if inside is not None:
        return str(inside.id)
    return str(message.id) if opens else f"{message.channel.id}/{message.id}"


def _may_open(channel: object) -> bool:
    """Whether it may open a thread there and write in it, as far as is known: Discord counts refusals."""
    if not isinstance(channel, discord.TextChannel):
        return False
    me = channel.guild.me
    return me is None or channel.permissions_for(me).is_superset(_OPENS)


def _author(replied: discord.Message | None) -> tuple[int, ...]:
    """A reply mentions whom it replies to, unless its writer turned that off."""
    return (replied.author.id,) if replied is not None else ()
