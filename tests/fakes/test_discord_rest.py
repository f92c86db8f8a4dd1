"""The fake Discord's REST: what it refuses, its limits and faults, and that its answers are Discord's."""

from __future__ import annotations

import time

import aiohttp
import pytest
from discord import DiscordServerError, File, Forbidden, HTTPException, TextChannel

from tests.fakes.discord import (
    ALICE,
    APPLICATION,
    BOB,
    BOT,
    DESK,
    FORUM,
    GENERAL,
    GUILD,
    HIDDEN,
    SUPPORT,
    TAG,
    FakeDiscord,
    schema,
)
from tests.fakes.slack.wire import Json
from tests.fakes.test_discord import Bot, discord, online
from tests.fakes.test_discord_interactions import ROW, Raw

__all__ = ["discord"]

HERE = f"/channels/{GENERAL}"


def button(**more: object) -> Json:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": "go"} | more


def row(*parts: Json) -> Json:
    return {"type": 1, "components": list(parts)}


def command(**more: object) -> Json:
    return {"name": "ask", "description": "Ask", "type": 1} | more


OPTION: Json = {"type": 3, "name": "question", "description": "What"}
COMMANDS = f"/applications/{APPLICATION}/commands"
WRONG: list[tuple[str, str, object, int]] = [
    # 2,001 characters: the description allows 4,000
    ("POST", f"{HERE}/messages", {"content": "a" * 2001}, 50035),
    # nothing to say
    ("POST", f"{HERE}/messages", {"content": " \n"}, 50006),
    # nothing at all
    ("POST", f"{HERE}/messages", {}, 50006),
    # a key that there is not
    ("POST", f"{HERE}/messages", {"content": "a", "colour": "red"}, 50035),
    # 11 embeds
    ("POST", f"{HERE}/messages", {"embeds": [{"title": "a"}] * 11}, 50035),
    # embeds of 6,001 characters in all
    ("POST", f"{HERE}/messages", {"embeds": [{"description": "a" * 3000}] * 2 + [{"title": "a"}]}, 50035),
    # a custom id of 101 characters
    ("POST", f"{HERE}/messages", {"content": "a", "components": [row(button(custom_id="a" * 101))]}, 50035),
    # one custom id twice
    ("POST", f"{HERE}/messages", {"content": "a", "components": [row(button(), button())]}, 50035),
    # a label of 81 characters
    ("POST", f"{HERE}/messages", {"content": "a", "components": [row(button(label="a" * 81))]}, 50035),
    # a button with nothing on it
    ("POST", f"{HERE}/messages", {"content": "a", "components": [row(button(label=""))]}, 50035),
    # a link button without an address
    (
        "POST",
        f"{HERE}/messages",
        {"content": "a", "components": [row({"type": 2, "style": 5, "label": "a"})]},
        50035,
    ),
    # 6 buttons in a row
    (
        "POST",
        f"{HERE}/messages",
        {"content": "a", "components": [row(*(button(custom_id=str(n)) for n in range(6)))]},
        50035,
    ),
    # 6 rows
    (
        "POST",
        f"{HERE}/messages",
        {"content": "a", "components": [row(button(custom_id=str(n))) for n in range(6)]},
        50035,
    ),
    # a button outside of a row
    ("POST", f"{HERE}/messages", {"content": "a", "components": [button()]}, 50035),
    # more than 40 components
    (
        "POST",
        f"{HERE}/messages",
        {"flags": 1 << 15, "components": [{"type": 17, "components": [{"type": 10, "content": "a"}] * 40}]},
        50035,
    ),
    # the new kind of components beside a content
    (
        "POST",
        f"{HERE}/messages",
        {"flags": 1 << 15, "content": "a", "components": [{"type": 10, "content": "a"}]},
        50035,
    ),
    # all users, and some of them
    (
        "POST",
        f"{HERE}/messages",
        {"content": "a", "allowed_mentions": {"parse": ["users"], "users": [ALICE]}},
        50035,
    ),
    # a nonce of 26 characters
    ("POST", f"{HERE}/messages", {"content": "a", "nonce": "a" * 26}, 50035),
    # a thread's name of 101 characters
    ("POST", f"{HERE}/threads", {"name": "a" * 101, "type": 11}, 50035),
    # a forum's post without a message
    ("POST", f"/channels/{FORUM}/threads", {"name": "a"}, 50035),
    # two commands of one name
    ("PUT", COMMANDS, [command(), command()], 50035),
    # a command's name with a capital
    ("PUT", COMMANDS, [command(name="Ask")], 50035),
    # a command without a description
    ("PUT", COMMANDS, [{"name": "ask", "type": 1}], 50035),
    # a menu's command with one
    ("PUT", COMMANDS, [command(type=3)], 50035),
    # a description of 101 characters
    ("PUT", COMMANDS, [command(description="a" * 101)], 50035),
    # a required option behind one that is not
    ("PUT", COMMANDS, [command(options=[OPTION, OPTION | {"name": "b", "required": True}])], 50035),
    # 26 options
    ("PUT", COMMANDS, [command(options=[OPTION | {"name": f"o{n}"} for n in range(26)])], 50035),
    # a route that there is not
    ("POST", f"{HERE}/poems", {"content": "a"}, 0),
]


