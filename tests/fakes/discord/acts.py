"""The user's side: what people write and do. An act returns when the gateway was given its events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.fakes.discord import bodies, mentions, permissions
from tests.fakes.discord.methods.messages import put_reaction, revive
from tests.fakes.discord.models import FORUM_KIND, TEXT, Channel, Message, Role
from tests.fakes.discord.names import BOT, BOT_ROLE, EVERYONE, GUILD
from tests.fakes.discord.server import Server
from tests.fakes.discord.world import World
from tests.fakes.slack.wire import Json

T = TypeVar("T")
Where = str | Channel
"""A channel or a thread, by itself or by its id."""


class Acts:
    """Messages, threads, reactions, permissions. Texts go over the wire as given."""

    server: Server
    world: World

    async def say(
        self,
        user: str,
        where: Where,
        text: str,
        *,
        reply_to: Message | None = None,
        ping: bool = True,
        files: Sequence[str] = (),
        webhook: str = "",
    ) -> Message:
        """A message in a channel, a thread, or direct messages; `ping` notifies the author it replies to.

        With a `webhook`'s id, it comes from there in this user's name.

        Raises:
            PermissionError: When the user may not write there.
        """

        def act() -> Message:
            place = self._place(where)
            self._admit(user, place)
            message = self.world.draft(place.id, user)
            message.content, message.webhook = text, webhook
            message.attachments = [_file(message, name) for name in files]
            if reply_to is not None:
                message.kind, message.reference = 19, reply_to.id
                message.reference_channel = reply_to.channel
            self.world.notify(message, None if ping else {"parse": ["users", "roles", "everyone"]})
            revive(self.world, place)
            self.world.add(message)
            return message

        return await self._do(act)

    async def mention(
        self, user: str, where: Where, text: str, *, reply_to: Message | None = None
    ) -> Message:
        """A message that begins with a mention of the bot."""
        return await self.say(user, where, f"<@{BOT}> {text}", reply_to=reply_to)

    async def dm(self, user: str, text: str, *, reply_to: Message | None = None) -> Message:
        """A direct message to the bot; its channel is `message.channel`."""
        where = await self._do(lambda: self.world.direct(user))
        return await self.say(user, where, text, reply_to=reply_to)

    async def edit(self, message: Message, text: str) -> None:
        """The author edits a message; mentions that this brings are in the event, but notify nobody."""

        def act() -> None:
            message.pings = mentions.pings(text, None, author_of_reference="", known=self.world.users)
            self.world.change(message, content=text)

        await self._do(act)

    async def delete(self, message: Message) -> None:
        """The author, or a moderator, deletes a message."""
        await self._do(lambda: self.world.remove(message))

    async def purge(self, messages: Sequence[Message]) -> None:
        """A moderator deletes many messages of one channel at once."""

        def act() -> None:
            for message in messages:
                message.deleted = self.world.clock.now()
            where = self.world.channels[messages[0].channel]
            gone: Json = {"ids": [each.id for each in messages], "channel_id": where.id, "guild_id": GUILD}
            self.world.tell("MESSAGE_DELETE_BULK", lambda _: gone, where)

        await self._do(act)

    async def unfurl(self, message: Message) -> None:
        """A link in a message gets its preview: the app is told of a change that nobody made."""

        def act() -> None:
            message.embeds = [
                *message.embeds,
                {"type": "link", "title": "A page", "url": "https://a.invalid"},
            ]
            self.world.tell_message("MESSAGE_UPDATE", message)

        await self._do(act)

    async def react(self, user: str, message: Message, emoji: str) -> None:
        await self._do(lambda: put_reaction(self.world, message, user, emoji))

    async def unreact(self, user: str, message: Message, emoji: str) -> None:
        await self._do(lambda: put_reaction(self.world, message, user, emoji, gone=True))

    async def post_in_forum(
        self, user: str, forum: Where, title: str, text: str, *, tags: Sequence[str] = ()
    ) -> Message:
        """A new post: a thread, and its first message, which is returned and has the thread's id."""

        def act() -> Message:
            place = self._place(forum)
            if place.kind != FORUM_KIND:
                raise LookupError(f"{place.name} is no forum")
            thread = self.world.open_thread(place, user, title)
            thread.tags = list(tags)
            message = self.world.draft(thread.id, user, name=thread.id)
            message.content = text
            self.world.notify(message, None)
            self.world.add(message)
            return message

        return await self._do(act)

    async def open_channel(self, name: str, *, kind: int = TEXT) -> Channel:
        """A new channel of the guild."""

        def act() -> Channel:
            place = Channel(id=self.world.clock.snowflake(), name=name, kind=kind)
            self.world.channels[place.id] = place
            self.world.tell_channel("CHANNEL_CREATE", place)
            return place

        return await self._do(act)

    async def open_thread(self, user: str, where: Where, name: str, *, on: Message | None = None) -> Channel:
        """A person opens a thread, on a message or on its own."""

        def act() -> Channel:
            place = self._place(where)
            if place.kind != TEXT or (on is not None and on.thread):
                raise LookupError("no thread can be opened there")
            return self.world.open_thread(place, user, name, on=on)

        return await self._do(act)

    async def archive(self, thread: Where, *, locked: bool = False) -> None:
        """A thread is archived; a locked one is not brought back by a message."""

        def act() -> None:
            place = self._place(thread)
            place.archived, place.locked = True, locked
            self.world.tell_channel("THREAD_UPDATE", place)

        await self._do(act)

    async def delete_thread(self, thread: Where) -> None:
        def act() -> None:
            place = self.world.channels.pop(self._place(thread).id)
            gone: Json = {"id": place.id, "guild_id": GUILD, "parent_id": place.parent, "type": place.kind}
            self.world.tell("THREAD_DELETE", lambda _: gone)

        await self._do(act)

    async def deny(self, where: Where, *names: str) -> None:
        """Takes permissions of the bot's away in a channel: `view_channel`, `send_messages` and so on."""
        await self._overwrite(where, permissions.bits(names), 0)

    async def allow(self, where: Where, *names: str) -> None:
        """Gives permissions to the bot in a channel."""
        await self._overwrite(where, 0, permissions.bits(names))

    async def deny_everywhere(self, *names: str) -> None:
        """Takes permissions away in the whole guild, from the bot's role and from everyone's."""

        def act() -> None:
            for each in (BOT_ROLE, EVERYONE):
                role = self.world.roles[each]
                role.permissions &= ~permissions.bits(names)
                self.tell_role(role)

        await self._do(act)

    def tell_role(self, role: Role) -> None:
        """Tells the app what a role may; on the server's loop."""
        body: Json = {"guild_id": GUILD, "role": bodies.role(role)}
        self.world.tell("GUILD_ROLE_UPDATE", lambda _: body)

    async def give_role(self, user: str, role: str) -> None:
        def act() -> None:
            self.world.users[user].roles.append(role)
            body = bodies.member(self.world.users[user]) | {"guild_id": GUILD}
            self.world.tell("GUILD_MEMBER_UPDATE", lambda _: body)

        await self._do(act)

    async def refuse_dms(self, user: str) -> None:
        """The user takes no direct messages of the bot's any more."""
        self.world.users[user].takes_dms = False

    async def _overwrite(self, where: Where, deny: int, allow: int) -> None:
        def act() -> None:
            place = self._place(where)
            before = place.overwrite(BOT_ROLE)
            place.overwrites[BOT_ROLE] = (before[0] & ~allow | deny, before[1] & ~deny | allow)
            self.world.tell_channel("CHANNEL_UPDATE", place)

        await self._do(act)

    async def _do(self, act: Callable[[], T]) -> T:
        return await self.server.do(act)

    def _place(self, where: Where) -> Channel:
        return where if isinstance(where, Channel) else self.world.channels[where]

    def _admit(self, user: str, place: Channel) -> None:
        if place.is_dm:
            allowed = user in place.members
        else:
            needed = "send_messages_in_threads" if place.is_thread else "send_messages"
            both = permissions.bits(("view_channel", needed))
            allowed = permissions.of(self.world, user, place) & both == both
        if not allowed or place.kind == FORUM_KIND or place.locked:
            raise PermissionError(f"{user} may not write in {place.id}")


def _file(message: Message, name: str) -> Json:
    address = f"https://cdn.discord.invalid/attachments/{message.channel}/{message.id}/{name}"
    return {"id": message.id, "filename": name, "size": 1, "url": address, "proxy_url": address}
