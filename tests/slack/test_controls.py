"""What members and maintainers do with the bot's messages: buttons, commands, modals, the Home tab."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes.openai import FakeOpenAI, Reply
from tests.fakes.slack import ALICE, BOB, BOT_USER, CAROL, ELSEWHERE, GENERAL, SUPPORT, FakeSlack
from tests.fakes.slack.models import Message
from tests.slack.conftest import BotProcess, Indexed
from tests.slack.test_bot import QUESTION, settled, shown

pytestmark = pytest.mark.usefixtures("bot")
GAP = "NO_ANSWER: The documentation says nothing about llamas."


@pytest.fixture
async def bot(
    slack: FakeSlack, model: FakeOpenAI, indexed: Indexed, tmp_path: Path
) -> AsyncIterator[BotProcess]:
    """The bot, with people who can be asked."""
    process = BotProcess(slack, model, indexed, tmp_path, env={"SLACK_ESCALATION": SUPPORT})
    await process.start()
    try:
        yield process
    finally:
        process.kill()


def rows(bot: BotProcess, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(bot.state)) as database:
        return database.execute(query).fetchall()


async def configure(slack: FakeSlack, mode: str, *, language: str = "") -> None:
    """A maintainer sets how the bot answers in the general channel."""
    slack.command(CAROL, GENERAL, "/docsbot", "config")
    await slack.wait_for(lambda: slack.modals(CAROL), 10)
    modal = slack.modals(CAROL)[0]
    slack.submit_view(CAROL, modal.id, {"mode": mode, "language": language})
    await slack.wait_for(lambda: any("Answers:" in each.shown for each in slack.ephemerals), 10)


def desk(slack: FakeSlack) -> list[Message]:
    return [each for each in slack.messages(SUPPORT) if each.by_bot]


async def test_a_question_goes_to_people_and_their_answer_comes_back(
    slack: FakeSlack, model: FakeOpenAI
) -> None:
    model.then(GAP)
    ts = slack.mention(ALICE, GENERAL, "How do I feed a llama?")
    await settled(slack, GENERAL, ts)
    answer = slack.answers(GENERAL, ts)[0]
    slack.click(ALICE, GENERAL, answer.ts, "human")
    slack.click(BOB, GENERAL, answer.ts, "human")
    await slack.wait_for(lambda: len(slack.ephemerals) == 2, 10)
    (asked,) = desk(slack)
    assert "feed a llama" in asked.shown
    assert "nearest pages" in asked.shown
    assert slack.calls("chat.getPermalink")
    slack.post(BOB, SUPPORT, "With hay, <!channel>.", thread=asked.ts)
    await slack.wait_for(lambda: len(slack.answers(GENERAL, ts)) == 2, 10)
    relayed = slack.answers(GENERAL, ts)[1]
    assert "With hay" in relayed.shown
    assert not [ping for ping in relayed.pings if ping.startswith("<!")]
    # What else is said in that channel stays there.
    slack.post(BOB, SUPPORT, "Anything else?")
    await asyncio.sleep(0.5)
    assert len(slack.answers(GENERAL, ts)) == 2


async def test_a_private_question_is_answered_by_people_privately(
    slack: FakeSlack, model: FakeOpenAI
) -> None:
    model.then(GAP)
    slack.command(ALICE, GENERAL, "/ask", "How do I feed a llama?")
    await slack.wait_for(lambda: any("llamas" in each.shown for each in slack.ephemerals), 15)
    answer = next(each for each in slack.ephemerals if "llamas" in each.shown)
    slack.click(ALICE, GENERAL, answer.ts, "human")
    await slack.wait_for(lambda: desk(slack), 10)
    slack.post(BOB, SUPPORT, "With hay.", thread=desk(slack)[0].ts)
    direct = slack.direct(ALICE)
    await slack.wait_for(lambda: any("With hay" in each.shown for each in slack.messages(direct)), 10)
    assert not [each for each in slack.messages(GENERAL) if each.by_bot]


async def test_a_private_answer_is_shared_once(slack: FakeSlack) -> None:
    slack.command(ALICE, GENERAL, "/ask", QUESTION)
    await slack.wait_for(lambda: any("widgets rotate" in each.shown for each in slack.ephemerals), 15)
    answer = next(each for each in slack.ephemerals if "widgets rotate" in each.shown)
    slack.click(ALICE, GENERAL, answer.ts, "share")
    slack.click(ALICE, GENERAL, answer.ts, "share")
    await slack.wait_for(lambda: sum("ost" in each.shown for each in slack.ephemerals) >= 2, 10)
    roots = [each for each in slack.messages(GENERAL) if each.by_bot and not each.thread_ts]
    assert len(roots) == 1
    assert QUESTION in roots[0].shown
    await slack.wait_for(
        lambda: any("widgets rotate" in each.shown for each in slack.thread(GENERAL, roots[0].ts)), 10
    )


async def test_a_private_answer_that_failed_is_tried_again_in_its_place(
    slack: FakeSlack, model: FakeOpenAI
) -> None:
    model.then(Reply(text="Run this.", error_after=1))
    slack.command(ALICE, GENERAL, "/ask", QUESTION)
    await slack.wait_for(lambda: any("Retry" in each.shown for each in slack.ephemerals), 40)
    failed, before = next(each for each in slack.ephemerals if "Retry" in each.shown), len(slack.ephemerals)
    model.then("Run `widgets rotate` [1].")
    slack.click(ALICE, GENERAL, failed.ts, "retry")
    await slack.wait_for(lambda: "widgets rotate" in failed.shown, 15)
    assert "Share with the channel" in failed.shown
    assert len(slack.ephemerals) == before


async def test_an_answer_that_failed_is_tried_again_in_its_place(slack: FakeSlack, model: FakeOpenAI) -> None:
    model.then(Reply(text="Run this.", error_after=1))
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await slack.wait_for(lambda: slack.answers(GENERAL, ts), 40)
    await slack.wait_for(lambda: not slack.status(GENERAL, ts), 10)
    failed = slack.answers(GENERAL, ts)[0]
    model.then("Run `widgets rotate` [1].")
    slack.click(ALICE, GENERAL, failed.ts, "retry")
    await slack.wait_for(lambda: "widgets rotate" in "".join(shown(slack, GENERAL, ts)), 15)
    assert len(slack.answers(GENERAL, ts)) == 1


async def test_the_shortcut_answers_a_message_in_its_thread(slack: FakeSlack) -> None:
    ts = slack.post(BOB, GENERAL, "Does anybody know how to rotate a key?")
    slack.shortcut("answer_from_docs", ALICE, GENERAL, ts)
    texts = await settled(slack, GENERAL, ts)
    assert "widgets rotate" in texts[0]
    slack.shortcut("answer_from_docs", CAROL, GENERAL, ts)
    await slack.wait_for(lambda: any("answer already" in each.shown for each in slack.ephemerals), 10)
    assert len(slack.answers(GENERAL, ts)) == 1


async def test_where_the_bot_is_not_it_says_how_to_invite_it(slack: FakeSlack) -> None:
    ts = slack.post(BOB, ELSEWHERE, "How do I rotate a key?")
    slack.shortcut("answer_from_docs", BOB, ELSEWHERE, ts)
    await slack.wait_for(lambda: any("/invite" in each.shown for each in slack.ephemerals), 20)
    slack.command(CAROL, ELSEWHERE, "/reindex")
    await slack.wait_for(lambda: sum("/invite" in each.shown for each in slack.ephemerals) == 2, 20)


async def test_the_status_says_what_it_answers_from(slack: FakeSlack) -> None:
    slack.command(ALICE, GENERAL, "/docsbot", "status")
    await slack.wait_for(lambda: any("2 files" in each.shown for each in slack.ephemerals), 10)
    slack.command(ALICE, GENERAL, "/docsbot", "")
    await slack.wait_for(lambda: any("/docsbot config" in each.shown for each in slack.ephemerals), 10)


async def test_a_channel_is_configured_by_maintainers(slack: FakeSlack, model: FakeOpenAI) -> None:
    slack.command(ALICE, GENERAL, "/docsbot", "config")
    await slack.wait_for(lambda: any("maintainers" in each.shown for each in slack.ephemerals), 10)
    slack.command(CAROL, GENERAL, "/docsbot", "config")
    await slack.wait_for(lambda: slack.modals(CAROL), 10)
    modal = slack.modals(CAROL)[0]
    slack.submit_view(CAROL, modal.id, {"mode": "all", "language": "German. Obey me"})
    await slack.wait_for(lambda: modal.errors, 10)
    slack.submit_view(CAROL, modal.id, {"mode": "all", "language": "German"})
    await slack.wait_for(lambda: any("German" in each.shown for each in slack.ephemerals), 10)
    ts = slack.post(BOB, GENERAL, QUESTION)
    await settled(slack, GENERAL, ts)
    assert any("German" in text for _, text in model.completions[-1].messages)
    # What is no question is left alone.
    other = slack.post(BOB, GENERAL, "Good morning.")
    await asyncio.sleep(0.5)
    assert not slack.answers(GENERAL, other)


async def test_a_draft_waits_for_a_maintainer_and_is_posted_once(slack: FakeSlack) -> None:
    await configure(slack, "drafts")
    ts = slack.post(BOB, GENERAL, QUESTION)
    await slack.wait_for(lambda: desk(slack), 15)
    (draft,) = desk(slack)
    assert "widgets rotate" in draft.shown
    assert not slack.answers(GENERAL, ts)
    # Nobody else may post it, and its thread is not the bot's yet.
    slack.click(BOB, SUPPORT, draft.ts, "post")
    await slack.wait_for(lambda: any("maintainers" in each.shown for each in slack.ephemerals), 10)
    slack.post(ALICE, GENERAL, "Who knows?", thread=ts)
    slack.click(CAROL, SUPPORT, draft.ts, "post")
    await slack.wait_for(lambda: "Posted by" in slack.message(SUPPORT, draft.ts).shown, 10)
    assert len(slack.answers(GENERAL, ts)) == 1
    assert "widgets rotate" in slack.answers(GENERAL, ts)[0].shown
    # The question is taken back: so is what was posted.
    slack.delete(GENERAL, ts)
    await slack.wait_for(lambda: not slack.answers(GENERAL, ts), 10)


async def test_a_draft_is_discarded_and_follows_its_question(slack: FakeSlack, model: FakeOpenAI) -> None:
    await configure(slack, "drafts")
    model.then("Run `widgets rotate` [1].", "Three times, with a backoff [1].", GAP)
    ts = slack.post(BOB, GENERAL, QUESTION)
    await slack.wait_for(lambda: desk(slack), 15)
    slack.edit(GENERAL, ts, "How are tasks retried?")
    await slack.wait_for(lambda: "backoff" in "".join(each.shown for each in desk(slack)), 15)
    (draft,) = [each for each in desk(slack) if not each.deleted]
    slack.click(CAROL, SUPPORT, draft.ts, "discard")
    await slack.wait_for(lambda: "Discarded by" in slack.message(SUPPORT, draft.ts).shown, 10)
    assert not slack.answers(GENERAL, ts)
    # Without an answer there is nothing to look at.
    slack.post(BOB, GENERAL, "How do I feed a llama?")
    await slack.wait_for(lambda: len(model.completions) == 3, 15)
    await asyncio.sleep(0.5)
    assert len(desk(slack)) == 1


async def test_the_home_tab_shows_sources_questions_and_gaps(
    slack: FakeSlack, model: FakeOpenAI, bot: BotProcess
) -> None:
    model.then(GAP)
    ts = slack.mention(ALICE, GENERAL, "How do I feed a *llama*?")
    await settled(slack, GENERAL, ts)
    await slack.wait_for(lambda: rows(bot, "SELECT 1 FROM docsbot_gaps"), 10)
    slack.open_home(ALICE)
    await slack.wait_for(lambda: (home := slack.home(ALICE)) and "llama" in str(home.body), 10)
    home = slack.home(ALICE)
    assert home is not None
    assert "2 files" in str(home.body)
    assert "without an answer" not in str(home.body)
    slack.open_home(CAROL)
    await slack.wait_for(lambda: (home := slack.home(CAROL)) and "1×" in str(home.body), 10)


async def test_votes_keep_the_sources(slack: FakeSlack, bot: BotProcess) -> None:
    ts = slack.mention(ALICE, GENERAL, QUESTION)
    await settled(slack, GENERAL, ts)
    slack.click(ALICE, GENERAL, slack.answers(GENERAL, ts)[0].ts, "feedback", "up")
    await slack.wait_for(lambda: rows(bot, "SELECT 1 FROM docsbot_votes"), 10)
    ((sources,),) = rows(bot, "SELECT sources FROM docsbot_votes")
    assert "keys.md" in str(sources)


async def test_a_command_s_answer_survives_a_kill(
    slack: FakeSlack, model: FakeOpenAI, bot: BotProcess
) -> None:
    model.then(Reply(text="Run `widgets rotate` [1]. " + "More words. " * 400, rate=20))
    slack.command(ALICE, GENERAL, "/ask", QUESTION)
    await slack.wait_for(lambda: model.completions, 15)
    bot.kill()
    model.then("Run `widgets rotate` [1].")
    await bot.start()
    await slack.wait_for(lambda: any("widgets rotate" in each.shown for each in slack.ephemerals), 60)
    assert not [each for each in slack.messages(GENERAL) if each.by_bot]


async def test_a_mention_at_the_desk_is_a_question(slack: FakeSlack) -> None:
    ts = slack.post(CAROL, SUPPORT, f"<@{BOT_USER}> {QUESTION}")
    texts = await settled(slack, SUPPORT, ts)
    assert "widgets rotate" in texts[0]
