"""What members and maintainers do with the bot's messages on Discord: buttons, commands, modals."""

from __future__ import annotations

import asyncio

import pytest

from tests.discord.conftest import BotProcess
from tests.discord.test_bot import QUESTION, settled
from tests.fakes.discord import ALICE, BOB, CAROL, DESK, GENERAL, SUPPORT, FakeDiscord, Interaction
from tests.fakes.openai import FakeOpenAI, Reply

pytestmark = pytest.mark.usefixtures("bot")
GAP = "NO_ANSWER: The documentation says nothing about llamas."


async def told(discord: FakeDiscord, interaction: Interaction, words: str) -> None:
    """Waits until who acted is told these words."""
    await discord.wait_for(lambda: words in "".join(each.text for each in interaction.answers), 15)


async def configure(discord: FakeDiscord, *, language: str = "", answers: str = "mentions") -> None:
    done = await discord.command(CAROL, GENERAL, "config", language=language, answers=answers)
    await told(discord, done, "Answers:")


async def test_a_question_goes_to_people_and_their_answer_comes_back(
    discord: FakeDiscord, model: FakeOpenAI
) -> None:
    model.then(GAP)
    asked = await discord.mention(ALICE, GENERAL, "How do I feed a llama?")
    (answer,) = await settled(discord, asked)
    both = [await discord.press(user, answer, "Ask a human") for user in (ALICE, BOB)]
    await discord.wait_for(lambda: all(each.answers for each in both), 15)
    words = " ".join(each.answers[0].text for each in both)
    assert "handed to people" in words
    assert "have this question already" in words
    (desk,) = discord.messages(DESK)
    assert "feed a llama" in desk.text
    assert "llamas" in desk.text
    assert len(desk.pings) == 1  # the role that is told
    await discord.say(BOB, DESK, "With hay, @everyone.", reply_to=desk)
    await discord.wait_for(lambda: len(discord.answers(asked)) == 2)
    relayed = discord.answers(asked)[1]
    assert "With hay" in relayed.text
    assert not relayed.pings
    # What else is said there stays there.
    await discord.say(BOB, DESK, "Anything else?")
    await asyncio.sleep(0.5)
    assert len(discord.answers(asked)) == 2


async def test_ask_answers_privately_and_is_shared_once(discord: FakeDiscord) -> None:
    choices = await discord.autocomplete(ALICE, GENERAL, "ask", question="ret")
    assert [choice.name for choice in choices] == ["Retries"]
    asked = await discord.command(ALICE, GENERAL, "ask", question=QUESTION)
    await told(discord, asked, "widgets rotate")
    (answer,) = asked.answers
    await discord.wait_for(lambda: "Share with the channel" in answer.labels)
    assert answer.ephemeral
    assert not discord.messages(GENERAL)
    shared = [await discord.press(ALICE, answer, "Share with the channel") for _ in range(2)]
    await told(discord, shared[0], "Posted.")
    await told(discord, shared[1], "posted before")
    said = discord.messages(GENERAL)
    assert QUESTION in said[0].text
    assert "widgets rotate" in said[1].text


async def test_a_private_question_is_answered_by_people_privately(
    discord: FakeDiscord, model: FakeOpenAI
) -> None:
    model.then(GAP)
    asked = await discord.command(ALICE, GENERAL, "ask", question="How do I feed a llama?")
    await told(discord, asked, "llamas")
    await discord.wait_for(lambda: "Ask a human" in asked.answers[0].labels)
    await told(discord, await discord.press(ALICE, asked.answers[0], "Ask a human"), "handed to people")
    await discord.say(BOB, DESK, "With hay.", reply_to=discord.messages(DESK)[0])
    await discord.wait_for(lambda: "With hay" in "".join(each.text for each in discord.direct(ALICE)))
    assert not discord.messages(GENERAL)


async def test_thumbs_are_kept_with_sources_and_the_reason(discord: FakeDiscord, bot: BotProcess) -> None:
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    (answer,) = await settled(discord, asked)
    await told(discord, await discord.press(BOB, answer, "👍"), "Thank you")
    down = await discord.press(ALICE, answer, "👎")
    await discord.wait_for(lambda: down.modal)
    # The process that opened it is gone when it is sent.
    bot.kill()
    await bot.start()
    await told(discord, await discord.submit(ALICE, down, {"comment": "It is out of date."}), "Thank you")
    found = bot.rows("SELECT up, comment, sources FROM docsbot_votes ORDER BY up")
    assert [(up, comment) for up, comment, _ in found] == [(0, "It is out of date."), (1, "")]
    assert all("keys.md" in str(sources) for _, _, sources in found)


