"""Sets a platform up for a run, and takes it down."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.discord import FakeDiscord
from tests.fakes.slack import FakeSlack
from tests.load.chat import Chat
from tests.load.crowd import run_crowd
from tests.load.cuts import run_cuts
from tests.load.discord import DiscordChat
from tests.load.figures import Report
from tests.load.kills import run_kills
from tests.load.lab import Bot, Index, make_index
from tests.load.model import Pace, SteadyModel
from tests.load.slack import SlackChat

PLATFORMS = ("slack", "slack-http", "discord")
REST = 2.0
"""Seconds after one answer within which a kill may still fall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is run, each where it is not 0."""

    questions: int = 0
    kills: int = 0
    cuts: int = 0
    lanes: int = 1
    channels: int = 8
    limited: bool = True
    """The platform's rate limits hold."""
    streamed: bool = True
    """Slack lets answers be streamed."""
    seed: int = 1
    quiet: float = 3.0
    """Seconds for a second answer to show, once there is one to each question."""
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What the runs of one platform share."""

    platform: str
    plan: Plan
    model: SteadyModel
    index: Index
    folder: Path

    @asynccontextmanager
    async def open(self, name: str, *, probed: bool = False) -> AsyncIterator[tuple[Chat, Bot]]:
        """A new workspace, with a bot that is connected to it."""
        with _open_chat(self.platform, self.plan) as chat:
            bot = Bot(chat, self.model, self.index, self.folder / f"{self.platform}-{name}", probed=probed)
            try:
                await bot.start()
                yield chat, bot
            finally:
                await bot.kill()


async def run(
    platforms: Sequence[str], plan: Plan, folder: Path, *, index: Index | None = None
) -> AsyncGenerator[Report, None]:
    """The plan on each platform; `folder` is left with logs and databases. Without an index, one is made."""
    index = index or make_index(folder)
    with SteadyModel(folder, plan.pace) as model:
        for platform in platforms:
            room = Room(platform=platform, plan=plan, model=model, index=index, folder=folder)
            async for report in _run_all(room):
                yield report


async def _run_all(room: Room) -> AsyncGenerator[Report, None]:
    plan, words = room.plan, room.plan.pace.words
    if plan.questions or plan.cuts:
        async with room.open("crowd", probed=True) as (chat, bot):
            if plan.questions:
                yield await run_crowd(chat, bot, room.model, plan.questions, quiet=plan.quiet)
            if plan.cuts:
                numbers = range(plan.questions, plan.questions + plan.cuts)
                yield await run_cuts(chat, numbers, words=words, seed=plan.seed, quiet=plan.quiet)
    if plan.kills:
        async with AsyncExitStack() as stack:
            lanes = [await stack.enter_async_context(room.open(f"lane-{lane}")) for lane in range(plan.lanes)]
            span = plan.pace.seconds + REST
            yield await run_kills(lanes, plan.kills, words=words, span=span, seed=plan.seed, quiet=plan.quiet)


@contextmanager
def _open_chat(platform: str, plan: Plan) -> Iterator[Chat]:
    if platform == "discord":
        with FakeDiscord(granted={"message_content"}, strict=False) as discord:
            if not plan.limited:
                discord.limits.switch_off()
            yield DiscordChat(discord, channels=plan.channels)
        return
    with FakeSlack(strict=False) as slack:
        if plan.limited:
            slack.limits.switch_on()
            # Tier 1 lets bursts through: a bot could not keep two connections otherwise.
            slack.limits.set("apps.connections.open", calls=60, seconds=60.0)
        if not plan.streamed:
            slack.fail("chat.startStream", "ratelimited", retry_after=30, times=None)
        yield SlackChat(slack, http=platform == "slack-http", channels=plan.channels)
