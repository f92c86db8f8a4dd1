"""The fake Discord with the real discord.py client at the other end: everything a bot lives on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import yarl
from discord import (
    AllowedMentions,
    ButtonStyle,
    Client,
    HTTPException,
    Intents,
    Interaction,
    Message,
    NotFound,
    Object,
    RawMessageUpdateEvent,
    TextChannel,
    TextStyle,
    app_commands,
    ui,
)
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord import (
    ALICE,
    APPLICATION,
    BOB,
    BOT,
    CAROL,
    FORUM,
    GENERAL,
    HIDDEN,
    SUPPORT,
    TAG,
    FakeDiscord,
)

MINIMAL = Intents(guilds=True, guild_messages=True, dm_messages=True)
READING = MINIMAL | Intents(message_content=True)


class Reason(ui.Modal, title="Why?"):
    reason: ui.TextInput[Reason] = ui.TextInput(label="Reason", style=TextStyle.paragraph, max_length=300)

    async def on_submit(self, interaction: Interaction, /) -> None:
        await interaction.response.send_message(f"Thank you: {self.reason.value}", ephemeral=True)


class Vote(ui.DynamicItem[ui.Button[ui.View]], template=r"vote:(?P<answer>\d+)"):
    """A button that any process understands, whoever sent it."""

    def __init__(self, answer: str) -> None:
        super().__init__(ui.Button(label="No", style=ButtonStyle.secondary, custom_id=f"vote:{answer}"))

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: object, match: object, /) -> Vote:
        return cls("1")

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(Reason())


class Bot(Client):
    """A small bot; it keeps what it is told."""

    def __init__(self, intents: Intents = MINIMAL, *, timeout: float = 60) -> None:
        super().__init__(
            intents=intents,
            allowed_mentions=AllowedMentions.none(),
            guild_ready_timeout=0.05,
            heartbeat_timeout=timeout,
        )
        self.tree = app_commands.CommandTree(
            self,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
        )
        self.heard: list[Message] = []
        self.updates: list[RawMessageUpdateEvent] = []
        self.resumes = 0
        self.add_dynamic_items(Vote)
        add_commands(self.tree)

    async def on_message(self, message: Message) -> None:
        self.heard.append(message)

    async def on_raw_message_edit(self, update: RawMessageUpdateEvent) -> None:
        self.updates.append(update)

    async def on_resumed(self) -> None:
        self.resumes += 1

    async def answer(self, message: Message) -> Message:
        """A thread on a message, with one answer in it."""
        thread = await message.create_thread(name="Answer")
        return await thread.send("Like this", view=ui.View(timeout=None).add_item(Vote("1")))

    @property
    def questions(self) -> list[Message]:
        """What people wrote."""
        return [message for message in self.heard if not message.author.bot]


def add_commands(tree: app_commands.CommandTree[Bot]) -> None:
    @tree.command(description="Ask the documentation")
    async def ask(interaction: Interaction[Bot], question: app_commands.Range[str, 1, 100]) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)
        await interaction.followup.send(f"You asked {question}")
        await interaction.followup.send("And more", ephemeral=True)

    @ask.autocomplete("question")
    async def complete(interaction: Interaction[Bot], typed: str) -> list[app_commands.Choice[str]]:
        pages = ["Retries", "Timeouts"]
        return [app_commands.Choice(name=page, value=page) for page in pages if page.startswith(typed)]

    @tree.command(description="Write the index anew")
    @app_commands.default_permissions(manage_guild=True)
    async def reindex(interaction: Interaction[Bot], source: str = "all") -> None:
        await interaction.response.send_message(f"Reindexing {source}")

    @tree.context_menu(name="Answer from the docs")
    async def menu(interaction: Interaction[Bot], message: Message) -> None:
        await interaction.response.send_message(f"About: {message.content}")

    group = app_commands.Group(name="config", description="Settings")

    @group.command(name="set", description="Sets one")
    async def set_one(interaction: Interaction[Bot], name: str, on: bool) -> None:
        await interaction.response.send_message(f"{name} {on}", ephemeral=True)

    tree.add_command(group)


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake


@pytest.fixture
async def open_discord() -> AsyncIterator[FakeDiscord]:
    """One that lets the bot read every message."""
    async with FakeDiscord(granted={"message_content"}) as fake:
        yield fake


@asynccontextmanager
async def pointed_at(discord: FakeDiscord) -> AsyncIterator[None]:
    """Sends discord.py to the fake, which it has no setting for."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = f"{discord.api_url}/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(discord.gateway.address)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def online(
    discord: FakeDiscord, intents: Intents = MINIMAL, *, kind: type[Bot] = Bot, timeout: float = 60
) -> AsyncIterator[Bot]:
    """A bot that is ready; it takes a connection without heartbeats for dead after `timeout` seconds."""
    async with pointed_at(discord), kind(intents, timeout=timeout) as bot:
        await bot.login(discord.token)
        running = asyncio.create_task(bot.connect())
        try:
            await asyncio.wait_for(bot.wait_until_ready(), 10)
            yield bot
        finally:
            await bot.close()
            await running


