"""What Discord refuses, loses and delays, and what people do meanwhile: a whole answer, or a word."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from tests.discord.conftest import BotProcess
from tests.discord.test_bot import QUESTION, SLOW, settled
from tests.discord.test_controls import told
from tests.fakes.discord import ALICE, BOB, BOT, BOT_ROLE, DESK, GENERAL, SUPPORT, FakeDiscord, Message
from tests.fakes.discord.models import NEWS, VOICE, User
from tests.fakes.openai import FakeOpenAI, Reply

pytestmark = pytest.mark.usefixtures("bot")
LONG = "Run `widgets rotate` [1]. " + "More words follow here. " * 200


async def begun(discord: FakeDiscord, asked: Message) -> Message:
    """The answer, once it is being written."""
    await discord.wait_for(lambda: discord.answers(asked) and "Stop" in discord.answers(asked)[-1].labels, 20)
    return discord.answers(asked)[-1]


@pytest.mark.parametrize(
    "right",
    [
        # It cannot open threads, or write in those that it opens.
        "create_public_threads",
        "send_messages_in_threads",
        # It cannot even point to the question, nor open a thread on it.
        "read_message_history",
    ],
)
async def test_without_threads_it_answers_in_the_channel(discord: FakeDiscord, right: str) -> None:
    await discord.deny(GENERAL, right)
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await discord.wait_for(lambda: any("👍" in each.labels for each in discord.said(GENERAL)), 20)
    (answer,) = discord.said(GENERAL)
    assert "widgets rotate" in answer.text
    assert not asked.thread
    assert answer.reference == ("" if right == "read_message_history" else asked.id)
    # What it knows not to be allowed it does not try: Discord counts refusals.
    assert not discord.calls("POST /channels/*/messages/*/threads")
    assert discord.invalid_requests == 0


@pytest.mark.parametrize("place", ["channel", "thread"])
async def test_a_refusal_that_was_not_foreseen_has_another_way(discord: FakeDiscord, place: str) -> None:
    if place == "channel":
        discord.fail("POST /channels/*/messages/*/threads", status=403, code=50013)
    else:
        discord.fail("POST /channels/*/messages", status=403, code=50013)
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await discord.wait_for(lambda: any("👍" in each.labels for each in discord.said(GENERAL)), 20)
    (answer,) = discord.said(GENERAL)
    assert answer.reference == asked.id


@pytest.mark.parametrize("takes", [True, False])
async def test_where_it_may_not_write_who_asked_is_told(discord: FakeDiscord, takes: bool) -> None:
    await discord.deny(GENERAL, "send_messages", "send_messages_in_threads", "create_public_threads")
    if not takes:
        await discord.refuse_dms(ALICE)
    await discord.mention(ALICE, GENERAL, QUESTION)
    if not takes:
        await discord.wait_for(lambda: any(call.code == 50007 for call in discord.calls()), 20)
    else:
        await discord.wait_for(lambda: discord.direct(ALICE), 20)
        assert "may not write in that channel" in discord.direct(ALICE)[0].text
    # Whatever came of that: the next question is answered.
    asked = await discord.mention(BOB, SUPPORT, QUESTION)
    assert len(await settled(discord, asked)) == 1
    assert len(discord.direct(ALICE)) == takes


async def test_who_comes_too_late_is_told(discord: FakeDiscord) -> None:
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    (answer,) = await settled(discord, asked)
    discord.world.deadline = -1
    await discord.command(BOB, GENERAL, "ask", question=QUESTION)
    await discord.press(ALICE, answer, "👍")
    for user in (BOB, ALICE):
        await discord.wait_for(lambda user=user: discord.direct(user))  # type: ignore[misc]
        assert "too long to reach me" in discord.direct(user)[0].text


@pytest.mark.parametrize(
    "trouble",
    [
        # Too many calls; a server in trouble; a connection that is cut before or after the call took effect.
        "limit",
        "503",
        "before",
        "after",
    ],
)
@pytest.mark.parametrize("route", ["POST /channels/*/messages", "PATCH /channels/*/messages/*"])
async def test_calls_that_are_lost_leave_one_whole_answer(
    discord: FakeDiscord, model: FakeOpenAI, trouble: Literal["limit", "503", "before", "after"], route: str
) -> None:
    model.then(Reply(text="Run `widgets rotate` [1]. " + "More words follow here. " * 20, rate=60))
    if trouble == "limit":
        discord.limit(route, times=2)
    elif trouble == "503":
        discord.fail(route, status=503, times=2)
    else:
        discord.fail(route, drop="after" if trouble == "after" else "before", times=2)
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    (answer,) = await settled(discord, asked, 30)
    assert answer.text.startswith("Run `widgets rotate` [1].")
    assert answer.text.count("More words") == 20
    assert "-# [1] Keys" in answer.text


async def test_people_are_asked_once_over_calls_that_are_lost(discord: FakeDiscord) -> None:
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    (answer,) = await settled(discord, asked)
    discord.fail(f"POST /channels/{DESK}/messages", drop="after", times=2)
    await told(discord, await discord.press(ALICE, answer, "Ask a human"), "handed to people")
    (desk,) = discord.messages(DESK)
    discord.fail(f"POST /channels/{asked.thread}/messages", drop="after", times=2)
    await discord.say(BOB, DESK, "By hand.", reply_to=desk)
    await discord.wait_for(lambda: len(discord.answers(asked)) == 2)
    other = await discord.mention(BOB, SUPPORT, QUESTION)
    await settled(discord, other)
    assert len(discord.answers(asked)) == 2


async def test_an_answer_outlasts_a_discord_that_is_away(discord: FakeDiscord, model: FakeOpenAI) -> None:
    model.then(Reply(text="Run `widgets rotate` [1]. " + "More words follow here. " * 20, rate=60))
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await begun(discord, asked)
    discord.fail("PATCH /channels/*/messages/*", status=503, times=5)
    (answer,) = await settled(discord, asked, 40)
    assert answer.text.count("More words") == 20


async def test_a_thread_that_is_archived_meanwhile_is_brought_back(
    discord: FakeDiscord, model: FakeOpenAI
) -> None:
    model.then(Reply(text="Run `widgets rotate` [1]. " + "More words follow here. " * 20, rate=60))
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await begun(discord, asked)
    thread = discord.thread(asked)
    assert thread is not None
    await discord.archive(thread)
    (answer,) = await settled(discord, asked)
    assert answer.text.count("More words") == 20
    # And to take an answer back, long after.
    await discord.archive(thread)
    await discord.delete(asked)
    await discord.wait_for(lambda: not discord.answers(asked))


async def test_a_thread_that_is_deleted_meanwhile_takes_the_answer_along(
    discord: FakeDiscord, model: FakeOpenAI, bot: BotProcess
) -> None:
    said = len(bot.log.read_text())
    model.then(SLOW, "Run `widgets rotate` [1].")
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await begun(discord, asked)
    await discord.delete_thread(asked.id)
    assert await asyncio.to_thread(model.wait_disconnects, seconds=10)
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    assert len(await settled(discord, asked)) == 1
    assert "Traceback" not in bot.log.read_text()[said:]


async def test_a_question_that_is_deleted_at_once_leaves_nothing(
    discord: FakeDiscord, bot: BotProcess
) -> None:
    said = len(bot.log.read_text())
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await discord.delete(asked)
    other = await discord.mention(BOB, SUPPORT, QUESTION)
    await settled(discord, other)
    assert not discord.answers(asked)
    assert not discord.direct(ALICE)
    assert "Traceback" not in bot.log.read_text()[said:]


async def test_of_quick_edits_the_last_is_answered(discord: FakeDiscord, model: FakeOpenAI) -> None:
    model.then(SLOW)
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await begun(discord, asked)
    model.then(lambda request: f"It is {request.prompt.count('TWELVE')} [1].")
    for number in range(5):
        await discord.edit(asked, f"<@{BOT}> How many tasks? {number}")
    await discord.edit(asked, f"<@{BOT}> How many tasks? TWELVE")
    await discord.wait_for(lambda: "It is 1" in discord.answers(asked)[-1].text, 20)
    (answer,) = await settled(discord, asked)
    await asyncio.sleep(2)
    assert "It is 1" in answer.text
    assert len(discord.answers(asked)) == 1


async def test_an_answer_may_shrink_and_grow_again(discord: FakeDiscord, model: FakeOpenAI) -> None:
    discord.limits.switch_off()
    model.then(LONG)
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    assert len(await settled(discord, asked)) > 2
    for text, count in (("Run `widgets rotate` [1].", 1), (LONG, 3)):
        model.then(text)
        await discord.edit(asked, f"<@{BOT}> {QUESTION} {count}")
        await discord.wait_for(
            lambda count=count: (
                len(discord.answers(asked)) == count  # type: ignore[misc]
                and "👍" in discord.answers(asked)[-1].labels
            ),
            20,
        )
    assert sum(each.text.count("More words") for each in discord.answers(asked)) == 200


async def test_two_answers_that_are_shared_are_two(discord: FakeDiscord, model: FakeOpenAI) -> None:
    model.then("Run `widgets rotate` [1].", "It is retried three times [1].")
    for question in (QUESTION, "How are failed tasks retried?"):
        asked = await discord.command(ALICE, GENERAL, "ask", question=question)
        await discord.wait_for(lambda: asked.answers and "👍" in asked.answers[0].labels)  # noqa: B023
        await told(discord, await discord.press(ALICE, asked.answers[0], "Share with the channel"), "Posted.")
    texts = [each.text for each in discord.said(GENERAL)]
    assert len(texts) == 4
    assert "rotate" in texts[1]
    assert "retried three times" in texts[3]


async def test_a_private_answer_that_failed_is_tried_again_in_private(
    discord: FakeDiscord, model: FakeOpenAI
) -> None:
    model.then(Reply(text="Run this.", error_after=1))
    asked = await discord.command(ALICE, GENERAL, "ask", question=QUESTION)
    await discord.wait_for(lambda: asked.answers and "Retry" in asked.answers[0].labels, 20)
    model.then("Run `widgets rotate` [1].")
    await discord.press(ALICE, asked.answers[0], "Retry")
    await discord.wait_for(lambda: "widgets rotate" in asked.answers[0].text)
    assert not discord.direct(ALICE)


async def test_who_is_answered(discord: FakeDiscord) -> None:
    robot = User(id="1100000000000000601", name="robot", display="Robot", bot=True)
    caller = User(id="1100000000000000602", name="caller", display="CI")
    discord.world.users |= {robot.id: robot, caller.id: caller}
    # Not other bots, and not what comes by a webhook.
    ignored = [await discord.mention(robot.id, GENERAL, QUESTION)]
    ignored.append(await discord.say(caller.id, GENERAL, f"<@{BOT}> {QUESTION}", webhook=caller.id))
    # By the role that Discord made for it.
    asked = await discord.say(ALICE, GENERAL, f"<@&{BOT_ROLE}> {QUESTION}")
    assert len(await settled(discord, asked)) == 1
    assert not any(discord.answers(each) for each in ignored)


@pytest.mark.parametrize("kind", [VOICE, NEWS])
async def test_other_kinds_of_channels(discord: FakeDiscord, kind: int) -> None:
    place = await discord.open_channel("other", kind=kind)
    asked = await discord.mention(ALICE, place, QUESTION)
    (answer,) = await settled(discord, asked)
    # The text of a voice channel has no threads.
    assert bool(asked.thread) == (kind == NEWS)
    assert answer.channel == (place.id if kind == VOICE else asked.thread)


async def test_many_questions_at_once_are_answered_each_once(discord: FakeDiscord) -> None:
    places = [GENERAL, SUPPORT]
    asked = [await discord.mention(ALICE, places[number % 2], QUESTION) for number in range(50)]
    for each in asked:
        await settled(discord, each, 40)
    assert all(len(discord.answers(each)) == 1 for each in asked)
    # Discord counts refusals: it is not asked faster than it takes.
    assert discord.invalid_requests == 0
