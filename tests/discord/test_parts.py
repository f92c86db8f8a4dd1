"""The front within the test's own process, where its clocks, crawls and commands can be had."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import discord as library
import pytest
from discord import app_commands

from bot.conversation.crawl_card import CrawlCard
from bot.conversation.jobs import Jobs
from bot.conversation.limits import RateLimit
from bot.conversation.models import ReplyGone
from bot.conversation.responder import Limits
from bot.conversation.rooms import furnish as furnish_rooms
from bot.core.models import CrawlEvent, CrawlProgress, IndexStatus
from bot.core.state import MessageKey
from bot.discord.calls.pace import Pace
from bot.discord.client import DocsClient
from bot.discord.events import key_of
from bot.discord.markup.names import NAMES
from bot.discord.office import furnish, serve
from bot.discord.reception import Reception
from bot.discord.transport.connection import sign_in
from bot.discord.transport.telling import sync
from bot.discord.tree import make_tree
from bot.discord.writing.crawl import MOVED, TOKEN_SECONDS, CrawlPost
from tests.conversation.parts import ScriptedAsker
from tests.fakes.answerer import ScriptedIndex, make_summary
from tests.fakes.discord import ALICE, APPLICATION, CAROL, GENERAL, GUILD, FakeDiscord, Message
from tests.fakes.state import make_state


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    """Of a test's own."""
    async with FakeDiscord(granted={"message_content"}) as server:
        yield server


@dataclass
class GatedCrawls:
    """A CrawlControl whose crawl goes on as the test says."""

    events: asyncio.Queue[CrawlEvent | None] = field(default_factory=asyncio.Queue)

    async def reindex(
        self, sources: Sequence[str] = (), *, rebuild: bool = False
    ) -> AsyncGenerator[CrawlEvent, None]:
        while (event := await self.events.get()) is not None:
            yield event

    async def cancel(self, sources: Sequence[str] = ()) -> tuple[str, ...]:
        return ()

    async def status(self) -> IndexStatus:
        return await ScriptedIndex().status()

    def go_on(self, done: int) -> None:
        self.events.put_nowait(CrawlProgress(source="docs", phase="indexing", done=done, todo=9))

    def end(self) -> None:
        self.events.put_nowait(make_summary("docs"))
        self.events.put_nowait(None)


@asynccontextmanager
async def signed_in(
    discord: FakeDiscord, crawls: GatedCrawls | None = None, *, silence: float = 60.0
) -> AsyncIterator[tuple[DocsClient, Reception]]:
    client = DocsClient(reads_all=True, silence=silence)
    rooms = furnish_rooms(
        ScriptedAsker(),
        make_state(),
        crawls or GatedCrawls(),
        platform="discord",
        owner="one",
        limits=Limits(user=RateLimit(0), team=RateLimit(0)),
    )
    async with client:
        await sign_in(client, token=discord.token, api_url=discord.api_url)
        yield client, furnish(client, rooms)


@asynccontextmanager
async def serving(
    discord: FakeDiscord, crawls: GatedCrawls | None = None, *, silence: float = 60.0
) -> AsyncIterator[DocsClient]:
    async with signed_in(discord, crawls, silence=silence) as (client, reception):
        task = asyncio.create_task(serve(client, reception))
        await discord.wait_for(client.is_ready)
        yield client
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_gateway_that_has_gone_deaf_is_left(discord: FakeDiscord) -> None:
    discord.gateway.heartbeat_seconds = 0.4
    async with serving(discord, silence=1.0):
        # One that is quiet and answers heartbeats is kept.
        (connection,) = discord.connections
        await discord.wait_for(lambda: connection.heartbeats > 4)
        assert discord.connections == [connection]
        await discord.deafen()
        asked = await discord.mention(ALICE, GENERAL, "How?")
        await discord.wait_for(lambda: discord.answers(asked), 20)
        assert len(discord.answers(asked)) == 1
        assert discord.gateway.identifies == 1


async def crawl(discord: FakeDiscord) -> tuple[Message, MessageKey]:
    """The message of a crawl that a maintainer has asked for, and what it is known by."""
    asked = await discord.command(CAROL, GENERAL, "reindex")
    await discord.wait_for(lambda: asked.original)
    assert asked.original is not None
    return asked.original, key_of(guild=int(GUILD), channel=int(GENERAL), message=int(asked.original.id))


async def test_a_crawl_outlives_the_interaction_that_asked_for_it(discord: FakeDiscord) -> None:
    crawls = GatedCrawls()
    async with serving(discord, crawls) as client:
        first, key = await crawl(discord)
        crawls.go_on(1)
        await discord.wait_for(lambda: "1 of 9 files" in first.text)
        assert first.labels == ["Cancel"]
        # The interaction's token is over, whatever the bot's clock says.
        discord.clock.advance(900)
        await asyncio.sleep(2.1)  # between two changes of the message
        crawls.go_on(2)
        await discord.wait_for(lambda: len(discord.messages(GENERAL)) == 2)
        second = discord.messages(GENERAL)[1]
        assert "2 of 9 files" in second.text
        assert second.labels == ["Cancel"]
        # A process that takes it up goes on in the second.
        card = CrawlCard()
        card.take(CrawlProgress(source="docs", phase="indexing", done=3, todo=9))
        await CrawlPost(client, key).show(card)
        assert "3 of 9 files" in second.text
        crawls.end()
        await discord.wait_for(lambda: "nothing had changed" in second.text)
        assert not second.labels
        assert "1 of 9" in first.text