async def test_the_bot_logs_in_and_knows_the_guild(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        assert bot.user is not None
        assert (str(bot.user.id), str(bot.application_id)) == (BOT, APPLICATION)
        guild = bot.guilds[0]
        me = guild.me
        unseen = [channel.name for channel in guild.channels if not channel.permissions_for(me).view_channel]
        assert (len(guild.channels), unseen) == (5, ["hidden"])
        assert [member.id for member in guild.members] == [int(BOT)]


async def test_a_mention_is_answered_in_a_thread_by_edits(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        asked = await discord.mention(ALICE, GENERAL, "How are tasks retried?")
        await discord.wait_for(lambda: bot.questions)
        assert bot.questions[0].content == f"<@{BOT}> How are tasks retried?"

        sent = await bot.answer(bot.questions[0])
        await sent.edit(content="Like this, and more")
        await sent.edit(content="Like this, and more <https://example.com>", suppress=True)

        (answer,) = discord.answers(asked)
        thread = discord.thread(asked)
        assert thread is not None
        assert (thread.id, thread.parent, answer.channel) == (asked.id, GENERAL, asked.id)
        assert answer.texts == [
            "Like this",
            "Like this, and more",
            "Like this, and more <https://example.com>",
        ]
        assert answer.history[0].at <= answer.history[1].at
        assert (answer.labels, answer.pings, answer.unfolds) == (["No"], [], [])
        # The bot hears of its own messages, and of the thread on the question.
        await discord.wait_for(lambda: sent.id in [message.id for message in bot.heard])
        await discord.wait_for(lambda: int(asked.id) in [update.message_id for update in bot.updates])


async def test_a_question_is_edited_and_deleted(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        asked = await discord.mention(ALICE, GENERAL, "How?")
        await discord.edit(asked, f"<@{BOT}> How are tasks retried?")
        await discord.unfurl(asked)
        await discord.wait_for(lambda: len(bot.updates) == 2)
        assert [update.message.content for update in bot.updates] == [f"<@{BOT}> How are tasks retried?"] * 2
        assert bot.updates[0].message.edited_at == bot.updates[1].message.edited_at
        await discord.delete(asked)
        assert discord.messages(GENERAL) == []
        with pytest.raises(NotFound) as gone:
            await bot.questions[0].fetch()
        assert gone.value.code == 10008


# Who reads what without the privileged intent.
SEEN = [
    # a mention
    (f"<@{BOT}> hi", True),
    # a word in passing
    ("hi all", False),
    # a mention within code is none
    (f"`<@{BOT}>` hi", False),
]


@pytest.mark.parametrize(("text", "seen"), SEEN)
async def test_content_needs_a_mention_or_the_intent(discord: FakeDiscord, text: str, seen: bool) -> None:
    async with online(discord) as bot:
        await discord.say(ALICE, SUPPORT, text)
        await discord.wait_for(lambda: bot.questions)
        assert bot.questions[0].content == (text if seen else "")
        read = await bot.questions[0].fetch()
        assert read.content == (text if seen else "")


async def test_an_edit_may_bring_the_mention(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        said = await discord.say(ALICE, SUPPORT, "How?")
        await discord.wait_for(lambda: bot.questions)
        assert bot.questions[0].content == ""
        await discord.edit(said, f"<@{BOT}> How?")
        await discord.wait_for(lambda: bot.updates)
        assert bot.updates[0].message.content == f"<@{BOT}> How?"
        assert bot.user in bot.updates[0].message.mentions


async def test_with_the_intent_everything_is_read(open_discord: FakeDiscord) -> None:
    async with online(open_discord, READING) as bot:
        await open_discord.say(ALICE, SUPPORT, "hi all")
        await open_discord.wait_for(lambda: bot.questions)
        assert bot.questions[0].content == "hi all"
        # Of what it cannot see it hears nothing.
        await open_discord.say(ALICE, HIDDEN, "psst")
        await open_discord.say(BOB, SUPPORT, "last")
        await open_discord.wait_for(lambda: bot.questions[-1].content == "last")
        assert [message.content for message in bot.questions] == ["hi all", "last"]


async def test_a_reply_to_the_bot_is_read_and_points_back(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        asked = await discord.mention(ALICE, SUPPORT, "How?")
        await discord.wait_for(lambda: bot.questions)
        await bot.questions[0].reply("Like this", mention_author=False)
        (answer,) = discord.answers(asked)
        assert (answer.kind, answer.reference, answer.pings) == (19, asked.id, [])
        await discord.say(ALICE, SUPPORT, "And then?", reply_to=answer)
        await discord.say(ALICE, SUPPORT, "Silent", reply_to=answer, ping=False)
        await discord.wait_for(lambda: len(bot.questions) == 3)
        assert [message.content for message in bot.questions[1:]] == ["And then?", ""]
        reference = bot.questions[1].reference
        assert reference is not None
        assert isinstance(reference.resolved, Message)
        assert reference.resolved.content == "Like this"


async def test_direct_messages_go_both_ways(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        await discord.dm(ALICE, "How?")
        await discord.wait_for(lambda: bot.questions)
        assert bot.questions[0].guild is None
        async with bot.questions[0].channel.typing():
            await bot.questions[0].channel.send("Like this")
        assert [message.text for message in discord.direct(ALICE)] == ["How?", "Like this"]
        assert discord.typings(discord.direct(ALICE)[0].channel)
        bob = await bot.fetch_user(int(BOB))
        await bob.send("Hello Bob")
        assert [message.text for message in discord.direct(BOB)] == ["Hello Bob"]


async def test_a_forums_post_is_a_thread_with_a_message(open_discord: FakeDiscord) -> None:
    async with online(open_discord, READING) as bot:
        post = await open_discord.post_in_forum(ALICE, FORUM, "Retries", "How are tasks retried?", tags=[TAG])
        await open_discord.wait_for(lambda: bot.questions)
        thread = bot.get_channel(int(post.channel))
        assert bot.questions[0].channel == thread
        assert post.id == post.channel
        await bot.questions[0].channel.send("Like this")
        assert [message.text for message in open_discord.answers(post)] == ["Like this"]


async def test_a_thread_is_archived_and_comes_back(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        asked = await discord.mention(ALICE, GENERAL, "How?")
        await discord.wait_for(lambda: bot.questions)
        sent = await bot.answer(bot.questions[0])
        thread = discord.thread(asked)
        assert thread is not None
        await discord.archive(thread)
        with pytest.raises(HTTPException) as refused:
            await sent.edit(content="More")
        assert refused.value.code == 50083
        await sent.channel.send("More")
        assert not thread.archived
        with pytest.raises(HTTPException) as twice:
            await bot.questions[0].create_thread(name="Again")
        assert twice.value.code == 160004


async def test_people_open_and_delete_threads(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        said = await discord.say(ALICE, GENERAL, "Look")
        on_message = await discord.open_thread(ALICE, GENERAL, "Look here", on=said)
        alone = await discord.open_thread(BOB, GENERAL, "By itself")
        await discord.mention(BOB, alone, "hi")
        await discord.wait_for(lambda: f"<@{BOT}> hi" in [message.content for message in bot.heard])
        guild = bot.guilds[0]
        assert [str(thread.id) for thread in guild.threads] == [on_message.id, alone.id]
        # Both threads began with a message of the system's, by their owners.
        kinds = [(message.type.value, str(message.channel.id)) for message in bot.heard]
        assert kinds == [(0, GENERAL), (21, on_message.id), (18, GENERAL), (0, alone.id)]
        thread = guild.get_thread(int(alone.id))
        assert thread is not None
        await discord.delete_thread(alone)
        await discord.wait_for(lambda: len(guild.threads) == 1)
        with pytest.raises(NotFound) as gone:
            await thread.send("Too late")
        assert gone.value.code == 10003


async def test_people_write_only_where_they_may(discord: FakeDiscord) -> None:
    thread = await discord.open_thread(ALICE, GENERAL, "Look here")
    await discord.archive(thread, locked=True)
    for place in (thread, FORUM):
        with pytest.raises(PermissionError):
            await discord.say(BOB, place, "hi")
    direct = await discord.dm(ALICE, "hi")
    with pytest.raises(PermissionError):
        await discord.say(BOB, direct.channel, "hi")


async def test_what_a_message_may_ping_is_recorded(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        channel = bot.get_channel(int(GENERAL))
        assert isinstance(channel, TextChannel)
        text = f"@everyone <@{ALICE}> <@{BOB}> `<@{CAROL}>`"
        await channel.send(text)
        await channel.send(text, allowed_mentions=AllowedMentions(users=True, everyone=True))
        await channel.send(text, allowed_mentions=AllowedMentions(users=[Object(int(BOB))]))
        silent, loud, one = discord.said(GENERAL)
        # The bot may not mention everyone here.
        assert (silent.pings, loud.pings, one.pings) == ([], [ALICE, BOB], [BOB])


async def test_a_repeated_nonce_posts_once(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        channel = bot.get_channel(int(GENERAL))
        assert isinstance(channel, TextChannel)
        first = await channel.send("Once", nonce="answer-1")
        second = await channel.send("Once", nonce="answer-1")
        assert first.id == second.id
        assert len(discord.said(GENERAL)) == 1


async def test_reactions_are_seen_by_both(discord: FakeDiscord) -> None:
    async with online(discord, MINIMAL | Intents(guild_reactions=True)) as bot:
        asked = await discord.mention(ALICE, GENERAL, "How?")
        await discord.wait_for(lambda: bot.questions)
        await bot.questions[0].add_reaction("👀")
        assert asked.reactions == {"👀": [BOT]}
        heard = asyncio.create_task(bot.wait_for("raw_reaction_add", check=lambda r: str(r.user_id) == BOB))
        await discord.react(BOB, asked, "👍")
        assert str((await heard).emoji) == "👍"
        assert bot.user is not None
        await bot.questions[0].remove_reaction("👀", bot.user)
        assert asked.reactions["👀"] == []
