"""The workspace: its people, channels and messages, and what it tells the app about them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.slack import events
from tests.fakes.slack.clock import Clock
from tests.fakes.slack.models import (
    Channel,
    ChannelKind,
    Message,
    Session,
    SlackError,
    Status,
    Surface,
    User,
    Usergroup,
)
from tests.fakes.slack.names import (
    ALICE,
    BOB,
    BOT_USER,
    CAROL,
    DAVE,
    ELSEWHERE,
    GENERAL,
    MAINTAINERS,
    PRIVATE,
    SCOPES,
    SUBSCRIPTIONS,
    SUPPORT,
    TEAM,
)
from tests.fakes.slack.wire import Json


@dataclass(frozen=True, slots=True)
class Trigger:
    """Lets the app open a view, once, within 3 seconds of what the user did."""

    user: str
    born: float
    view: str = ""
    """The view in which it was born; it can push onto that one's stack."""


class World:
    """All state. Whoever reads or writes it holds `lock`; `emit` sends an event to the app."""

    def __init__(self, emit: Callable[[Json], None]) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.emit_event = emit
        self.scopes: list[str] = list(SCOPES)
        self.subscriptions: set[str] = set(SUBSCRIPTIONS)
        self.echo = True
        """Whether the app hears of its own messages, as it does in Slack."""
        self.stream_seconds = 300.0
        self.stop_refused = False
        """Whether chat.stopStream is refused for a stream that a user stopped."""
        self.users = {user.id: user for user in _people()}
        self.channels = {channel.id: channel for channel in _rooms()}
        self.usergroups = {
            MAINTAINERS: Usergroup(id=MAINTAINERS, handle="docs-team", name="Docs team", users=(CAROL,))
        }
        self.ephemerals: list[Message] = []
        self.statuses: list[Status] = []
        self.showing: dict[tuple[str, str], Status] = {}
        self.sessions: dict[tuple[str, str], Session] = {}
        self.prompts: list[Json] = []
        self.titles: dict[tuple[str, str], str] = {}
        self.surfaces: dict[str, Surface] = {}
        self.triggers: dict[str, Trigger] = {}

    def channel(self, name: str) -> Channel:
        """The channel with an id; a user's id means his direct messages."""
        if name in self.users:
            return self.direct(name)
        if name not in self.channels:
            raise SlackError("channel_not_found")
        return self.channels[name]

    def direct(self, user: str) -> Channel:
        """The direct messages between a user and the app."""
        found = f"D{user[1:]}"
        if found not in self.channels:
            self.channels[found] = Channel(id=found, name=user, kind="im", members={user, BOT_USER})
        return self.channels[found]

    def message(self, channel: str, ts: str) -> Message:
        """A message that still stands."""
        found = self.channel(channel).messages.get(ts)
        if found is None or found.deleted:
            raise SlackError("message_not_found")
        stream = found.stream
        if stream is not None and self.clock.now() - stream.started > self.stream_seconds and found.streaming:
            stream.state = "errored"
        return found

    def root(self, message: Message) -> str:
        return message.thread_ts or message.ts

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The root and its replies, oldest first, without deleted ones."""
        found = self.channel(channel).messages.values()
        return [message for message in found if ts in (message.ts, message.thread_ts) and not message.deleted]

    def replies(self, message: Message) -> list[Message]:
        return [each for each in self.thread(message.channel, message.ts) if each.ts != message.ts]

    def add(self, message: Message) -> None:
        """Puts a message into its channel and tells the app."""
        channel = self.channels[message.channel]
        channel.messages[message.ts] = message
        if message.by_bot:
            # What the app says ends the status that it showed in the thread.
            self.showing.pop((message.channel, message.thread_ts), None)
            if self.echo:
                self.announce(channel, events.posted(message, channel))
            return
        if f"<@{BOT_USER}>" in message.text and channel.kind != "im":
            self.announce(channel, events.mentioned(message))
        self.announce(channel, events.posted(message, channel))

    def change(self, message: Message, before: Json) -> None:
        """Tells the app that a message was edited; `before` is what it was."""
        channel = self.channels[message.channel]
        if message.by_bot and not self.echo:
            return
        if not message.by_bot and f"<@{BOT_USER}>" in message.text and channel.kind != "im":
            self.announce(channel, events.mentioned(message))
        self.announce(channel, events.changed(self.body(message), channel, before, self.clock.ts()))

    def remove(self, message: Message) -> None:
        """Deletes a message; of one with answers a tombstone stays, until the last of them is gone, too."""
        channel, answers = self.channels[message.channel], self.replies(message)
        before = self.body(message)
        message.deleted = True
        if answers:
            left = events.tombstone(message, answers)
            self.announce(channel, events.changed(left, channel, before, self.clock.ts()))
        elif not message.by_bot or self.echo:
            self.announce(channel, events.deleted(channel, before, self.clock.ts()))
        root = channel.messages.get(message.thread_ts)
        if root is not None and root.deleted and not self.replies(root):
            last = events.tombstone(root, [])
            self.announce(channel, events.deleted(channel, last, self.clock.ts()))

    def body(self, message: Message) -> Json:
        """A message as events and answers carry it."""
        answers = [] if message.thread_ts else self.replies(message)
        return events.body(message) | events.thread_marks(message, answers)

    def announce(self, channel: Channel | None, event: Json) -> None:
        """Sends an event, if the app has subscribed to it and is where it happened."""
        if channel is not None and BOT_USER not in channel.members:
            return
        if events.subscription(event) in self.subscriptions:
            self.emit_event(event)

    def trigger(self, user: str, *, view: str = "") -> str:
        """A new trigger_id."""
        name = f"{len(self.triggers) + 1}.{TEAM}.{self.clock.ts()}"
        self.triggers[name] = Trigger(user=user, born=self.clock.now(), view=view)
        return name

    def create_channel(
        self, channel: str, name: str, *, kind: ChannelKind = "channel", members: set[str]
    ) -> None:
        self.channels[channel] = Channel(id=channel, name=name, kind=kind, members=members)


def _people() -> list[User]:
    return [
        User(id=BOT_USER, name="docsbot", real_name="Docs bot", is_bot=True),
        User(id=ALICE, name="alice", real_name="Alice Adams"),
        User(id=BOB, name="bob", real_name="Bob Brown", locale="de-DE"),
        User(id=CAROL, name="carol", real_name="Carol Clark", is_admin=True),
        User(id=DAVE, name="dave", real_name="Dave Davis"),
    ]


def _rooms() -> list[Channel]:
    everyone = {ALICE, BOB, CAROL, DAVE}
    return [
        Channel(id=GENERAL, name="general", members=everyone | {BOT_USER}),
        Channel(id=SUPPORT, name="support", members=everyone | {BOT_USER}),
        Channel(id=PRIVATE, name="private", kind="group", members={ALICE, CAROL, BOT_USER}),
        Channel(id=ELSEWHERE, name="elsewhere", members=set(everyone)),
    ]
