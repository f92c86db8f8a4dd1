"""What a guild holds: people, roles, channels, messages, interactions; and what a refusal is."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fakes.discord import components
from tests.fakes.discord.components import Button
from tests.fakes.discord.mentions import unfolding
from tests.fakes.slack.wire import Json

TEXT, DM, VOICE, NEWS, NEWS_THREAD, THREAD, FORUM_KIND = 0, 1, 2, 5, 10, 11, 15
SUPPRESS_EMBEDS, HAS_THREAD, EPHEMERAL, LOADING, V2 = 1 << 2, 1 << 5, 1 << 6, 1 << 7, 1 << 15
COMMAND, PRESS, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5


class DiscordError(Exception):
    """A refusal: status, Discord's code, its words."""

    def __init__(
        self, status: int, code: int, message: str, *, violation: str = "", errors: Json | None = None
    ) -> None:
        """With a `violation`, the call is also kept as one that a bot must never make."""
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.violation = violation
        self.errors = errors or {}


@dataclass(slots=True, kw_only=True)
class User:
    id: str
    name: str
    display: str
    bot: bool = False
    locale: str = "en-US"
    roles: list[str] = field(default_factory=list)
    takes_dms: bool = True


@dataclass(slots=True, kw_only=True)
class Role:
    id: str
    name: str
    permissions: int
    position: int
    managed: bool = False
    mentionable: bool = False
    """Whether everybody may notify it."""


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel of the guild, a thread, or direct messages with the bot."""

    id: str
    name: str
    kind: int = TEXT
    parent: str = ""
    """Of a thread: its channel's id."""
    owner: str = ""
    """Of a thread: who opened it."""
    created: float = 0.0
    archived: bool = False
    locked: bool = False
    keeps: int = 1440
    """Of a thread: minutes without a word until it is archived."""
    tags: list[str] = field(default_factory=list)
    """Of a forum's post: the tags put on it."""
    members: list[str] = field(default_factory=list)
    """Of a thread and of direct messages."""
    overwrites: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Denied and allowed bits, by role or user."""
    messages: dict[str, Message] = field(default_factory=dict)
    """By id, in order; deleted ones stay, marked."""

    @property
    def is_thread(self) -> bool:
        return self.kind in (THREAD, NEWS_THREAD)

    @property
    def is_dm(self) -> bool:
        return self.kind == DM

    def overwrite(self, holder: str) -> tuple[int, int]:
        return self.overwrites.get(holder, (0, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a message said before it was edited."""

    content: str
    components: list[Json]
    at: float
    """When the edit replaced it, in seconds of the guild's clock."""


@dataclass(slots=True, kw_only=True)
class Message:
    id: str
    channel: str
    author: str
    created: float
    kind: int = 0
    """0 a plain one, 19 a reply, 20 a command's answer, 23 a menu's; 18 and 21 begin a thread."""
    content: str = ""
    components: list[Json] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    flags: int = 0
    reference: str = ""
    """The id of the message that this one answers or points to."""
    reference_channel: str = ""
    nonce: str | int | None = None
    edited: float = 0.0
    """When it was last edited; 0 for never."""
    deleted: float = 0.0
    ephemeral_for: str = ""
    """The only user who sees it."""
    interaction: str = ""
    """The interaction that it came from."""
    webhook: str = ""
    pings: list[str] = field(default_factory=list)
    """Whom it notified: `everyone`, or ids of users and roles. An edit notifies nobody."""
    thread: str = ""
    """The thread that was opened on it."""
    reactions: dict[str, list[str]] = field(default_factory=dict)
    sent: Json = field(default_factory=dict)
    """The body that it was sent or last edited with."""
    history: list[Edit] = field(default_factory=list)
    """What readers saw before each edit, oldest first."""

    @property
    def text(self) -> str:
        """What a reader sees: the content, and the texts among its components."""
        return "\n".join(part for part in (self.content, *components.texts(self.components)) if part)

    @property
    def texts(self) -> list[str]:
        """Every content that it ever had, oldest first."""
        return [*(edit.content for edit in self.history), self.content]

    @property
    def buttons(self) -> list[Button]:
        return components.buttons(self.components)

    @property
    def labels(self) -> list[str]:
        """Of its buttons that can be pressed."""
        return [button.label or button.emoji for button in self.buttons if not button.disabled]

    @property
    def thinking(self) -> bool:
        """Whether it is a deferred answer that still shows "… is thinking"."""
        return bool(self.flags & LOADING)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def unfolds(self) -> list[str]:
        """Addresses in it that Discord would show a preview of."""
        return [] if self.flags & SUPPRESS_EMBEDS else unfolding(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One line of an autocompletion."""

    name: str
    value: str | int | float


@dataclass(slots=True, kw_only=True)
class Interaction:
    """Something a user did that the app must answer within 3 seconds."""

    id: str
    token: str
    kind: int
    """2 a command, 3 a press, 4 an autocompletion, 5 a submitted modal."""
    user: str
    channel: str
    created: float
    data: Json
    message: Message | None = None
    """The message whose button was pressed, or on which a modal was opened."""
    callback: int = 0
    """Of the first response: 4 a message, 5 a deferred one, 6 and 7 updates, 8 choices, 9 a modal."""
    acknowledged: float = 0.0
    """When the first response came; 0 for not yet."""
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: Json = field(default_factory=dict)
    choices: list[Choice] | None = None
    expired: bool = False

    @property
    def deferred(self) -> bool:
        return self.callback in (5, 6)

    @property
    def messages(self) -> list[Message]:
        """What it brought: its response and the messages after it, without deleted ones."""
        own = [self.original] if self.original is not None and self.callback in (4, 5) else []
        return [each for each in (*own, *self.followups) if not each.deleted]

    @property
    def answers(self) -> list[Message]:
        """Its messages that are no longer thinking."""
        return [each for each in self.messages if not each.thinking]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    channel: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A call that Discord would refuse for what is in it."""

    route: str
    problem: str
    body: object