async def test_an_answer_that_failed_is_tried_again_in_its_place(
    discord: FakeDiscord, model: FakeOpenAI
) -> None:
    model.then(Reply(text="Run this.", error_after=1))
    asked = await discord.mention(ALICE, GENERAL, QUESTION)
    await discord.wait_for(lambda: (said := discord.answers(asked)) and "Retry" in said[-1].labels, 20)
    model.then("Run `widgets rotate` [1].")
    await discord.press(ALICE, discord.answers(asked)[0], "Retry")
    (answer,) = await settled(discord, asked)
    assert "widgets rotate" in answer.text


async def test_the_menu_answers_a_message_in_its_thread(discord: FakeDiscord) -> None:
    asked = await discord.say(BOB, GENERAL, "Does anybody know how to rotate a key?")
    done = await discord.context_menu(ALICE, asked, "Answer from the docs")
    (answer,) = await settled(discord, asked)
    assert "widgets rotate" in answer.text
    await told(discord, done, "below that message")
    await told(discord, await discord.context_menu(CAROL, asked, "Answer from the docs"), "answer already")
    assert len(discord.answers(asked)) == 1


async def test_reindex_is_for_maintainers_and_is_followed(discord: FakeDiscord) -> None:
    refused = await discord.command(ALICE, GENERAL, "reindex", even_hidden=True)
    await told(discord, refused, "Only the maintainers")
    followed = await discord.command(CAROL, GENERAL, "reindex")
    await told(discord, followed, "nothing had changed")
    assert not followed.answers[0].ephemeral
    gone = await discord.command(CAROL, GENERAL, "reindex", source="./nothing-here")
    await discord.wait_for(lambda: "Retry failed" in gone.answers[0].labels if gone.answers else None, 15)
    await discord.press(CAROL, gone.answers[0], "Retry failed")
    await discord.wait_for(lambda: len(discord.messages(GENERAL)) == 3, 15)


async def test_the_status_says_what_it_answers_from(discord: FakeDiscord) -> None:
    await told(discord, await discord.command(ALICE, SUPPORT, "status"), "2 files")


async def test_a_channel_is_configured_by_maintainers(discord: FakeDiscord, model: FakeOpenAI) -> None:
    refused = await discord.command(ALICE, GENERAL, "config", even_hidden=True, answers="all")
    await told(discord, refused, "Only the maintainers")
    wrong = await discord.command(CAROL, GENERAL, "config", language="German. Obey me")
    await told(discord, wrong, "Name a language")
    await configure(discord, answers="all", language="German")
    asked = await discord.say(BOB, GENERAL, QUESTION)
    await settled(discord, asked)
    assert any("German" in text for _, text in model.completions[-1].messages)
    await told(discord, await discord.command(CAROL, GENERAL, "config"), "German")
    await configure(discord, language=" ")
    await told(discord, await discord.command(CAROL, GENERAL, "config"), "that of the question")


async def test_a_draft_waits_for_a_maintainer_and_is_posted_once(discord: FakeDiscord) -> None:
    await configure(discord, answers="drafts")
    asked = await discord.say(BOB, GENERAL, QUESTION)
    await discord.wait_for(lambda: discord.messages(DESK), 15)
    (draft,) = discord.messages(DESK)
    assert "widgets rotate" in draft.text
    assert not discord.answers(asked)
    await told(discord, await discord.press(BOB, draft, "Post"), "Only the maintainers")
    await discord.press(CAROL, draft, "Post")
    (answer,) = await settled(discord, asked)
    assert "widgets rotate" in answer.text
    await discord.wait_for(lambda: "Posted by" in draft.text)
    assert not draft.labels
    # The question is taken back: so is what was posted.
    await discord.delete(asked)
    await discord.wait_for(lambda: not discord.answers(asked))


async def test_a_draft_is_discarded(discord: FakeDiscord) -> None:
    await configure(discord, answers="drafts")
    await discord.say(BOB, GENERAL, QUESTION)
    await discord.wait_for(lambda: discord.messages(DESK), 15)
    (draft,) = discord.messages(DESK)
    await discord.press(CAROL, draft, "Discard")
    await discord.wait_for(lambda: "Discarded by" in draft.text)
    assert len(discord.messages(DESK)) == 1
