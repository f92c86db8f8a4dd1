"""Where an answer's messages go: a channel or a thread, or an interaction that only who asked sees."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import discord
from discord import ui

from bot.conversation.models import ReplyGone
from bot.core.state import MessageKey
from bot.discord.calls.reach import PACE, Refused, attempt, reach
from bot.discord.writing.place import Place
from bot.discord.writing.traces import find_shown

TYPING = 8.0
"""Seconds between two signs that the bot types; Discord shows one for ten."""
TITLE = 90
"""Characters of a thread's name, of the 100 that Discord takes."""
_HAS_THREAD, _MAY_NOT_REFER, _ARCHIVED = 160004, 160002, 50083


class Outlet(Protocol):
    """Each call raises ReplyGone where the place is gone."""

    @property
    def room(self) -> int:
        """The channel that the messages are in; 0 where others cannot find them."""
        ...

    async def begin(self) -> None:
        """Shows that the question was seen."""
        ...

    async def send(self, content: str, view: ui.View, *, first: bool, nonce: str) -> int:
        """The answer's next message; its id. Sent twice with one nonce, it is one message."""
        ...

    async def edit(self, message: int, content: str, view: ui.View) -> None: ...

    async def delete(self, message: int) -> None: ...

    def rest(self) -> None:
        """Nothing is under way any more."""
        ...


class ChannelOutlet:
    """Messages in a channel, below the question or in a thread that is opened on it."""

    def __init__(self, client: discord.Client, place: Place, *, title: str, room: int = 0) -> None:
        """`title`: of a thread that must be opened. `room`: where earlier messages of this answer are."""
        self._client = client
        self._place = place
        self._title = title
        self._typing: asyncio.Task[None] | None = None
        self._opens = place.opens and not room
        self._refers = bool(place.question)
        self.room = room or place.room
        self.forbidden = False
        """It was not allowed to write."""

    async def begin(self) -> None:
        await self._open()
        if self._typing is None:
            self._typing = asyncio.create_task(self._type())

    async def send(self, content: str, view: ui.View, *, first: bool, nonce: str) -> int:
        self.rest()
        await self._open()
        while True:
            try:
                sent = await reach(lambda: self._send(content, view, first=first, nonce=nonce))
                break
            except Refused as refusal:
                if not (first and self._yields(refusal)):
                    self.forbidden = refusal.forbidden
                    raise
        if sent.content != content:  # it was sent before, by a process that then crashed
            await self.edit(sent.id, content, view)
        return sent.id

    async def edit(self, message: int, content: str, view: ui.View) -> None:
        shown = self._room().get_partial_message(message)
        await self._reach_revived(lambda: shown.edit(content=content, view=view))

    async def delete(self, message: int) -> None:
        with suppress(ReplyGone):
            await self._reach_revived(self._room().get_partial_message(message).delete)

    async def find(self, key: MessageKey) -> set[int]:
        """Messages with this question's buttons, where its answer would be; it goes on there."""
        for room in (self._place.question, self.room) if self._opens else (self.room,):
            if found := await find_shown(self._client, room, key):
                self.room, self._opens = room, False
                return found
        return set()

    def rest(self) -> None:
        if self._typing is not None:
            self._typing.cancel()
            self._typing = None

    def _room(self) -> discord.PartialMessageable:
        place = self._place
        guild = None if place.direct else int(place.team)
        return self._client.get_partial_messageable(self.room, guild_id=guild)

    async def _send(self, content: str, view: ui.View, *, first: bool, nonce: str) -> discord.Message:
        place, room = self._place, self._room()
        if not (first and self._refers and self.room == place.asked_in):
            return await room.send(content, nonce=nonce, suppress_embeds=True, view=view)
        below = discord.MessageReference(
            message_id=place.question, channel_id=self.room, fail_if_not_exists=False
        )
        return await room.send(content, reference=below, nonce=nonce, suppress_embeds=True, view=view)

    def _yields(self, refusal: Refused) -> bool:
        """Whether there is a humbler way: where it was asked, or without pointing to the question."""
        if refusal.code == _MAY_NOT_REFER and self._refers:
            self._refers = False
            return True
        if refusal.forbidden and self.room != self._place.asked_in:
            self.room = self._place.asked_in
            return True
        return False

    async def _reach_revived(self, call: Callable[[], Awaitable[object]]) -> None:
        """What cannot be changed in an archived thread can be once the thread is brought back."""
        try:
            await reach(call)
        except Refused as refusal:
            if refusal.code != _ARCHIVED:
                raise
            thread = await reach(lambda: self._client.fetch_channel(self.room))
            if not isinstance(thread, discord.Thread):
                raise
            await reach(lambda: thread.edit(archived=False))
            await reach(call)

    async def _open(self) -> None:
        """Opens the thread, once; where that is not allowed, the answer goes below the question."""
        if not self._opens:
            return
        self._opens = False
        question = self._room().get_partial_message(self._place.question)
        name = " ".join(self._title.split())[:TITLE].strip() or "Answer"
        try:
            thread = await reach(lambda: question.create_thread(name=name))
        except Refused as refusal:
            if refusal.code == _HAS_THREAD:
                self.room = self._place.question
            elif not (refusal.forbidden or refusal.status == 400):
                raise
        else:
            self.room = thread.id

    async def _type(self) -> None:
        while True:
            if not PACE.pressed and not await attempt(self._type_once):
                return
            await asyncio.sleep(TYPING)

    async def _type_once(self) -> None:
        await self._room().typing()


class WhisperOutlet:
    """The answer to an interaction, seen by who asked alone. It was deferred: the first message is there."""

    room = 0

    def __init__(self, interaction: discord.Interaction) -> None:
        self._interaction = interaction
        self._first = 0

    async def begin(self) -> None:
        """Nothing: Discord shows that the bot is thinking."""

    async def send(self, content: str, view: ui.View, *, first: bool, nonce: str) -> int:
        if first:
            original = await reach(
                lambda: self._interaction.edit_original_response(content=content, view=view)
            )
            self._first = original.id
            return original.id
        sent = await reach(
            lambda: self._interaction.followup.send(
                content, ephemeral=True, wait=True, suppress_embeds=True, view=view
            )
        )
        return sent.id

    async def edit(self, message: int, content: str, view: ui.View) -> None:
        if message == self._first:
            await reach(lambda: self._interaction.edit_original_response(content=content, view=view))
        else:
            await reach(lambda: self._interaction.followup.edit_message(message, content=content, view=view))

    async def delete(self, message: int) -> None:
        with suppress(ReplyGone):
            if message == self._first:
                await reach(self._interaction.delete_original_response)
            else:
                await reach(lambda: self._interaction.followup.delete_message(message))

    def rest(self) -> None:
        """Nothing."""
