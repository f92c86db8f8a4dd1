"""A third platform, in memory: what it takes to be one is here, and all that the fronts share works on it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from bot.chat.card import Card, Part, Quote, Sources, Text, Words
from bot.chat.platform import Message
from bot.chat.reply import ChatReply
from bot.chat.sheet import Ending
from bot.chat.verbs import Verb, below_answer, crawl_verbs
from bot.conversation.attention import Heard
from bot.conversation.crawl_card import CrawlCard
from bot.conversation.freshness import Freshness
from bot.conversation.models import Reply, ReplyGone
from bot.core.models import Passage
from bot.core.state import Claimed, MessageKey

ALICE, BOB, CAROL = "alice", "bob", "carol"
"""Carol is a maintainer."""
GENERAL, DESK = "general", "desk"


@dataclass
class Posted:
    """A message of the bot's."""

    room: str
    text: str
    verbs: tuple[Verb, ...] = ()
    thread: str = ""
    told: tuple[str, ...] = ()
    gone: bool = False
    key: MessageKey | None = None


@dataclass
class PaperSheet:
    """A Sheet of one message."""

    paper: Paper
    key: MessageKey
    room: str
    thread: str = ""
    id: str = ""
    private: bool = False
    steps: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        self.steps.append("begin")

    async def found(self, passages: Sequence[Passage]) -> None:
        self.steps.append("found")

    async def write(self, text: str) -> None:
        self.steps.append(f"write: {text}")
        self._show(f"{self._message.text if self.id else ''}{text}", ("stop",))

    async def end(self, ending: Ending) -> None:
        self.steps.append(f"end: {ending.kind}")
        sources = ", ".join(citation.path for citation in ending.citations)
        shown = "\n".join(filter(None, [ending.text, ending.note, sources]))
        self._show(shown, ending.verbs)

    async def retract(self) -> None:
        if self.id:
            self._message.gone = True

    @property
    def _message(self) -> Posted:
        return self.paper.messages[self.id]

    def _show(self, text: str, verbs: tuple[Verb, ...]) -> None:
        if not self.id:
            room = f"only {self.room}" if self.private else self.room
            self.id = self.paper.write(Posted(room, text, verbs, thread=self.thread, key=self.key))
        self._message.text, self._message.verbs = text, verbs


@dataclass
class Paper:
    """The Platform. `closed`: rooms where it may not write."""

    freshness: Freshness
    humans: bool = True
    closed: set[str] = field(default_factory=set)
    messages: dict[str, Posted] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    name: Final[Literal["slack"]] = "slack"
    """The ledger knows no other; nothing here asks what it is."""
    how_to_answer: Final[str] = "Answer below."
    not_here: Final[str] = "I may not write there."

    def key(self, room: str, message: str) -> MessageKey:
        return MessageKey(platform="slack", team="T", channel=room, message=message)

    def write(self, posted: Posted) -> str:
        if posted.room in self.closed:
            raise ReplyGone("closed")
        self.messages[name := f"m{next(self._numbers)}"] = posted
        return name

    def shown(self, room: str) -> list[str]:
        """What the bot has written there, and is not gone."""
        return [each.text for each in self.messages.values() if each.room == room and not each.gone]

    def person(self, user: str) -> str:
        return f"@{user}"

    def group(self, group: str) -> str:
        return f"&{group}"

    async def locate(self, key: MessageKey) -> str:
        return f" in {key.channel}"

    async def post(self, room: str, card: Card, *, thread: str = "") -> str:
        text = "\n".join(map(_write, card.parts))
        return self.write(Posted(room, text, card.verbs, thread, card.told, key=card.key))

    async def post_where_asked(self, key: MessageKey, thread: str, card: Card) -> None:
        await self.post(key.channel, card, thread=thread)

    async def remove(self, room: str, message: str) -> None:
        self.messages[message].gone = True

    async def open_direct(self, user: str) -> str:
        return f"direct {user}"

    async def take_up(self, claimed: Claimed) -> Reply:
        sheet = self._sheet(claimed.key, claimed.key.channel, claimed.thread)
        sheet.id = claimed.reply
        return self._reply(sheet)

    def first(self, message: Message) -> ChatReply:
        return self._reply(self._sheet(message.heard.key, message.room, message.thread))

    def reply(self, claimed: Claimed) -> ChatReply:
        return self._reply(self._sheet(claimed.key, claimed.key.channel, claimed.thread))

    def reply_below(self, claimed: Claimed, room: str, message: str) -> ChatReply:
        return self._reply(self._sheet(claimed.key, room, message))

    def whisper(self, key: MessageKey, user: str) -> ChatReply:
        return self._reply(PaperSheet(self, key, user, private=True), shareable=True)

    def crawl_message(self, key: MessageKey) -> PaperCrawl:
        return PaperCrawl(self.messages[key.message])

    def _sheet(self, key: MessageKey, room: str, thread: str) -> PaperSheet:
        return PaperSheet(self, key, room, thread)

    def _reply(self, sheet: PaperSheet, *, shareable: bool = False) -> ChatReply:
        below = below_answer(humans=self.humans, shareable=shareable)
        return ChatReply(sheet, self.freshness, below=below)


@dataclass
class PaperCrawl:
    message: Posted

    async def show(self, card: CrawlCard) -> None:
        self.message.text, self.message.verbs = card.text(), crawl_verbs(card)


@dataclass
class PaperAct:
    """The Act of whoever does anything, in the general channel if nothing else is said."""

    paper: Paper
    user: str = ALICE
    room: str = GENERAL
    confirms: bool = True
    told: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    asked_why: list[MessageKey] = field(default_factory=list)
    own_message: str = ""
    """A message that the command itself has made."""

    async def may_manage(self) -> bool:
        return self.user == CAROL

    async def tell(self, text: str) -> None:
        self.told.append(text)

    async def show(self, markdown: str) -> None:
        self.told.append(markdown)

    async def close(self, text: str) -> None:
        self.closed.append(text)

    async def ask_why(self, key: MessageKey) -> None:
        self.asked_why.append(key)

    def reply(self, key: MessageKey) -> Reply:
        return self.paper.whisper(key, self.user)

    async def take_up(self, claimed: Claimed) -> Reply | None:
        return None

    def key_of(self, message: str) -> MessageKey:
        return self.paper.key(self.room, message)

    async def open_crawl(self) -> tuple[MessageKey, PaperCrawl] | None:
        if not self.own_message:
            return None
        return self.key_of(self.own_message), self.paper.crawl_message(self.key_of(self.own_message))


def write(
    paper: Paper,
    message: str = "q1",
    text: str = "How?",
    *,
    user: str = ALICE,
    room: str = GENERAL,
    thread: str = "",
    mentioned: bool = True,
    direct: bool = False,
    others: bool = False,
) -> Message:
    """What a person writes. `thread`: the message that it stands below."""
    key = paper.key(room, message)
    return Message(
        heard=Heard(
            key=key,
            root=replace(key, message=thread) if thread else None,
            text=text,
            direct=direct,
            mentioned=mentioned,
            others=others,
        ),
        thread=thread or message,
        user=user,
        room=room,
        below="" if mentioned else thread,
    )


def _write(part: Part) -> str:
    match part:
        case Words(text=text) | Text(markdown=text):
            return text
        case Quote(text=text):
            return f"> {text}"
        case Sources(citations=citations):
            return ", ".join(citation.path for citation in citations)
