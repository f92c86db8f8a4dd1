"""The shared rooms, on the platform in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pytest

from bot.chat.front import Front, open_front
from bot.chat.platform import Message
from bot.conversation.freshness import Freshness
from bot.conversation.limits import RateLimit
from bot.conversation.responder import Limits
from bot.conversation.rooms import Rooms, furnish
from bot.core.state import AnswerMode, ChannelSettings, Claimed, MessageKey, State
from tests.chat.paper import DESK, GENERAL, Paper, PaperAct
from tests.conversation.parts import ScriptedAsker
from tests.fakes.answerer import ScriptedIndex
from tests.fakes.state import make_state


@dataclass
class Titles:
    """A TitleBook."""

    names: tuple[str, ...] = ("Rotate a key", "Key\nrotation", "Retries", "x" * 150)

    async def titles(self) -> tuple[str, ...]:
        return self.names


class Crawls(ScriptedIndex):
    """A CrawlControl; none goes on that could be cancelled."""

    async def cancel(self, sources: Sequence[str] = ()) -> tuple[str, ...]:
        return ()


@dataclass
class Chat:
    """One front, and what it stands on."""

    asker: ScriptedAsker
    index: Crawls
    state: State
    rooms: Rooms
    paper: Paper
    front: Front

    async def hear(self, message: Message) -> str:
        return await self.front.talk.hear(message, partial(self.paper.first, message))

    async def edit(self, message: Message) -> None:
        await self.front.talk.hear_edit(message, partial(self.paper.first, message))

    async def configure(self, mode: AnswerMode) -> None:
        await self.state.channels.write(
            ChannelSettings(mode=mode), platform="slack", team="T", channel=GENERAL, user=""
        )

    async def known(self, message: str = "q1") -> Claimed:
        claimed = await self.state.ledger.get(self.key(message))
        assert claimed is not None
        return claimed

    def key(self, message: str = "q1", *, room: str = GENERAL) -> MessageKey:
        return self.paper.key(room, message)

    def act(self, user: str = "alice", **values: object) -> PaperAct:
        return PaperAct(self.paper, user, **values)  # type: ignore[arg-type]


@pytest.fixture
def chat() -> Chat:
    """With people who can be asked."""
    return make_chat()


def make_chat(*, channel: str = DESK) -> Chat:
    asker, index, state = ScriptedAsker(), Crawls(), make_state()
    rooms = furnish(
        asker,
        state,
        index,
        platform="slack",
        owner="one",
        limits=Limits(user=RateLimit(0), team=RateLimit(0)),
        titles=Titles(),
    )
    paper = Paper(Freshness(index), humans=bool(channel))
    front = open_front(paper, rooms, channel=channel, groups=("helpers",) if channel else ())
    return Chat(asker, index, state, rooms, paper, front)
