"""The fake Discord's commands, buttons and modals, with discord.py at the other end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from discord import Interaction, SelectOption, TextChannel, ui

from tests.fakes.discord import (
    ALICE,
    APPLICATION,
    BOB,
    CAROL,
    DAVE,
    DESK,
    GENERAL,
    GUILD,
    HIDDEN,
    MAINTAINERS,
    SUPPORT,
    VOLUNTEERS,
    Choice,
    FakeDiscord,
)
from tests.fakes.test_discord import Bot, discord, online

__all__ = ["discord"]


async def test_commands_are_synced_and_answered(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        await bot.tree.sync()
        assert discord.syncs == 1
        assert set(discord.commands) == {"ask", "reindex", "config", "Answer from the docs"}

        asked = await discord.command(ALICE, GENERAL, "ask", question="How?")
        await discord.wait_for(lambda: len(asked.messages) == 2)
        # What was deferred for one person alone stays so.
        assert [(each.text, each.ephemeral_for) for each in asked.answers] == [
            ("You asked How?", ALICE),
            ("And more", ALICE),
        ]
        assert asked.deferred
        assert [each.text for each in discord.ephemerals(ALICE)] == ["You asked How?", "And more"]
        assert (discord.messages(GENERAL), discord.ephemerals(BOB)) == ([], [])


async def test_a_second_sync_keeps_the_commands_ids(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        first = await bot.tree.sync()
        bot.tree.remove_command("reindex")
        second = await bot.tree.sync()
        kept = {command.name: command.id for command in second}
        assert {command.name: command.id for command in first if command.name != "reindex"} == kept
        assert [command.name for command in await bot.tree.fetch_commands()] == list(kept)


# What a client does not send.
IMPOSSIBLE: list[tuple[Callable[[FakeDiscord], Awaitable[object]], type[Exception]]] = [
    # a command that is not there
    (lambda discord: discord.command(ALICE, GENERAL, "sing"), LookupError),
    # a required option left out
    (lambda discord: discord.command(ALICE, GENERAL, "ask"), LookupError),
    # an option that is not there
    (lambda discord: discord.command(ALICE, GENERAL, "ask", question="a", colour="red"), LookupError),
    # a value of another type
    (lambda discord: discord.command(ALICE, GENERAL, "ask", question=3), TypeError),
    # a text that is too long
    (lambda discord: discord.command(ALICE, GENERAL, "ask", question="a" * 101), ValueError),
    # a group without its subcommand
    (lambda discord: discord.command(ALICE, GENERAL, "config"), LookupError),
    # a command that is hidden from those who may not manage the server
    (lambda discord: discord.command(ALICE, GENERAL, "reindex"), LookupError),
    # an option that completes nothing
    (lambda discord: discord.autocomplete(CAROL, GENERAL, "reindex", source="a"), LookupError),
    # a command of a message's menu as a slash command
    (lambda discord: discord.command(ALICE, GENERAL, "Answer from the docs"), LookupError),
]


@pytest.mark.parametrize(("act", "error"), IMPOSSIBLE)
async def test_a_client_sends_only_what_the_tree_knows(
    discord: FakeDiscord, act: Callable[[FakeDiscord], Awaitable[object]], error: type[Exception]
) -> None:
    async with online(discord) as bot:
        await bot.tree.sync()
        with pytest.raises(error):
            await act(discord)
        assert discord.interactions == []


async def test_subcommands_permissions_and_menus(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        await bot.tree.sync()
        by_carol = await discord.command(CAROL, GENERAL, "reindex")
        by_dave = await discord.command(DAVE, GENERAL, "reindex", even_hidden=True, source="docs")
        told = await discord.command(ALICE, GENERAL, "config set", name="content", on=True)
        asked = await discord.say(BOB, GENERAL, "How?")
        menu = await discord.context_menu(ALICE, asked, "Answer from the docs")
        every = (by_carol, by_dave, told, menu)
        await discord.wait_for(lambda: all(each.answers for each in every))
        assert [each.answers[0].text for each in every] == [
            "Reindexing all",
            "Reindexing docs",
            "content True",
            # The content is there although the bot may not read the channel.
            "About: How?",
        ]
        public = [message.text for message in discord.said(GENERAL)]
        assert public == ["Reindexing all", "Reindexing docs", "About: How?"]


async def test_an_interaction_carries_who_asks_and_what_is_allowed(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        seen: list[Interaction[Bot]] = []

        @bot.tree.command(description="Who")
        async def who(interaction: Interaction[Bot]) -> None:
            seen.append(interaction)
            await interaction.response.send_message("You")

        await bot.tree.sync()
        for user, place in ((CAROL, GENERAL), (ALICE, HIDDEN)):
            found = await discord.command(user, place, "who")
            await discord.wait_for(lambda found=found: found.answers)  # type: ignore[misc]
        direct = await discord.dm(BOB, "hi")
        found = await discord.command(BOB, direct.channel, "who")
        await discord.wait_for(lambda: found.answers)
        carol, alice, bob = seen
        assert [each.permissions.manage_guild for each in seen] == [True, False, False]
        assert [each.app_permissions.view_channel for each in seen] == [True, False, True]
        assert [str(role.id) for role in carol.user.roles[1:]] == [MAINTAINERS]  # type: ignore[union-attr]
        assert (str(alice.guild_id), bob.guild_id, bob.locale.value) == (GUILD, None, "de")


async def test_choices_are_offered(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        await bot.tree.sync()
        assert await discord.autocomplete(ALICE, GENERAL, "ask", question="Re") == [
            Choice(name="Retries", value="Retries")
        ]
        assert await discord.autocomplete(ALICE, GENERAL, "ask", question="") == [
            Choice(name="Retries", value="Retries"),
            Choice(name="Timeouts", value="Timeouts"),
        ]


async def test_a_button_opens_a_modal_in_another_process(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        asked = await discord.mention(ALICE, GENERAL, "How?")
        await discord.wait_for(lambda: bot.questions)
        await bot.answer(bot.questions[0])
    # The button was sent by one that has ended.
    async with online(discord):
        (answer,) = discord.answers(asked)
        pressed = await discord.press(BOB, answer, "No")
        await discord.wait_for(lambda: pressed.modal)
        assert pressed.modal["title"] == "Why?"
        with pytest.raises(LookupError, match="empty"):
            await discord.submit(BOB, pressed)
        with pytest.raises(ValueError, match="300"):
            await discord.submit(BOB, pressed, {"Reason": "a" * 301})
        sent = await discord.submit(BOB, pressed, {"Reason": "It is wrong"})
        await discord.wait_for(lambda: sent.answers)
        assert sent.answers[0].text == "Thank you: It is wrong"
        assert sent.answers[0].ephemeral_for == BOB
        assert discord.late == []
        with pytest.raises(LookupError):
            await discord.press(BOB, answer, "Yes")


class Form(ui.Modal, title="Settings"):
    name: ui.Label[Form] = ui.Label(text="Name", component=ui.TextInput(custom_id="name", required=False))
    place: ui.Label[Form] = ui.Label(text="Place", component=ui.ChannelSelect(custom_id="place"))

    def __init__(self, chosen: list[object]) -> None:
        super().__init__()
        self.chosen = chosen

    async def on_submit(self, interaction: Interaction, /) -> None:
        await interaction.response.defer()
        for label in (self.name, self.place):
            part = label.component
            assert isinstance(part, ui.TextInput | ui.ChannelSelect)
            self.chosen.append(part.value if isinstance(part, ui.TextInput) else str(part.values[0].id))


class Menus(ui.View):
    """A menu of texts and one of channels, and what was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen: list[object] = []

    @ui.select(custom_id="tone", options=[SelectOption(label="Short"), SelectOption(label="Long")])
    async def tone(self, interaction: Interaction, menu: ui.Select[Menus]) -> None:
        self.chosen.append(menu.values)
        await interaction.response.edit_message(content="Chosen")

    @ui.select(cls=ui.ChannelSelect, custom_id="place")
    async def place(self, interaction: Interaction, menu: ui.ChannelSelect[Menus]) -> None:
        self.chosen.append(str(menu.values[0].id))
        await interaction.response.send_modal(Form(self.chosen))


