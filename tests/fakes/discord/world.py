"""The guild: its people, channels and messages, and what it tells the app about them."""

from __future__ import annotations

from collections.abc import Callable

from tests.fakes.discord import bodies, mentions, permissions
from tests.fakes.discord.clock import Clock
from tests.fakes.discord.intents import Event
from tests.fakes.discord.models import (
    DM,
    FORUM_KIND,
    HAS_THREAD,
    NEWS,
    NEWS_THREAD,
    THREAD,
    Channel,
    DiscordError,
    Edit,
    Interaction,
    Message,
    Role,
    Typing,
    User,
)
from tests.fakes.discord.names import (
    ALICE,
    BOB,
    BOT,
    BOT_NAME,
    BOT_ROLE,
    CAROL,
    DAVE,
    DESK,
    EVERYONE,
    FORUM,
    GENERAL,
    GUILD,
    HIDDEN,
    MAINTAINERS,
    OWNER,
    SUPPORT,
    VOLUNTEERS,
)
from tests.fakes.slack.wire import Json


class World:
    """All state; it is changed on the server's loop only. `emit` sends an event to the app's sessions."""

    def __init__(self, emit: Callable[[Event], None], granted: set[str]) -> None:
        self.clock = Clock()
        self.emit_event = emit
        self.granted = granted
        """The privileged intents that the app was given: `message_content`, `members`, `presences`."""
        self.channels: dict[str, Channel] = {}
        self.commands: dict[str, Json] = {}
        """By id, as Discord gives them back; a guild's own have a `guild_id`."""
        self.syncs = 0
        """How often the whole command tree was written."""
        self.begin()

    def begin(self) -> None:
        """People, roles and channels as at first, nothing said; what the app was granted and told stays, and
        so do the channels of direct messages."""
        self.users = {each.id: each for each in _people()}
        self.roles = {each.id: each for each in _roles()}
        direct = [each for each in self.channels.values() if each.is_dm]
        for each in direct:
            each.messages.clear()
        self.channels = {each.id: each for each in (*_places(), *direct)}
        self.interactions: dict[str, Interaction] = {}
        self.typings: list[Typing] = []
        self.nonces: dict[tuple[str, str], Message] = {}
        self.deadline = 3.0
        """Seconds for the first response to an interaction."""
        self.token_seconds = 900.0
        """Seconds for which an interaction's token lives."""

    # Finding

    def channel(self, name: str) -> Channel:
        """Raises DiscordError 10003 for an id that is none."""
        if name not in self.channels:
            raise DiscordError(404, 10003, "Unknown Channel")
        return self.channels[name]

    def message(self, channel: str, name: str) -> Message:
        """One that still stands and is not ephemeral; raises DiscordError 10008 otherwise."""
        found = self.channel(channel).messages.get(name)
        if found is None or found.deleted or found.ephemeral:
            raise DiscordError(404, 10008, "Unknown Message")
        return found

    def direct(self, user: str) -> Channel:
        """The direct messages between a user and the bot."""
        for each in self.channels.values():
            if each.is_dm and user in each.members:
                return each
        found = Channel(id=self.clock.snowflake(), name="", kind=DM, members=[user, BOT])
        self.channels[found.id] = found
        return found

    def standing(self, channel: str) -> list[Message]:
        """A channel's messages that everybody there sees, oldest first."""
        found = self.channels[channel].messages
        return [each for each in list(found.values()) if not each.deleted and not each.ephemeral]

    @property
    def reads_all(self) -> bool:
        """Whether REST shows the app what does not concern it."""
        return "message_content" in self.granted

    # Changing, and telling

    def draft(self, channel: str, author: str, *, name: str = "") -> Message:
        """A new message that is nowhere yet."""
        name = name or self.clock.snowflake()
        return Message(id=name, channel=channel, author=author, created=self.clock.now())

    def notify(self, message: Message, allowed: Json | None) -> None:
        """Decides whom a message pings."""
        where = self.channel(message.channel)
        answered = self.channel(message.reference_channel).messages if message.kind == 19 else {}
        other = answered.get(message.reference)
        message.pings = mentions.pings(
            message.content,
            allowed,
            author_of_reference=other.author if other is not None else "",
            known=self.users,
        )
        may = permissions.of(self, message.author, where) & permissions.BITS["mention_everyone"]
        closed = {role.id for role in self.roles.values() if not role.mentionable} | {"everyone"}
        if not may:
            message.pings = [each for each in message.pings if each not in closed]

    def add(self, message: Message) -> None:
        """Puts a message into its channel and tells the app."""
        where = self.channel(message.channel)
        where.messages[message.id] = message
        if where.is_thread and message.author not in where.members:
            where.members.append(message.author)
        if not message.ephemeral:
            self.tell_message("MESSAGE_CREATE", message)

    def change(
        self, message: Message, *, content: str | None = None, components: list[Json] | None = None
    ) -> None:
        """Edits a message: what it said goes to its history."""
        now = self.clock.now()
        message.history.append(Edit(content=message.content, components=message.components, at=now))
        message.content = message.content if content is None else content
        message.components = message.components if components is None else components
        message.edited = now
        if not message.ephemeral:
            self.tell_message("MESSAGE_UPDATE", message)

    def remove(self, message: Message) -> None:
        message.deleted = self.clock.now()
        if not message.ephemeral:
            where = self.channels[message.channel]
            gone: Json = {"id": message.id, "channel_id": where.id} | self.guild_mark(where)
            self.tell("MESSAGE_DELETE", lambda _: gone, where)

    def open_thread(self, parent: Channel, owner: str, name: str, *, on: Message | None = None) -> Channel:
        """Opens a thread, on a message or on its own; a forum's post has no message yet."""
        born = self.clock.now()
        thread = Channel(
            id=on.id if on is not None else self.clock.snowflake(),
            name=name,
            kind=NEWS_THREAD if parent.kind == NEWS else THREAD,
            parent=parent.id,
        )
        thread.owner, thread.created, thread.members = owner, born, [owner]
        self.channels[thread.id] = thread
        self.tell_channel("THREAD_CREATE", thread, {"newly_created": True})
        if on is not None:
            on.thread = thread.id
            on.flags |= HAS_THREAD
            self.tell_message("MESSAGE_UPDATE", on)
        if parent.kind != FORUM_KIND:
            self._mark_beginning(thread, on)
        return thread

    def _mark_beginning(self, thread: Channel, on: Message | None) -> None:
        """The system message that a new thread brings: in it, or, for one on its own, in its channel."""
        first = self.draft(thread.id if on is not None else thread.parent, thread.owner)
        first.kind = 21 if on is not None else 18
        first.content = "" if on is not None else thread.name
        first.reference, first.reference_channel = (on.id, on.channel) if on is not None else ("", thread.id)
        self.add(first)

    # Telling

    def tell(self, name: str, build: Callable[[bool], Json], channel: Channel | None = None) -> None:
        self.emit_event(Event(name=name, build=build, channel=channel))

    def tell_message(self, name: str, message: Message) -> None:
        where = self.channel(message.channel)
        person = self.users[message.author]
        mark = self.guild_mark(where)
        if not where.is_dm:
            mark["member"] = bodies.member(person, nested=True)
        whole, bare = (bodies.message(self, message, content=each) | mark for each in (True, False))
        self.tell(name, lambda reads_all: whole if reads_all else bare, where)

    def tell_channel(self, name: str, channel: Channel, more: Json | None = None) -> None:
        body = bodies.channel(self, channel) | (more or {})
        self.tell(name, lambda _: body, channel)

    def guild_mark(self, channel: Channel) -> Json:
        return {} if channel.is_dm else {"guild_id": GUILD}


