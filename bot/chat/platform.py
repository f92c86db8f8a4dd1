"""What a platform must be able to do, and who acts on it: the ports of every chat front."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.chat.card import Card
from bot.conversation.attention import Heard
from bot.conversation.crawls import CrawlMessage
from bot.conversation.models import Reply
from bot.core.state import Claimed, MessageKey
from bot.core.state import Platform as Name

PRIVATE = "/"
"""Begins the thread of a question that was asked by a command: only who asked sees its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that a person wrote."""

    heard: Heard
    thread: str
    """The conversation that it belongs to."""
    user: str
    room: str
    """The channel, or the thread where that is a channel of its own, that it stands in."""
    below: str = ""
    """The message that it replies to, where it may be a person's answer to a question at the desk."""


class AnswerReply(Reply, Protocol):
    async def show(self, claimed: Claimed) -> str:
        """Posts an answer that is finished; its id. Raises ReplyGone."""
        ...


class Platform(Protocol):
    """One chat platform. What raises ReplyGone does so where the place is gone, or out of reach for long."""

    @property
    def name(self) -> Name: ...

    @property
    def how_to_answer(self) -> str:
        """What people at the desk are told: how their answer finds its way back. In the platform's markup."""
        ...

    @property
    def not_here(self) -> str:
        """What somebody is told where the bot may not write."""
        ...

    def person(self, user: str) -> str:
        """A name that the platform shows, in its markup."""
        ...

    def group(self, group: str) -> str:
        """As `person`."""
        ...

    async def locate(self, key: MessageKey) -> str:
        """Where a question stands, in the platform's markup: ` in #general (address)`; goes on a sentence."""
        ...

    async def post(self, room: str, card: Card) -> str:
        """The message. Raises ReplyGone."""
        ...

    async def post_where_asked(self, key: MessageKey, thread: str, card: Card) -> None:
        """Into the conversation of a question that was not asked privately. Raises ReplyGone."""
        ...

    async def remove(self, room: str, message: str) -> None:
        """Takes a message away. A failure raises nothing of its own."""
        ...

    async def open_direct(self, user: str) -> str:
        """The room of direct messages with a person. Raises ReplyGone."""
        ...

    async def take_up(self, claimed: Claimed) -> Reply:
        """A reply that goes on where an earlier one of this claim stands. Raises ReplyGone."""
        ...

    def reply(self, claimed: Claimed) -> AnswerReply:
        """The first reply to a message of a channel."""
        ...

    def reply_below(self, claimed: Claimed, room: str, message: str) -> AnswerReply:
        """A reply below a message of the bot's, for an answer that is shared."""
        ...

    def crawl_message(self, key: MessageKey) -> CrawlMessage:
        """The message that follows a crawl."""
        ...


class Act(Protocol):
    """Somebody who acts: by a button, a command, a message's menu. A failure to tell him raises nothing."""

    @property
    def user(self) -> str: ...

    @property
    def room(self) -> str:
        """Where he acts, and sees what comes of it."""
        ...

    @property
    def confirms(self) -> bool:
        """Whether he waits for a word even where all went well."""
        ...

    async def may_manage(self) -> bool:
        """Whether he is a maintainer there."""
        ...

    async def tell(self, text: str) -> None:
        """A word to him alone: the bot's own."""
        ...

    async def show(self, markdown: str) -> None:
        """As `tell`, whoever's words it holds."""
        ...

    async def close(self, text: str) -> None:
        """In place of the message whose button he pressed. The bot's own words, in the platform's markup."""
        ...

    async def ask_why(self, key: MessageKey) -> None:
        """Opens a modal for a thumb down; what he writes comes to `Controls.explain`."""
        ...

    def reply(self, key: MessageKey) -> Reply:
        """An answer that he alone sees."""
        ...

    async def take_up(self, claimed: Claimed) -> Reply | None:
        """Where he pressed Retry on an answer that he alone sees: its reply, begun anew."""
        ...

    def key_of(self, message: str) -> MessageKey:
        """A message where he acts."""
        ...

    async def open_crawl(self) -> tuple[MessageKey, CrawlMessage] | None:
        """The message that his command has made, to follow the crawl that it asks for; None where it makes
        none. Raises ReplyGone."""
        ...
