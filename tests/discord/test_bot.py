"""`docsbot discord` as its users meet it: what they write, and what then stands in Discord."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.discord.conftest import BotProcess
from tests.fakes.discord import ALICE, BOB, BOT, CAROL, FORUM, GENERAL, FakeDiscord, Message
from tests.fakes.openai import FakeOpenAI, Reply
from tests.slack.conftest import Indexed

QUESTION = "How do I rotate a key?"
SLOW = Reply(text="Run `widgets rotate` [1]. " + "More words follow here. " * 200, rate=20)
pytestmark = pytest.mark.usefixtures("bot")


async def settled(discord: FakeDiscord, asked: Message, seconds: float = 20) -> list[Message]:
    """The answers to a message, once they have their thumbs."""
    await discord.wait_for(lambda: (said := discord.answers(asked)) and "👍" in said[-1].labels, seconds)
    return discord.answers(asked)


async def test_a_mention_is_answered_once_in_a_thread_of_its_own(discord: FakeDiscord) -> None:
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    (answer,) = await settled(discord, asked)
    thread = discord.thread(asked)
    assert thread is not None
    assert thread.name == QUESTION
    assert answer.channel == thread.id
    assert "widgets rotate" in answer.text
    assert "-# [1] Keys" in answer.text
    assert answer.labels == ["👍", "👎", "Ask a human"]
    assert not answer.pings
    assert not answer.unfolds
    assert discord.typings(thread.id)
    discord.assert_clean()


async def test_a_follow_up_in_the_thread_needs_no_mention(discord: FakeDiscord, model: FakeOpenAI) -> None:
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await settled(discord, asked)
    thread = discord.thread(asked)
    assert thread is not None
    more = await discord.say(BOB, thread, "And how long does the old one work?")
    await settled(discord, more)
    assert any(QUESTION in text for _, text in model.completions[1].messages)
    # Elsewhere nobody is answered unasked.
    other = await discord.say(BOB, GENERAL, "Who can rotate a key?")
    await asyncio.sleep(1)
    assert not discord.answers(other)


async def test_a_direct_message_goes_on_with_its_conversation(
    discord: FakeDiscord, model: FakeOpenAI
) -> None:
    asked = await discord.dm(ALICE, QUESTION)
    await settled(discord, asked)
    more = await discord.dm(ALICE, "And how long does the old one work?")
    await settled(discord, more)
    assert any(QUESTION in text for _, text in model.completions[1].messages)


async def test_a_reply_to_its_answer_is_a_follow_up(
    discord: FakeDiscord, model: FakeOpenAI, indexed: Indexed, tmp_path: Path, bot: BotProcess
) -> None:
    bot.kill()
    replying = BotProcess(discord, model, indexed, tmp_path, env={"DISCORD_ANSWER_IN": "reply"})
    await replying.start()
    try:
        asked = await discord.mention(ALICE, GENERAL, QUESTION)
        (answer,) = await settled(discord, asked)
        assert (answer.channel, answer.reference) == (GENERAL, asked.id)
        more = await discord.say(ALICE, GENERAL, "And how long does the old one work?", reply_to=answer)
        await settled(discord, more)
        assert any(QUESTION in text for _, text in model.completions[1].messages)
    finally:
        replying.kill()


async def test_a_mention_below_somebody_s_question_answers_that(discord: FakeDiscord) -> None:
    asked = await discord.say(BOB, GENERAL, QUESTION)
    mention = await discord.mention(ALICE, GENERAL, "", reply_to=asked)
    (answer,) = await settled(discord, mention)
    assert "widgets rotate" in answer.text


async def test_it_streams_by_edits_with_one_in_flight(discord: FakeDiscord, model: FakeOpenAI) -> None:
    model.then(Reply(text="Run `widgets rotate` [1]. " + "More words follow here. " * 40, rate=30))
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    (answer,) = await settled(discord, asked, 40)
    assert len(answer.history) >= 2
    edits = sorted(discord.calls("PATCH /channels/*/messages/*"), key=lambda call: call.at)
    for before, after in pairwise(edits):
        assert before.ended <= after.at


async def test_stop_ends_the_model_call_and_marks_what_was_written(
    discord: FakeDiscord, model: FakeOpenAI
) -> None:
    model.then(SLOW)
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await discord.wait_for(lambda: (said := discord.answers(asked)) and "Stop" in said[-1].labels, 15)
    answer = discord.answers(asked)[-1]
    await discord.press(BOB, answer, "Stop")
    await discord.wait_for(lambda: discord.ephemerals(BOB), 10)
    await discord.press(ALICE, answer, "Stop")
    assert await asyncio.to_thread(model.wait_disconnects, seconds=3)
    await discord.wait_for(lambda: "Stopped" in discord.answers(asked)[-1].text, 10)
    assert not discord.answers(asked)[-1].labels


async def test_an_edited_question_updates_its_answer(discord: FakeDiscord) -> None:
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await settled(discord, asked)
    await discord.unfurl(asked)
    await discord.edit(asked, f"<@{BOT}> How are tasks retried?")
    await discord.wait_for(lambda: "backoff" in discord.answers(asked)[-1].text, 15)
    assert len(discord.answers(asked)) == 1


async def test_an_edit_that_adds_the_mention_gets_one_answer(discord: FakeDiscord) -> None:
    asked = await discord.say(ALICE, GENERAL, "How do I rotate a key")
    await discord.edit(asked, f"<@{BOT}> {QUESTION}")
    await settled(discord, asked)
    await asyncio.sleep(1)
    assert len(discord.answers(asked)) == 1


@pytest.mark.parametrize("many", [False, True])
async def test_a_deleted_question_retracts_its_answer(discord: FakeDiscord, many: bool) -> None:
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await settled(discord, asked)
    if many:
        await discord.purge([asked])
    else:
        await discord.delete(asked)
    await discord.wait_for(lambda: not discord.answers(asked), 10)


async def test_a_long_answer_loses_nothing_and_keeps_its_order(
    discord: FakeDiscord, model: FakeOpenAI
) -> None:
    lines = [f"Step {number} of many, which says something." for number in range(120)]
    model.then("Run `widgets rotate` [1].\n\n" + "\n\n".join(lines))
    discord.limits.switch_off()
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    answers = await settled(discord, asked, 30)
    assert len(answers) > 2
    text = "\n".join(answer.text for answer in answers)
    assert re.findall(r"Step (\d+) ", text) == [str(number) for number in range(120)]
    assert all(len(answer.content) <= 2000 for answer in answers)


async def test_nothing_that_a_model_wrote_calls_anybody(discord: FakeDiscord, model: FakeOpenAI) -> None:
    model.then(f"Hey @everyone and <@{ALICE}>, see <#{GENERAL}> and https://example.org/x [1]. @here")
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    (answer,) = await settled(discord, asked)
    assert not answer.pings
    assert not answer.unfolds
    assert not re.search(r"<[@#]\d", answer.text)


async def test_a_post_in_a_forum_is_answered_where_that_is_set(discord: FakeDiscord) -> None:
    first = await discord.post_in_forum(ALICE, FORUM, "Keys", QUESTION)
    await asyncio.sleep(1)
    assert not discord.answers(first)
    await discord.command(CAROL, first.channel, "config", answers="all")
    await discord.wait_for(lambda: any("every question" in m.text for m in discord.ephemerals(CAROL)), 10)
    second = await discord.post_in_forum(ALICE, FORUM, "Keys", "I want to rotate a key")
    (answer,) = await settled(discord, second)
    assert answer.channel == second.channel
    assert "widgets rotate" in answer.text
    # Its follow-up, once.
    more = await discord.say(ALICE, second.channel, "And how long does the old one work?")
    await settled(discord, more)