@pytest.mark.parametrize(("method", "path", "body", "code"), WRONG)
async def test_what_discord_refuses(method: str, path: str, body: object, code: int) -> None:
    async with FakeDiscord(strict=False) as discord, aiohttp.ClientSession() as session:
        status, told = await Raw(discord, session).call(method, path, body)
        assert (status, told) == (404 if code == 0 else 400, code)
        assert [refusal.route for refusal in discord.refused] == [f"{method} {path}"]
        assert (discord.messages(GENERAL), discord.syncs) == ([], 0)
        with pytest.raises(AssertionError, match="refuses"):
            discord.assert_clean()


async def test_a_refusal_names_the_place(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        with pytest.raises(HTTPException) as refused:
            await channel_of(bot).send("a" * 2001)
        assert "In content: Must be 2000 or fewer in length." in str(refused.value)
        discord.refused.clear()


# What else is refused, without a fault of the body's: the state of things. Status and code.
STATES: list[tuple[str, str, object, int, int]] = [
    # a message that there is not
    ("GET", f"{HERE}/messages/1", None, 404, 10008),
    ("PATCH", f"{HERE}/messages/1", {"content": "a"}, 404, 10008),
    ("DELETE", f"{HERE}/messages/1", None, 404, 10008),
    # a reply to one
    ("POST", f"{HERE}/messages", {"content": "a", "message_reference": {"message_id": "1"}}, 400, 50035),
    # a channel that there is not
    ("POST", "/channels/1/messages", {"content": "a"}, 404, 10003),
    # a channel that the bot cannot see
    ("POST", f"/channels/{HIDDEN}/messages", {"content": "a"}, 403, 50001),
    ("GET", f"/channels/{HIDDEN}", None, 403, 50001),
    # a message in a forum itself
    ("POST", f"/channels/{FORUM}/messages", {"content": "a"}, 400, 50008),
    # a thread on a message that there is not
    ("POST", f"{HERE}/messages/1/threads", {"name": "a"}, 404, 10008),
    # a member that there is not
    ("GET", f"/guilds/{GUILD}/members/1", None, 404, 10007),
    # an interaction that there is not
    ("POST", "/interactions/1/token/callback", {"type": 5}, 404, 10062),
    ("POST", f"/webhooks/{APPLICATION}/token", {"content": "a"}, 404, 10015),
    # a command that there is not
    ("DELETE", f"{COMMANDS}/1", None, 404, 10063),
    # direct messages with nobody
    ("POST", "/users/@me/channels", {"recipient_id": "1"}, 400, 50033),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), STATES)