@dataclass
class Caught:
    """Interactions, taken from a client of the library's own."""

    client: library.Client
    interactions: list[library.Interaction] = field(default_factory=list)


@asynccontextmanager
async def catching(discord: FakeDiscord) -> AsyncIterator[Caught]:
    client = library.Client(intents=library.Intents(guilds=True))
    caught = Caught(client)

    async def on_interaction(interaction: library.Interaction) -> None:
        caught.interactions.append(interaction)
        await interaction.response.defer(thinking=True)

    client.event(on_interaction)
    async with client:
        await client.login(discord.token)
        task = asyncio.create_task(client.connect())
        await discord.wait_for(client.is_ready)
        yield caught
        await client.close()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("closed", [False, True])
async def test_it_moves_before_the_token_ends(discord: FakeDiscord, closed: bool) -> None:
    async with signed_in(discord) as (_, reception):
        await told(discord, reception)
    async with catching(discord) as caught:
        first, key = await crawl(discord)
        clock, card = [0.0], CrawlCard(clock=lambda: 0.0)
        post = CrawlPost(caught.client, key, interaction=caught.interactions[0], clock=lambda: clock[0])

        async def show(done: int, now: float) -> None:
            clock[0] = now
            card.take(CrawlProgress(source="docs", phase="indexing", done=done, todo=9))
            await post.show(card)

        await show(1, TOKEN_SECONDS - 1)
        assert "1 of 9" in first.text
        if closed:  # what was shown last stays, and Discord is not asked again and again
            await discord.deny(GENERAL, "send_messages")
            await show(2, TOKEN_SECONDS + 1)
            await show(3, TOKEN_SECONDS + 2)
            assert "1 of 9" in first.text
            assert discord.invalid_requests == 1
            return
        await show(2, TOKEN_SECONDS + 1)
        await show(3, TOKEN_SECONDS + 2)
        assert first.text == MOVED
        assert not first.labels
        (_, second) = discord.messages(GENERAL)
        assert "3 of 9" in second.text
        assert second.labels == ["Cancel"]
        assert not second.unfolds


async def told(discord: FakeDiscord, reception: Reception) -> None:
    client = reception.platform.client
    tree = make_tree(client, reception)
    assert await sync(tree, reception.front.talk.rooms.jobs, application=int(APPLICATION)) == "told"


async def test_commands_are_told_when_they_changed(discord: FakeDiscord) -> None:
    state = make_state()

    async def start(owner: str, *, more: bool = False) -> str:
        """As a process that has this tree, or one with a command more."""
        async with signed_in(discord) as (client, reception):
            tree = make_tree(client, reception)
            if more:
                tree.add_command(app_commands.Command(name="more", description="More", callback=pass_by))
            return await sync(tree, Jobs(state.ledger, owner=owner), application=int(APPLICATION))

    assert await start("one") == "told"
    assert set(discord.commands) == NAMES
    assert [await start("two"), await start("three")] == ["known", "known"]
    assert discord.syncs == 1
    # Another version, and back.
    assert await start("four", more=True) == "told"
    assert await start("five") == "told"
    assert discord.syncs == 3
    # Another program has told it others for the same application.
    discord.world.commands.clear()
    assert await start("six") == "told"
    assert set(discord.commands) == NAMES
    # A Discord that takes none now is told again.
    discord.fail("PUT /applications/*/commands", status=503, times=3)
    with pytest.raises(ReplyGone):
        await start("seven", more=True)
    assert await start("eight", more=True) == "told"


async def pass_by(interaction: library.Interaction) -> None:
    """Does nothing: only its description counts."""


async def test_commands_that_another_process_is_telling_are_left_to_it(discord: FakeDiscord) -> None:
    state = make_state()
    key = MessageKey(platform="discord", team=APPLICATION, channel="", message="commands")
    assert await Jobs(state.ledger, owner="other").start(key, "sync", subject="its digest")
    async with signed_in(discord) as (client, reception):
        tree = make_tree(client, reception)
        jobs = Jobs(state.ledger, owner="this")
        assert await sync(tree, jobs, application=int(APPLICATION)) == "busy"
    assert discord.syncs == 0


async def test_calls_are_spread_in_their_order() -> None:
    now, waits = 100.0, list[float]()

    async def sleep(seconds: float) -> None:
        waits.append(round(seconds, 3))

    pace = Pace(per_second=10, at_once=2, clock=lambda: now, sleep=sleep)
    pressed = []
    for at, calls in ((100.0, 4), (100.1, 8), (101.0, 1), (200.0, 4)):
        now = at
        for _ in range(calls):
            await pace.take()
        pressed.append(pace.pressed)
    # Two at once after a pause, and then one in each tenth of a second; what has waited counts.
    assert waits == [0.1, 0.2, *(tenth / 10 for tenth in range(2, 10)), 0.1, 0.1, 0.2]
    # What does not matter in the end is left out while many calls wait.
    assert pressed == [False, True, False, False]