def _people() -> list[User]:
    return [
        User(id=BOT, name=BOT_NAME, display="Docs bot", bot=True, roles=[BOT_ROLE]),
        User(id=ALICE, name="alice", display="Alice Adams"),
        User(id=BOB, name="bob", display="Bob Brown", locale="de"),
        User(id=CAROL, name="carol", display="Carol Clark", roles=[MAINTAINERS]),
        User(id=DAVE, name="dave", display="Dave Davis", roles=[VOLUNTEERS]),
        User(id=OWNER, name="olga", display="Olga Owner"),
    ]


def _roles() -> list[Role]:
    usual = permissions.bits(permissions.MEMBER)
    manage = permissions.bits(("manage_guild", "manage_messages", "manage_threads", "mention_everyone"))
    return [
        Role(id=EVERYONE, name="@everyone", permissions=usual, position=0),
        Role(id=BOT_ROLE, name=BOT_NAME, permissions=usual, position=1, managed=True),
        Role(id=VOLUNTEERS, name="volunteers", permissions=0, position=2, mentionable=True),
        Role(id=MAINTAINERS, name="maintainers", permissions=manage, position=3),
    ]


def _places() -> list[Channel]:
    unseen = (permissions.bits(("view_channel",)), 0)
    return [
        Channel(id=GENERAL, name="general"),
        Channel(id=SUPPORT, name="support"),
        Channel(id=FORUM, name="questions", kind=FORUM_KIND),
        Channel(id=DESK, name="help-desk"),
        Channel(id=HIDDEN, name="hidden", overwrites={BOT_ROLE: unseen}),
    ]