async def test_what_is_not_there(
    discord: FakeDiscord, method: str, path: str, body: object, status: int, code: int
) -> None:
    async with aiohttp.ClientSession() as session:
        assert await Raw(discord, session).call(method, path, body) == (status, code)
    assert discord.refused == []


# What the bot needs for what; the fake denies it in SUPPORT.
NEEDS: list[tuple[str, str, str, object]] = [
    ("send_messages", "POST", "/messages", {"content": "a"}),
    ("send_messages", "POST", "/typing", None),
    ("read_message_history", "GET", "/messages/{message}", None),
    ("add_reactions", "PUT", "/messages/{message}/reactions/%F0%9F%91%8D/@me", None),
    ("create_public_threads", "POST", "/messages/{message}/threads", {"name": "a"}),
]


@pytest.mark.parametrize(("permission", "method", "path", "body"), NEEDS)
async def test_permissions_are_needed(
    discord: FakeDiscord, permission: str, method: str, path: str, body: object
) -> None:
    said = await discord.say(ALICE, SUPPORT, "hi")
    address = f"/channels/{SUPPORT}{path.format(message=said.id)}"
    async with aiohttp.ClientSession() as session:
        raw = Raw(discord, session)
        await discord.deny(SUPPORT, permission)
        assert await raw.call(method, address, body) == (403, 50013)
        await discord.allow(SUPPORT, permission)
        assert (await raw.call(method, address, body))[0] in (200, 201, 204)
    assert discord.invalid_requests == 1


async def test_threads_take_their_channels_permissions(discord: FakeDiscord) -> None:
    thread = await discord.open_thread(ALICE, SUPPORT, "Look here")
    address, body = f"/channels/{thread.id}/messages", {"content": "a"}
    async with aiohttp.ClientSession() as session:
        raw = Raw(discord, session)
        await discord.deny(SUPPORT, "send_messages")
        assert await raw.call("POST", address, body) == (200, 0)
        await discord.deny(SUPPORT, "send_messages_in_threads")
        assert await raw.call("POST", address, body) == (403, 50013)
        await discord.deny(SUPPORT, "view_channel")
        assert await raw.call("POST", address, body) == (403, 50001)
        await discord.allow(SUPPORT, "view_channel", "send_messages_in_threads")
        await discord.archive(thread, locked=True)
        assert await raw.call("POST", address, body) == (403, 50083)