async def test_menus_and_labels_are_chosen_from(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        menus = Menus()
        channel = bot.get_channel(int(GENERAL))
        assert isinstance(channel, TextChannel)
        await channel.send("Choose", view=menus)
        (message,) = discord.said(GENERAL)
        with pytest.raises(ValueError, match="among"):
            await discord.choose(ALICE, message, "tone", ["Loud"])
        await discord.choose(ALICE, message, "tone", ["Long"])
        await discord.wait_for(lambda: message.text == "Chosen")
        opened = await discord.choose(ALICE, message, "place", [DESK])
        await discord.wait_for(lambda: opened.modal)
        with pytest.raises(LookupError):
            await discord.submit(ALICE, opened, {"Colour": "red"})
        with pytest.raises(LookupError):
            await discord.submit(BOB, opened, {"Name": "a"})
        sent = await discord.submit(ALICE, opened, {"Name": "a", "place": [SUPPORT]})
        await discord.wait_for(lambda: len(menus.chosen) == 4)
        assert menus.chosen == [["Long"], DESK, "a", SUPPORT]
        assert (sent.callback, sent.messages) == (6, [])


class Raw:
    """Speaks REST without discord.py, which would not do what is wrong."""

    def __init__(self, discord: FakeDiscord, session: aiohttp.ClientSession) -> None:
        self.discord, self.session = discord, session

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, int]:
        """Status and Discord's code."""
        address = f"{self.discord.api_url}/v10{path}"
        headers = {"Authorization": f"Bot {self.discord.token}"}
        async with self.session.request(method, address, json=body, headers=headers) as answer:
            told = await answer.json() if answer.status != 204 else {}
            return answer.status, told.get("code", 0) if isinstance(told, dict) else 0


