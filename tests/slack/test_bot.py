"""`docsbot slack` as its users meet it: what they write, and what then stands in Slack."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from contextlib import closing

import pytest

from tests.fakes.openai import FakeOpenAI, Reply
from tests.fakes.slack import ALICE, BOB, BOT_USER, CAROL, GENERAL, FakeSlack
from tests.slack.conftest import BOTH, BotProcess

QUESTION = "How do I rotate a key?"
pytestmark = pytest.mark.usefixtures("bot")


def shown(slack: FakeSlack, channel: str, ts: str) -> list[str]:
    """The bot's messages in a thread, as a reader sees them."""
    return [message.shown for message in slack.answers(channel, ts)]


def comments(bot: BotProcess) -> list[str]:
    """What the votes in the bot's database say, once one says anything."""
    for _ in range(100):
        with closing(sqlite3.connect(bot.state)) as database:
            rows = database.execute("SELECT comment FROM docsbot_votes WHERE comment != ''").fetchall()
        if rows:
            return [str(comment) for (comment,) in rows]
        time.sleep(0.1)
    return []


async def settled(slack: FakeSlack, channel: str, ts: str, seconds: float = 15) -> list[str]:
    """The bot's texts in a thread, once nothing is written any more."""
    await slack.wait_for(
        lambda: slack.answers(channel, ts) and slack.finished(channel, ts) == slack.answers(channel, ts),
        seconds,
    )
    await slack.wait_for(lambda: not slack.status(channel, ts), seconds)
    return shown(slack, channel, ts)


@BOTH
async def test_a_mention_is_answered_once_in_its_thread_with_its_source(slack: FakeSlack) -> None:
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    texts = await settled(slack, GENERAL, ts)
    assert len(texts) == 1
    assert "widgets rotate" in texts[0]
    assert "Keys" in texts[0]
    assert slack.calls("chat.startStream")
    assert any(status.text for status in slack.statuses)
    session = slack.session(GENERAL, ts)
    assert session is not None
    assert session.status == "active"


@BOTH
async def test_redelivery_gives_no_second_answer(slack: FakeSlack) -> None:
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await settled(slack, GENERAL, ts)
    for parcel in slack.deliveries(ts):
        slack.redeliver(parcel.event_id)
    await asyncio.sleep(1)
    assert len(slack.answers(GENERAL, ts)) == 1


@BOTH
async def test_a_direct_message_and_its_follow_up(slack: FakeSlack, model: FakeOpenAI) -> None:
    ts = slack.dm(ALICE, QUESTION)
    channel = slack.direct(ALICE)
    await settled(slack, channel, ts)
    slack.dm(ALICE, "And how long does the old one work?", thread=ts)
    await slack.wait_for(lambda: len(slack.answers(channel, ts)) == 2, 15)
    # The second question is asked with the first.
    await slack.wait_for(lambda: len(model.completions) == 2, 5)
    assert any(QUESTION in text for _, text in model.completions[1].messages)


async def test_a_thread_that_the_bot_began_needs_no_mention_others_do(slack: FakeSlack) -> None:
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await settled(slack, GENERAL, ts)
    slack.post(BOB, GENERAL, "And how are tasks retried?", thread=ts)
    await slack.wait_for(lambda: len(slack.answers(GENERAL, ts)) == 2, 15)
    other = slack.post(BOB, GENERAL, "How do I rotate a key, anybody?")
    slack.post(ALICE, GENERAL, "No idea?", thread=other)
    await asyncio.sleep(1)
    assert not slack.answers(GENERAL, other)


async def test_stop_ends_the_model_call_and_marks_what_was_written(
    slack: FakeSlack, model: FakeOpenAI
) -> None:
    model.then(Reply(text="Run `widgets rotate` [1]. " + "More words follow here. " * 200, rate=20))
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await slack.wait_for(lambda: any("widgets" in text for text in shown(slack, GENERAL, ts)), 15)
    slack.stop(ALICE, GENERAL, ts)
    assert await asyncio.to_thread(model.wait_disconnects, seconds=3)
    await slack.wait_for(lambda: "Stopped" in shown(slack, GENERAL, ts)[-1], 5)
    await slack.wait_for(lambda: (session := slack.session(GENERAL, ts)) and session.status == "active", 5)


async def test_an_edited_question_updates_its_answer(slack: FakeSlack) -> None:
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await settled(slack, GENERAL, ts)
    slack.edit(GENERAL, ts, f"<@{BOT_USER}> How are tasks retried?")
    await slack.wait_for(lambda: "backoff" in "".join(shown(slack, GENERAL, ts)), 15)
    assert len(slack.answers(GENERAL, ts)) == 1