async def test_what_others_wrote_and_who_takes_no_messages(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        said = await discord.mention(ALICE, GENERAL, "hi")
        await discord.wait_for(lambda: bot.questions)
        with pytest.raises(Forbidden):
            await bot.questions[0].delete()
        with pytest.raises(HTTPException) as twice:
            await channel_of(bot).get_partial_message(int(said.id)).edit(content="mine")
        assert twice.value.code == 50005
        await discord.refuse_dms(BOB)
        with pytest.raises(Forbidden) as closed:
            await (await bot.fetch_user(int(BOB))).send("hi")
        assert closed.value.code == 50007
        await discord.deny_everywhere("create_public_threads")
        await discord.wait_for(
            lambda: not channel_of(bot).permissions_for(bot.guilds[0].me).create_public_threads
        )
        with pytest.raises(Forbidden):
            await bot.questions[0].create_thread(name="a")


async def test_a_scripted_429_is_waited_out(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        discord.limit("POST /channels/*/messages", times=2, retry_after=0.05)
        before = time.monotonic()
        await channel_of(bot).send("hi")
        assert time.monotonic() - before >= 0.1
        calls = discord.calls("POST /channels/*/messages")
        assert [call.status for call in calls] == [429, 429, 200]
        assert calls[0].at <= calls[0].ended <= calls[1].at
        assert len(discord.said(GENERAL)) == 1


async def test_a_channels_bucket_is_full_after_five(discord: FakeDiscord) -> None:
    discord.limits.rules["POST /channels/{channel_id}/messages"] = (5, 0.3)
    async with aiohttp.ClientSession() as session:
        raw = Raw(discord, session)
        sent = [await raw.call("POST", f"{HERE}/messages", {"content": "a"}) for _ in range(6)]
        assert [status for status, _ in sent] == [200] * 5 + [429]
        # Another channel has a bucket of its own.
        assert await raw.call("POST", f"/channels/{DESK}/messages", {"content": "a"}) == (200, 0)
        assert (discord.limits.refused, discord.invalid_requests) == (1, 1)
    async with online(discord) as bot:
        # discord.py reads the headers and waits by itself.
        for number in range(8):
            await channel_of(bot).send(str(number))
        assert discord.limits.refused <= 2
        assert len(discord.said(GENERAL)) == 13


async def test_all_calls_together_are_limited(discord: FakeDiscord) -> None:
    discord.limits.per_second = 3
    async with aiohttp.ClientSession() as session:
        raw = Raw(discord, session)
        sent = [await raw.call("GET", "/users/@me") for _ in range(4)]
        assert [status for status, _ in sent] == [200, 200, 200, 429]
        discord.clock.advance(1.0)
        assert (await raw.call("GET", "/users/@me"))[0] == 200
        last = discord.calls("GET /users/@me")[3].answer
        assert isinstance(last, dict)
        assert last["global"] is True


async def test_scripted_faults_strike(discord: FakeDiscord) -> None:
    discord.limits.switch_off()
    async with online(discord) as bot:
        channel = channel_of(bot)
        discord.fail("POST /channels/*/messages", status=503)
        with pytest.raises(DiscordServerError):
            await channel.send("a")
        discord.fail("POST /channels/*/messages", status=403, code=50013)
        with pytest.raises(Forbidden) as refused:
            await channel.send("a")
        assert refused.value.code == 50013
        discord.fail("POST /channels/*/messages", drop="before")
        with pytest.raises(aiohttp.ClientError):
            await channel.send("lost")
        discord.fail("POST /channels/*/messages", drop="after")
        with pytest.raises(aiohttp.ClientError):
            await channel.send("arrived")
        discord.fail("POST /channels/*/messages", status=500, times=None)
        discord.heal()
        discord.fail("POST /channels/*/messages", slow=0.05, skip=1)
        await channel.send("one")
        await channel.send("two")
        assert [message.text for message in discord.said(GENERAL)] == ["arrived", "one", "two"]
        assert discord.server.faults.waiting == []


async def test_files_come_as_forms(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        sent = await channel_of(bot).send("See", file=File(__file__, filename="log.txt"))
        assert sent.attachments[0].filename == "log.txt"
        (message,) = discord.said(GENERAL)
        assert discord.calls("POST /channels/*/messages")[0].files == ["log.txt"]
        assert message.text == "See"


async def test_history_is_read_in_pages(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        said = [await discord.mention(ALICE, GENERAL, str(number)) for number in range(5)]
        channel = channel_of(bot)
        newest = [int(message.id) for message in reversed(said)]
        assert [message.id async for message in channel.history(limit=3)] == newest[:3]
        middle = channel.get_partial_message(newest[2])
        assert [message.id async for message in channel.history(before=middle)] == newest[3:]
        assert [message.id async for message in channel.history(after=middle)] == [newest[1], newest[0]]
        await discord.purge(said[:4])
        await discord.deny(GENERAL, "read_message_history")
        assert [message.id async for message in channel.history()] == []


async def test_every_answer_is_as_discord_describes_it(discord: FakeDiscord) -> None:
    """Walks through the operations, and holds each answer against the published description."""
    asked = await discord.say(ALICE, GENERAL, "hi", files=["a.png"])
    await discord.react(BOB, asked, "👍")
    async with aiohttp.ClientSession() as session:
        raw = Raw(discord, session)
        await raw.call("PUT", COMMANDS, [command(options=[OPTION | {"required": True}])])
        await raw.call("PUT", f"/applications/{APPLICATION}/guilds/{GUILD}/commands", [command(name="two")])
        name = discord.commands["ask"]["id"]
        reply = {"content": "a", "components": [ROW], "message_reference": {"message_id": int(asked.id)}}
        await raw.call("POST", f"{HERE}/messages", reply)
        (sent,) = discord.said(GENERAL)
        invoked = await discord.command(ALICE, GENERAL, "ask", question="How?")
        pressed = await discord.press(BOB, sent, "More")
        hook = f"/webhooks/{APPLICATION}/{invoked.token}"
        one = f"{HERE}/messages/{sent.id}"
        direct = await discord.dm(ALICE, "hi")
        modal = {"type": 4, "custom_id": "a", "style": 1, "label": "A"}
        for method, path, body in [
            ("POST", f"/interactions/{invoked.id}/{invoked.token}/callback?with_response=1", {"type": 5}),
            ("POST", hook, {"content": "a", "embeds": [{"title": "a"}]}),
            ("POST", hook, {"content": "b"}),
            ("GET", f"{hook}/messages/@original", None),
            (
                "POST",
                f"/interactions/{pressed.id}/{pressed.token}/callback?with_response=1",
                {"type": 9, "data": {"custom_id": "m", "title": "A", "components": [row(modal)]}},
            ),
            ("POST", f"{HERE}/messages/{asked.id}/threads", {"name": "a", "auto_archive_duration": 60}),
            ("POST", f"/channels/{asked.id}/messages", {"content": "a"}),
            ("GET", f"/channels/{asked.id}/messages", None),
            ("POST", f"{HERE}/threads", {"name": "b", "type": 11}),
            (
                "POST",
                f"/channels/{FORUM}/threads",
                {"name": "c", "message": {"content": "c"}, "applied_tags": [TAG]},
            ),
            ("PATCH", one, {"content": "b"}),
            ("GET", one, None),
            ("GET", f"{HERE}/messages?limit=100", None),
            ("GET", f"/channels/{direct.channel}/messages", None),
            ("POST", "/users/@me/channels", {"recipient_id": int(ALICE)}),
            ("GET", f"/guilds/{GUILD}/threads/active", None),
            ("DELETE", f"/channels/{asked.id}/thread-members/@me", None),
            ("PUT", f"/channels/{asked.id}/thread-members/@me", None),
            ("PATCH", f"/channels/{asked.id}", {"archived": True}),
            ("GET", f"{HERE}/threads/archived/public", None),
            ("GET", f"{COMMANDS}/{name}", None),
            ("PATCH", f"{COMMANDS}/{name}", {"description": "Ask it"}),
            ("POST", COMMANDS, command(name="three")),
            ("GET", f"{HERE}", None),
            ("GET", f"/channels/{FORUM}", None),
            ("DELETE", one, None),
            *((("GET", path, None)) for path in PLAIN),
        ]:
            status, _ = await raw.call(method, path, body)
            assert status in (200, 201, 204), (method, path, discord.calls()[-1].answer)
    wrong = [
        (call.route, problem)
        for call in discord.calls()
        if call.status != 204
        and (problem := schema.answer_problem(call.operation, call.status, call.answer)) is not None
    ]
    assert wrong == [], "\n".join(map(str, wrong))


PLAIN = [
    "/users/@me",
    f"/users/{ALICE}",
    "/users/@me/guilds",
    "/oauth2/applications/@me",
    "/applications/@me",
    "/gateway",
    "/gateway/bot",
    COMMANDS,
    f"/guilds/{GUILD}",
    f"/guilds/{GUILD}/channels",
    f"/guilds/{GUILD}/roles",
    f"/guilds/{GUILD}/members/{BOT}",
]


async def test_a_wrong_token_is_none(discord: FakeDiscord) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{discord.api_url}/v10/users/@me") as answer:
        assert answer.status == 401
        assert answer.headers["Content-Type"] == "application/json"


def channel_of(bot: Bot) -> TextChannel:
    found = bot.get_channel(int(GENERAL))
    assert isinstance(found, TextChannel)
    return found
