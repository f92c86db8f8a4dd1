"""What a workspace holds: people, channels, messages, agent sessions, views."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from tests.fakes.slack.reading import visible_text
from tests.fakes.slack.wire import Json, as_objects, as_text, text_of

ChannelKind = Literal["channel", "group", "im", "mpim"]
PINGS = re.compile(r"<!(?:channel|here|everyone|subteam\^\w+)[^>]*>|<@[UW]\w+[^>]*>|<#C\w+[^>]*>")


class SlackError(Exception):
    """A method's refusal, by the code that Slack documents."""

    def __init__(self, code: str, *, violation: str = "", extra: Json | None = None) -> None:
        """With a `violation`, the call is also kept as one that a bot must never make."""
        super().__init__(code)
        self.code = code
        self.violation = violation
        self.extra = extra or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: str
    name: str
    real_name: str
    locale: str = "en-US"
    is_bot: bool = False
    is_admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Usergroup:
    id: str
    handle: str
    name: str
    users: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Channel:
    id: str
    name: str
    kind: ChannelKind = "channel"
    members: set[str] = field(default_factory=set)
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    """By ts, in order; deleted ones stay, marked."""


@dataclass(slots=True, kw_only=True)
class Stream:
    """What streaming adds to a message."""

    started: float
    """Seconds, by the workspace's clock."""
    recipient: str = ""
    state: Literal["in_progress", "completed", "errored"] = "in_progress"
    mode: Literal["markdown", "chunks", ""] = ""
    """Text arguments and chunks do not mix within one stream."""
    stopped_by: str = ""
    """The user who pressed Stop."""
    markdown: str = ""
    blocks: list[Json] = field(default_factory=list)
    """Blocks that came in chunks."""
    tasks: dict[str, Json] = field(default_factory=dict)
    plan: str = ""
    appends: int = 0


@dataclass(slots=True, kw_only=True)
class Message:
    """A message as the workspace keeps it; `shown` is what a reader sees."""

    channel: str
    ts: str
    user: str
    text: str = ""
    markdown: str = ""
    """What was posted as `markdown_text`."""
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    """The root's ts; empty for a message in the channel itself."""
    by_bot: bool = False
    subtype: str = ""
    edited: str = ""
    """The ts of the last edit."""
    deleted: bool = False
    ephemeral_for: str = ""
    """The only user who sees it."""
    stream: Stream | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)
    sent: Json = field(default_factory=dict)
    """The arguments that it was posted or last updated with."""
    history: list[str] = field(default_factory=list)
    """What readers saw before each edit."""

    @property
    def shown(self) -> str:
        """The text as a reader sees it: what was streamed, blocks where there are any, else the text."""
        if self.stream is not None:
            below = visible_text([*self.stream.blocks, *self.blocks])
            return "\n".join(part for part in (self.stream.markdown, below) if part)
        if self.markdown:
            return self.markdown
        return visible_text(self.blocks) or self.text

    @property
    def streaming(self) -> bool:
        """Whether text is still awaited: neither closed, nor expired, nor stopped by a user."""
        return self.stream is not None and self.stream.state == "in_progress" and not self.stream.stopped_by

    @property
    def tasks(self) -> list[Json]:
        """The task updates of a stream, the newest state of each, in order of appearance."""
        return list(self.stream.tasks.values()) if self.stream is not None else []

    @property
    def sources(self) -> list[tuple[str, str]]:
        """Text and address of the sources that the tasks name."""
        found = [source for task in self.tasks for source in as_objects(task.get("sources"))]
        return [(text_of(source, "text"), text_of(source, "url")) for source in found]

    @property
    def pings(self) -> list[str]:
        """Everything in it that would notify or name somebody, in the raw text and blocks."""
        return PINGS.findall(self.shown) + (PINGS.findall(self.text) if self.shown != self.text else [])

    @property
    def actions(self) -> list[str]:
        """The action_ids of everything that can be pressed."""
        found = [*as_objects(self.blocks), *(self.stream.blocks if self.stream is not None else [])]
        elements = [element for block in found for element in elements_of(block)]
        return [text_of(element, "action_id") for element in elements]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One call of assistant.threads.setStatus."""

    channel: str
    thread_ts: str
    text: str
    loading_messages: tuple[str, ...]
    at: float
    """Seconds, by the workspace's clock."""


@dataclass(slots=True, kw_only=True)
class Session:
    """An agent session: one a thread."""

    status: str
    title: str = ""
    history: list[str] = field(default_factory=list)
    """Every status it was given, in order."""


@dataclass(slots=True, kw_only=True)
class Surface:
    """A view that somebody has before him: a modal, or his Home tab."""

    id: str
    user: str
    body: Json
    hash: str
    previous: str = ""
    """The view below it in the stack."""
    errors: dict[str, str] = field(default_factory=dict)
    """What the last submission was refused for, by block_id."""
    open: bool = True

    @property
    def shown(self) -> str:
        return visible_text(as_objects(self.body.get("blocks")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A call that Slack would refuse for its arguments."""

    method: str
    problem: str
    arguments: Json


def elements_of(block: Json) -> list[Json]:
    """What can be pressed or filled in within a block."""
    inner = [*as_objects(block.get("elements"))]
    for key in ("accessory", "element"):
        found = block.get(key)
        if isinstance(found, dict):
            inner.append({str(name): value for name, value in found.items()})
    return [element for element in inner if as_text(element.get("action_id"))]
