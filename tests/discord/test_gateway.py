"""What befalls the connection and the process: each message still gets one answer, and a whole one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.discord.conftest import BotProcess
from tests.discord.test_bot import QUESTION, settled
from tests.discord.test_controls import told
from tests.fakes.discord import ALICE, BOB, CAROL, FORUM, GENERAL, SUPPORT, FakeDiscord
from tests.fakes.openai import FakeOpenAI, Reply, Request, quote_sources
from tests.slack.conftest import Indexed

pytestmark = pytest.mark.usefixtures("bot")
RETRIES = "How are failed tasks retried?"
Trouble = Callable[[FakeDiscord], Awaitable[None]]


async def resumed(discord: FakeDiscord, before: int) -> None:
    await discord.wait_for(
        lambda: sum(each.resumed for each in discord.gateway.sessions.values()) > before, 30
    )


@pytest.mark.parametrize(
    "trouble",
    [
        # Torn down without a word; closed by the gateway; asked to come again; a session that may go on.
        pytest.param(lambda discord: discord.drop(), id="drop"),
        pytest.param(lambda discord: discord.close(code=4000), id="close"),
        pytest.param(lambda discord: discord.reconnect(), id="reconnect"),
        pytest.param(lambda discord: discord.invalidate(resumable=True), id="invalid"),
    ],
)
async def test_a_session_goes_on_without_a_message_missed_or_doubled(
    discord: FakeDiscord, model: FakeOpenAI, trouble: Trouble
) -> None:
    began = discord.gateway.identifies
    before = sum(each.resumed for each in discord.gateway.sessions.values())
    model.then(Reply(text="Run `widgets rotate` [1].", delay=0.5), quote_sources)
    first = await discord.mention(ALICE, GENERAL, QUESTION)
    await trouble(discord)
    second = await discord.mention(BOB, SUPPORT, QUESTION)
    assert len(await settled(discord, first)) == 1
    assert len(await settled(discord, second)) == 1
    await resumed(discord, before)
    assert discord.gateway.identifies == began
    assert len(model.completions) == 2


@pytest.mark.parametrize(
    "trouble",
    [
        # The session is over: by the gateway's word, and by a RESUME that it refuses.
        pytest.param(lambda discord: discord.invalidate(), id="invalid"),
        pytest.param(lambda discord: forget(discord), id="forgotten"),
    ],
)
async def test_a_session_that_is_lost_is_begun_anew(
    discord: FakeDiscord, model: FakeOpenAI, trouble: Trouble
) -> None:
    began = discord.gateway.identifies
    model.then(Reply(text="Run `widgets rotate` [1].", delay=0.5), quote_sources)
    first = await discord.mention(ALICE, GENERAL, QUESTION)
    await discord.wait_for(lambda: model.completions)
    await trouble(discord)
    await discord.wait_for(lambda: discord.gateway.identifies > began and discord.online == 1, 30)
    second = await discord.mention(BOB, GENERAL, QUESTION)
    assert len(await settled(discord, first)) == 1
    assert len(await settled(discord, second)) == 1
    assert len(model.completions) == 2


async def forget(discord: FakeDiscord) -> None:
    await discord.forget_sessions()
    await discord.drop()


async def test_a_gateway_that_is_away_is_waited_for(discord: FakeDiscord) -> None:
    before = sum(each.resumed for each in discord.gateway.sessions.values())
    discord.gateway.down = True
    await discord.drop()
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await asyncio.sleep(0.5)
    discord.gateway.down = False
    assert len(await settled(discord, asked, 40)) == 1
    await resumed(discord, before)


async def test_two_processes_give_one_answer(
    discord: FakeDiscord, model: FakeOpenAI, bot: BotProcess
) -> None:
    syncs = discord.syncs
    said = len(bot.log.read_text())
    await bot.start()
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    written = await discord.dm(BOB, QUESTION)
    (answer,) = await settled(discord, asked)
    await settled(discord, written)
    more = [await discord.mention(ALICE, SUPPORT, QUESTION) for _ in range(4)]
    commands = [await discord.command(ALICE, SUPPORT, "ask", question=QUESTION) for _ in range(3)]
    crawl = await discord.command(CAROL, SUPPORT, "reindex")
    for each in more:
        assert len(await settled(discord, each)) == 1
    for command in commands:
        await told(discord, command, "widgets rotate")
        assert len(command.messages) == 1
    await told(discord, crawl, "nothing had changed")
    await told(discord, await discord.press(BOB, answer, "👍"), "Thank you")
    down = await discord.press(ALICE, answer, "👎")
    await discord.wait_for(lambda: down.modal)
    assert await discord.autocomplete(ALICE, GENERAL, "ask", question="ret")
    assert len(model.completions) == 9
    assert len(discord.answers(asked)) == len(discord.answers(written)) == 1
    # Who came second on an interaction says nothing, to nobody.
    assert not discord.direct(ALICE)
    assert any(call.code == 40060 for call in discord.calls())
    assert discord.syncs == syncs
    assert "Traceback" not in bot.log.read_text()[said:]


def write_slowly(request: Request) -> Reply:
    """By what is asked: an answer of several messages, one that never begins, one that takes a moment."""
    if QUESTION in request.prompt:
        return Reply(text="Run `widgets rotate` [1]. " + "More words follow here. " * 400, rate=300)
    return Reply(text="It is retried [1].", delay=1.0 if RETRIES in request.prompt else 600)


async def test_what_a_killed_process_left_is_whole_within_a_minute(
    discord: FakeDiscord, model: FakeOpenAI, bot: BotProcess
) -> None:
    model.then(write_slowly)
    # Killed in the middle of an answer of several messages, in a channel and in private;
    several = await discord.mention(ALICE, GENERAL, QUESTION)
    private = await discord.command(BOB, SUPPORT, "ask", question=QUESTION)
    # between a thread and its first message;
    bare = await discord.mention(BOB, GENERAL, "How long does the old key work?")
    # and between a message and its being noted.
    unnoted = await discord.mention(CAROL, GENERAL, RETRIES)
    discord.fail(f"POST /channels/{unnoted.id}/messages", slow=600)
    await discord.wait_for(lambda: len(discord.answers(several)) > 1, 30)
    await discord.wait_for(lambda: discord.thread(bare) and discord.answers(unnoted) and private.answers, 30)
    assert not discord.answers(bare)
    bot.kill()
    discord.heal()
    model.then(quote_sources)
    await bot.start()
    for asked in (several, bare, unnoted):
        (answer,) = await settled(discord, asked, 60)
        assert "More words" not in answer.text
    # The token of the private one died with the process.
    await discord.wait_for(lambda: "widgets rotate" in "".join(each.text for each in discord.direct(BOB)), 60)
    assert len(discord.direct(BOB)) == 1


async def test_what_was_asked_while_no_process_listened_is_answered_once(
    discord: FakeDiscord, model: FakeOpenAI, bot: BotProcess
) -> None:
    before = await discord.mention(ALICE, GENERAL, QUESTION)
    await settled(discord, before)
    await discord.command(CAROL, FORUM, "config", answers="all")
    await discord.wait_for(lambda: any("every question" in m.text for m in discord.ephemerals(CAROL)), 10)
    bot.kill()
    await discord.wait_for(lambda: not discord.online)
    mention = await discord.mention(BOB, SUPPORT, QUESTION)
    thread = discord.thread(before)
    assert thread is not None
    follow_up = await discord.say(ALICE, thread.id, "And how long does the old one work?")
    post = await discord.post_in_forum(BOB, FORUM, "Retries", RETRIES)
    idle = await discord.say(BOB, SUPPORT, "Good morning.")
    await bot.start()
    for asked in (mention, follow_up, post):
        await settled(discord, asked)
    await asyncio.sleep(1)
    # With the follow-up's, which stands in the same thread.
    assert [len(discord.answers(asked)) for asked in (before, mention, idle)] == [2, 1, 0]
    assert len(model.completions) == 4


async def test_a_bot_that_has_lost_its_memory_answers_nothing_twice(
    discord: FakeDiscord, model: FakeOpenAI, bot: BotProcess
) -> None:
    await discord.deny(SUPPORT, "create_public_threads")
    in_thread = await discord.mention(ALICE, GENERAL, QUESTION)
    await settled(discord, in_thread)
    below = await discord.mention(ALICE, SUPPORT, QUESTION)
    await discord.wait_for(lambda: any("👍" in each.labels for each in discord.said(SUPPORT)), 20)
    bot.kill()
    bot.rows("DELETE FROM docsbot_claims")
    await discord.wait_for(lambda: not discord.online)
    asked = await discord.mention(BOB, GENERAL, RETRIES)
    await bot.start()
    await settled(discord, asked)
    await asyncio.sleep(1)
    assert len(discord.answers(in_thread)) == 1
    assert [each.reference for each in discord.said(SUPPORT)] == [below.id]
    assert len(model.completions) == 3


@pytest.mark.parametrize(
    ("env", "granted", "says"),
    [
        # A token that is none, and an intent that the application was not given.
        ({"DISCORD_TOKEN": "wrong"}, True, "Discord refuses the token"),
        ({}, False, "Message Content Intent"),
    ],
)
async def test_what_only_an_operator_can_mend_ends_it_with_a_word(
    model: FakeOpenAI, indexed: Indexed, tmp_path: Path, env: dict[str, str], granted: bool, says: str
) -> None:
    async with FakeDiscord(granted={"message_content"} if granted else ()) as discord:
        process = BotProcess(discord, model, indexed, tmp_path, env=env).launch()
        assert await asyncio.to_thread(process.wait, 30) == 1
        process.end()
    said = (tmp_path / "bot.log").read_text()
    assert says in said
    assert discord.token not in said


async def test_a_bot_that_is_told_to_end_leaves_its_answers_to_the_next(
    discord: FakeDiscord, model: FakeOpenAI, bot: BotProcess
) -> None:
    said = len(bot.log.read_text())
    model.then(Reply(text="Run `widgets rotate` [1]. " + "More words follow here. " * 400, rate=20))
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await discord.wait_for(lambda: discord.answers(asked), 20)
    assert await asyncio.to_thread(bot.end) == 0
    await discord.wait_for(lambda: not discord.online)
    assert "Traceback" not in bot.log.read_text()[said:]
    assert bot.rows(f"SELECT outcome FROM docsbot_claims WHERE message = '{asked.id}'") == [(None,)]
