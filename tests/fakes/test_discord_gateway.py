"""The fake Discord's gateway: everything that befalls a connection."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from discord import ConnectionClosed, Intents, LoginFailure, PrivilegedIntentsRequired

from tests.fakes.discord import ALICE, BOT, CAROL, GENERAL, FakeDiscord
from tests.fakes.slack.wire import Json, as_object, parse_object
from tests.fakes.test_discord import MINIMAL, Bot, discord, online, pointed_at

__all__ = ["discord"]


def heard(bot: Bot) -> list[str]:
    return [message.content.partition("> ")[2] for message in bot.questions]


async def test_a_dropped_socket_misses_nothing(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        await discord.mention(ALICE, GENERAL, "before")
        await discord.wait_for(lambda: heard(bot))
        await discord.drop()
        await discord.mention(ALICE, GENERAL, "meanwhile")
        await discord.wait_for(lambda: bot.resumes == 1)
        await discord.mention(ALICE, GENERAL, "after")
        await discord.wait_for(lambda: len(heard(bot)) == 3)
        assert heard(bot) == ["before", "meanwhile", "after"]
        assert discord.gateway.identifies == 1


async def test_reconnect_and_codes_are_resumed(discord: FakeDiscord) -> None:
    async with online(discord) as bot:
        await discord.reconnect(grace=0)
        await discord.wait_for(lambda: bot.resumes == 1)
        await discord.close(code=4000)
        await discord.wait_for(lambda: bot.resumes == 2)
        await discord.invalidate(resumable=True)
        await discord.wait_for(lambda: bot.resumes == 3)
        await discord.mention(ALICE, GENERAL, "after")
        await discord.wait_for(lambda: heard(bot) == ["after"])
        assert (discord.gateway.identifies, discord.online) == (1, 1)


class Impatient(Bot):
    """Identifies anew at once: discord.py waits 5 seconds, which are Discord's limit and not the fake's."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        return


async def test_an_invalid_session_begins_anew(discord: FakeDiscord) -> None:
    async with online(discord, kind=Impatient) as bot:
        await discord.invalidate()
        await discord.wait_for(lambda: discord.gateway.identifies == 2)
        await discord.wait_for(lambda: discord.online)
        await discord.mention(ALICE, GENERAL, "after")
        await discord.wait_for(lambda: heard(bot) == ["after"])
        await discord.forget_sessions()
        await discord.drop()
        await discord.wait_for(lambda: discord.gateway.identifies == 3)
        await discord.wait_for(lambda: discord.online)
        await discord.mention(ALICE, GENERAL, "again")
        await discord.wait_for(lambda: heard(bot) == ["after", "again"])


async def test_two_processes_hear_everything_twice(discord: FakeDiscord) -> None:
    async with online(discord) as one, online(discord) as two:
        await one.tree.sync()
        await discord.mention(ALICE, GENERAL, "hi")
        await discord.wait_for(lambda: heard(one) and heard(two))
        assert discord.online == 2
        # Both answer; the second is told that it is too late.
        asked = await discord.command(CAROL, GENERAL, "reindex")
        await discord.wait_for(lambda: len(discord.calls("POST /interactions/*/*/callback")) == 2)
        await discord.wait_for(lambda: asked.answers)
        calls = discord.calls("POST /interactions/*/*/callback")
        await discord.wait_for(lambda: sorted(call.code for call in calls) == [0, 40060])
        assert len(discord.said(GENERAL)) == 1


async def test_a_zombie_is_left_and_resumed(discord: FakeDiscord) -> None:
    discord.gateway.heartbeat_seconds = 0.2
    async with online(discord, timeout=0.6) as bot:
        await discord.deafen()
        await discord.mention(ALICE, GENERAL, "meanwhile")
        await discord.wait_for(lambda: heard(bot) == ["meanwhile"])
        assert bot.resumes == 1


async def test_a_wrong_token_and_an_intent_that_was_not_granted(discord: FakeDiscord) -> None:
    async with pointed_at(discord):
        async with Bot() as bot:
            with pytest.raises(LoginFailure):
                await bot.login("wrong")
        async with Bot(MINIMAL | Intents(message_content=True)) as bot:
            await bot.login(discord.token)
            with pytest.raises(PrivilegedIntentsRequired):
                await bot.connect()
        async with Bot() as bot:
            await bot.login(discord.token)
            bot.http.token = "wrong"
            with pytest.raises(ConnectionClosed) as closed:
                await bot.connect()
            assert closed.value.code == 4004
    assert [code for code, _ in discord.gateway.closings] == [4014, 4004]


async def test_members_are_sent_to_who_may_have_them() -> None:
    async with FakeDiscord(granted={"members"}) as discord:
        async with online(discord, MINIMAL | Intents(members=True)) as bot:
            assert len(bot.guilds[0].members) == 6
        async with online(discord) as bot:
            found = await bot.guilds[0].query_members(user_ids=[int(ALICE)])
            assert [member.name for member in found] == ["alice"]
            assert (await bot.guilds[0].fetch_member(int(CAROL))).guild_permissions.manage_guild