async def test_an_edit_that_adds_the_mention_gets_one_answer(slack: FakeSlack) -> None:
    ts = slack.post(ALICE, GENERAL, QUESTION)
    slack.edit(GENERAL, ts, f"<@{BOT_USER}> {QUESTION}")
    await settled(slack, GENERAL, ts)
    await asyncio.sleep(1)
    assert len(slack.answers(GENERAL, ts)) == 1


async def test_a_deleted_question_retracts_its_answer(slack: FakeSlack) -> None:
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await settled(slack, GENERAL, ts)
    slack.delete(GENERAL, ts)
    await slack.wait_for(lambda: not slack.answers(GENERAL, ts), 10)


@BOTH
async def test_ask_answers_privately(slack: FakeSlack) -> None:
    slack.command(ALICE, GENERAL, "/ask", QUESTION)
    await slack.wait_for(lambda: any("widgets rotate" in each.shown for each in slack.ephemerals), 15)
    assert not slack.late_acks


async def test_where_no_stream_can_be_one_finished_message_comes(slack: FakeSlack) -> None:
    slack.fail("chat.startStream", "ratelimited", retry_after=30, times=None)
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    texts = await settled(slack, GENERAL, ts)
    assert len(texts) == 1
    assert "widgets rotate" in texts[0]


@pytest.mark.parametrize("refused", [False, True])
async def test_a_long_answer_loses_nothing_and_keeps_its_order(
    slack: FakeSlack, model: FakeOpenAI, refused: bool
) -> None:
    """In further streams, or written over whole where Slack allows no second one."""
    lines = [f"Step {number} of many, which says something." for number in range(400)]
    model.then("Run `widgets rotate` [1].\n\n" + "\n\n".join(lines))
    if refused:
        slack.fail("chat.startStream", "ratelimited", retry_after=30, times=None, skip=1)
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await slack.wait_for(lambda: lines[-1] in "".join(shown(slack, GENERAL, ts)), 20)
    texts = await settled(slack, GENERAL, ts)
    assert len(texts) > 1
    assert re.findall(r"Step (\d+) ", "\n".join(texts)) == [str(number) for number in range(400)]


async def test_what_the_documentation_lacks_is_said(slack: FakeSlack, model: FakeOpenAI) -> None:
    model.then("NO_ANSWER: The documentation says nothing about llamas.")
    ts = slack.mention(ALICE, GENERAL, "How do I feed a llama?")
    texts = await settled(slack, GENERAL, ts)
    assert "nothing about llamas" in texts[0]


async def test_nothing_that_a_model_wrote_calls_anybody(slack: FakeSlack, model: FakeOpenAI) -> None:
    model.then("Hey <!channel> and <@U0ALICE00>, see <#C0GENERAL> [1]. @here")
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    texts = await settled(slack, GENERAL, ts)
    assert not re.search(r"<[!@#]\w", texts[0])
    assert not any(message.pings for message in slack.answers(GENERAL, ts))


@BOTH
async def test_thumbs_down_asks_why(slack: FakeSlack, bot: BotProcess) -> None:
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await settled(slack, GENERAL, ts)
    answer = slack.answers(GENERAL, ts)[0]
    slack.click(ALICE, GENERAL, answer.ts, "feedback", "down")
    await slack.wait_for(lambda: slack.modals(ALICE), 10)
    slack.submit_view(ALICE, slack.modals(ALICE)[0].id, {"text": "It is out of date."})
    await slack.wait_for(lambda: not slack.modals(ALICE), 10)
    assert await asyncio.to_thread(comments, bot) == ["It is out of date."]


@BOTH
async def test_reindex_is_for_maintainers_and_is_followed_in_the_channel(slack: FakeSlack) -> None:
    slack.command(ALICE, GENERAL, "/reindex")
    await slack.wait_for(lambda: any("maintainers" in each.shown for each in slack.ephemerals), 10)
    slack.command(CAROL, GENERAL, "/reindex")
    await slack.wait_for(
        lambda: any("nothing had changed" in each.shown for each in slack.messages(GENERAL)), 20
    )


async def test_a_killed_bot_s_answer_is_finished_after_its_restart(
    slack: FakeSlack, model: FakeOpenAI, bot: BotProcess
) -> None:
    model.then(Reply(text="Run `widgets rotate` [1]. " + "More words follow here. " * 200, rate=20))
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await slack.wait_for(lambda: any("widgets" in text for text in shown(slack, GENERAL, ts)), 15)
    bot.kill()
    model.then("Run `widgets rotate` [1].")
    await bot.start()
    await slack.wait_for(lambda: [text for text in shown(slack, GENERAL, ts) if "More words" not in text], 60)
    texts = await settled(slack, GENERAL, ts, 60)
    assert len(texts) == 1
    assert "widgets rotate" in texts[0]