async def test_deadlines_and_second_responses(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        await bot.tree.sync()
    async with aiohttp.ClientSession() as session:
        raw = Raw(discord, session)
        asked = await discord.command(ALICE, GENERAL, "ask", question="How?")
        callback = f"/interactions/{asked.id}/{asked.token}/callback"
        hook = f"/webhooks/{APPLICATION}/{asked.token}"
        hello = {"content": "Hello"}
        assert await raw.call("POST", hook, hello) == (404, 10015)  # nothing was answered yet
        assert await raw.call("POST", f"{callback[:-9]}x/callback", {"type": 5}) == (404, 10062)
        assert await raw.call("POST", callback, {"type": 5}) == (204, 0)
        assert asked.messages[0].thinking
        assert await raw.call("POST", callback, {"type": 5}) == (400, 40060)
        # The first message after it takes its place.
        assert await raw.call("POST", hook, hello) == (200, 0)
        assert [message.text for message in discord.said(GENERAL)] == ["Hello"]
        assert await raw.call("PATCH", f"{hook}/messages/@original", {"content": "Bye"}) == (200, 0)
        assert asked.answers[0].texts == ["Hello", "Bye"]
        discord.clock.advance(901)
        assert await raw.call("PATCH", f"{hook}/messages/@original", hello) == (401, 50027)

        late = await discord.command(ALICE, GENERAL, "ask", question="How?")
        discord.clock.advance(3.1)
        address = f"/interactions/{late.id}/{late.token}/callback"
        assert await raw.call("POST", address, {"type": 5}) == (404, 10062)
        assert discord.late == [late]

        last = await discord.command(ALICE, GENERAL, "ask", question="How?")
        address = f"/interactions/{last.id}/{last.token}/callback"
        assert await raw.call("POST", address, {"type": 4, "data": hello}) == (204, 0)
        await discord.expire(last)
        assert await raw.call("POST", f"/webhooks/{APPLICATION}/{last.token}", hello) == (401, 50027)


ROW = {"type": 1, "components": [{"type": 2, "style": 2, "label": "More", "custom_id": "more"}]}


async def test_a_press_updates_the_message_of_the_button(discord: FakeDiscord) -> None:
    async with aiohttp.ClientSession() as session:
        raw = Raw(discord, session)
        sent = {"content": "One", "components": [ROW]}
        assert await raw.call("POST", f"/channels/{GENERAL}/messages", sent) == (200, 0)
        (message,) = discord.said(GENERAL)

        update = await discord.press(BOB, message, "More")
        callback = f"/interactions/{update.id}/{update.token}/callback"
        body = {"type": 7, "data": {"content": "Two", "components": []}}
        assert await raw.call("POST", callback, body) == (204, 0)
        assert (message.texts, message.labels, update.messages) == (["One", "Two"], [], [])
        with pytest.raises(LookupError):
            await discord.press(BOB, message, "more")

        edit = {"content": "Three", "components": [ROW]}
        assert await raw.call("PATCH", f"/channels/{GENERAL}/messages/{message.id}", edit) == (200, 0)
        deferred = await discord.press(BOB, message, "more")
        callback = f"/interactions/{deferred.id}/{deferred.token}/callback"
        assert await raw.call("POST", callback, {"type": 6}) == (204, 0)
        hook = f"/webhooks/{APPLICATION}/{deferred.token}"
        assert await raw.call("PATCH", f"{hook}/messages/@original", {"content": "Four"}) == (200, 0)
        assert message.texts == ["One", "Two", "Three", "Four"]
        # A press has no choices to offer, a command no message to update.
        wrong = await discord.press(BOB, message, "more")
        callback = f"/interactions/{wrong.id}/{wrong.token}/callback"
        assert await raw.call("POST", callback, {"type": 8, "data": {"choices": []}}) == (400, 50035)
        assert len(discord.refused) == 1
        discord.refused.clear()


async def test_roles_decide_what_is_hidden(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        await bot.tree.sync()
        assert discord.world.users[DAVE].roles == [VOLUNTEERS]
        await discord.give_role(DAVE, MAINTAINERS)
        found = await discord.command(DAVE, GENERAL, "reindex")
        await discord.wait_for(lambda: found.answers)