@asynccontextmanager
async def bare(discord: FakeDiscord) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A WebSocket that has got HELLO."""
    async with aiohttp.ClientSession() as session, session.ws_connect(discord.gateway.address) as socket:
        hello = parse_object(await socket.receive_str())
        assert (hello["op"], as_object(hello["d"])["heartbeat_interval"]) == (10, 41250)
        yield socket


def identify(discord: FakeDiscord, **more: object) -> Json:
    data: Json = {"token": discord.token, "intents": MINIMAL.value, "properties": {"os": "linux"}}
    return {"op": 2, "d": data | more}


# What ends a connection, after an IDENTIFY or without one, and with which code.
WRONG: list[tuple[bool, object, int]] = [
    # something else before IDENTIFY
    (False, {"op": 3, "d": {}}, 4003),
    # no JSON
    (False, "hello", 4002),
    # no opcode
    (False, {"d": 1}, 4002),
    # an opcode that there is not
    (False, {"op": 77, "d": None}, 4001),
    # IDENTIFY twice
    (True, {"op": 2, "d": {}}, 4005),
    # a heartbeat that is no number
    (True, {"op": 1, "d": "1"}, 4002),
    # every member without the intent
    (True, {"op": 8, "d": {"guild_id": "1", "query": "", "limit": 0}}, 4014),
]


@pytest.mark.parametrize(("first", "said", "code"), WRONG)
async def test_what_ends_a_connection(discord: FakeDiscord, first: bool, said: object, code: int) -> None:
    async with bare(discord) as socket:
        if first:
            await socket.send_json(identify(discord))
        await socket.send_str(said if isinstance(said, str) else json.dumps(said))
        async for _ in socket:
            pass
        assert socket.close_code == code


async def test_intents_that_there_are_not_end_a_connection(discord: FakeDiscord) -> None:
    async with bare(discord) as socket:
        await socket.send_json(identify(discord, intents=1 << 30))
        assert (await socket.receive()).data == 4013


async def test_too_many_words_end_a_connection(discord: FakeDiscord) -> None:
    async with bare(discord) as socket:
        for _ in range(121):
            await socket.send_json({"op": 1, "d": None})
        async for _ in socket:
            pass
        assert socket.close_code == 4008


async def test_silence_ends_a_connection(discord: FakeDiscord) -> None:
    discord.gateway.heartbeat_seconds = 0.1
    async with aiohttp.ClientSession() as session, session.ws_connect(discord.gateway.address) as socket:
        async for _ in socket:
            pass
        assert socket.close_code == 4009


async def test_sequence_numbers_are_checked_on_resume(discord: FakeDiscord) -> None:
    async with bare(discord) as socket:
        await socket.send_json(identify(discord))
        ready = parse_object(await socket.receive_str())
        assert (ready["t"], ready["s"]) == ("READY", 1)
        session = as_object(ready["d"])["session_id"]
        assert as_object(as_object(ready["d"])["user"])["id"] == BOT
    resume = {"token": discord.token, "session_id": session, "seq": 1}
    # The client has closed with 1000, which ends the session.
    await discord.wait_for(lambda: not discord.gateway.sessions)
    async with bare(discord) as socket:
        await socket.send_json({"op": 6, "d": resume})
        assert await socket.receive_json() == {"op": 9, "d": False}
        await socket.send_json(identify(discord))
        session = as_object((await socket.receive_json())["d"])["session_id"]
        await discord.drop()
    async with bare(discord) as socket:
        await socket.send_json({"op": 6, "d": {**resume, "session_id": session, "seq": 99}})
        assert (await socket.receive()).data == 4007


async def test_two_identifies_at_once_are_too_many_if_the_limit_is_on(discord: FakeDiscord) -> None:
    discord.gateway.identify_seconds = 5.0
    async with bare(discord) as one, bare(discord) as two:
        await one.send_json(identify(discord))
        assert (await one.receive_json())["t"] == "READY"
        await two.send_json(identify(discord))
        assert await asyncio.wait_for(two.receive_json(), 5) == {"op": 9, "d": False}


async def test_a_gateway_that_is_down_takes_nobody(discord: FakeDiscord) -> None:
    discord.gateway.down = True
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(discord.gateway.address)


async def test_an_intent_that_there_is_not_cannot_be_granted() -> None:
    with pytest.raises(ValueError, match="presents"):
        FakeDiscord(granted={"presents"})


async def test_it_is_played_by_hand() -> None:
    command = (sys.executable, "-m", "tests.fakes.discord")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    told, _ = await asyncio.wait_for(process.communicate(b"@ hi\n/ask question=How?\nquit\n"), 30)
    lines = told.decode().splitlines()
    assert lines[0].startswith("export DISCORD_API_URL=http://127.0.0.1:")
    assert lines[1].startswith("export DISCORD_TOKEN=")
    assert lines[2:] == ["no: no command 'ask' is synced; there are []"]
    assert process.returncode == 0
