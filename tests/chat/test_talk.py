"""Messages, their edits and deletions; drafts; the desk."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.conversation.responder import ATTEMPTS
from bot.core.state import AnswerMode
from tests.chat.conftest import Chat
from tests.chat.paper import ALICE, BOB, CAROL, DESK, GENERAL, write


@pytest.mark.parametrize(
    ("values", "mode", "origin"),
    [
        ({}, "mentions", "mention"),
        ({"mentioned": False}, "mentions", ""),
        ({"mentioned": False, "direct": True}, "mentions", "dm"),
        ({"mentioned": False}, "all", "unmentioned"),
        ({"mentioned": False, "text": "Good morning."}, "all", ""),
        ({"mentioned": False, "others": True}, "all", ""),
        ({"mentioned": False}, "drafts", "draft"),
        ({"mentioned": False, "thread": "q0"}, "all", ""),  # nobody asked the bot there
    ],
)
async def test_who_is_answered(chat: Chat, values: dict[str, object], mode: AnswerMode, origin: str) -> None:
    await chat.configure(mode)
    assert await chat.hear(write(chat.paper, **values)) == origin  # type: ignore[arg-type]
    shown = ["The answer."] if origin not in ("", "draft") else []
    assert chat.paper.shown(GENERAL) == shown
    assert len(chat.paper.shown(DESK)) == (origin == "draft")


async def test_a_thread_that_it_answered_in_goes_on(chat: Chat) -> None:
    await chat.hear(write(chat.paper))
    assert await chat.hear(write(chat.paper, "q2", "And then?", thread="q1", mentioned=False)) == "follow_up"
    assert [turn.text for turn in chat.asker.asked[1].thread] == ["How?", "The answer."]


async def test_an_edited_question_is_answered_anew_in_its_place(chat: Chat) -> None:
    await chat.hear(write(chat.paper))
    chat.asker.pieces = ("Other.",)
    await chat.edit(write(chat.paper, text="Why?"))
    assert chat.paper.shown(GENERAL) == ["Other."]
    assert len(chat.paper.messages) == 1
    # An edit may add the mention.
    await chat.hear(write(chat.paper, "q2", mentioned=False))
    await chat.edit(write(chat.paper, "q2", "How, @bot?"))
    assert chat.paper.shown(GENERAL) == ["Other.", "Other."]


async def test_of_two_quick_edits_the_newest_counts(chat: Chat) -> None:
    await chat.hear(write(chat.paper))
    first, second = write(chat.paper, text="Why?"), write(chat.paper, text="When?")
    # Both were heard before either was looked at.
    await asyncio.gather(chat.edit(first), chat.edit(second))
    assert (await chat.known()).question == "When?"
    assert len(chat.paper.shown(GENERAL)) == 1


async def test_a_deleted_question_loses_its_answer(chat: Chat) -> None:
    await chat.hear(write(chat.paper))
    await chat.front.talk.hear_deletion(chat.key())
    assert chat.paper.shown(GENERAL) == []
    await chat.front.talk.hear_deletion(chat.key("unknown"))


async def test_a_draft_is_posted_by_a_maintainer_and_goes_with_its_question(chat: Chat) -> None:
    await chat.configure("drafts")
    await chat.hear(write(chat.paper, mentioned=False))
    (draft,) = chat.paper.messages.values()
    assert draft.text.splitlines() == ["Draft for @alice in general:", "> How?", "The answer."]
    assert draft.verbs == ("post", "discard")
    assert draft.key == chat.key()
    nobody, carol = chat.act(BOB), chat.act(CAROL, room=DESK)
    await chat.front.controls.press(nobody, "post", chat.key())
    assert "maintainers" in nobody.told[0]
    assert chat.paper.shown(GENERAL) == []
    await chat.front.controls.press(carol, "post", chat.key())
    await chat.front.controls.press(carol, "post", chat.key())
    assert carol.closed == ["Posted by @carol."]
    assert carol.told == ["It was posted before."]
    assert chat.paper.shown(GENERAL) == ["The answer."]
    # As it was posted, so it stays; and the thread is the bot's now.
    await chat.edit(write(chat.paper, text="Why?", mentioned=False))
    assert chat.paper.shown(GENERAL) == ["The answer."]
    assert await chat.hear(write(chat.paper, "q2", thread="q1", mentioned=False)) == "follow_up"
    await chat.front.talk.hear_deletion(chat.key())
    assert chat.paper.shown(GENERAL) == ["The answer."]  # of the follow-up


async def test_a_draft_follows_its_question(chat: Chat) -> None:
    await chat.configure("drafts")
    await chat.hear(write(chat.paper, mentioned=False))
    chat.asker.pieces = ("Other.",)
    await chat.edit(write(chat.paper, text="Why?", mentioned=False))
    (draft,) = chat.paper.shown(DESK)
    assert "> Why?\nOther." in draft
    carol = chat.act(CAROL, room=DESK)
    await chat.front.controls.press(carol, "discard", chat.key())
    assert carol.closed == ["Discarded by @carol."]
    # Nothing is shown of what has no answer.
    chat.asker.reason = "nothing found"
    await chat.hear(write(chat.paper, "q2", mentioned=False))
    assert len(chat.paper.shown(DESK)) == 1


@pytest.mark.parametrize("private", [False, True])
async def test_people_are_asked_and_their_answer_comes_back(chat: Chat, private: bool) -> None:
    chat.asker.reason = "The pages do not say."
    if private:
        await chat.front.commands.ask(chat.act(), chat.key(), "How?")
    else:
        await chat.hear(write(chat.paper))
    alice = chat.act()
    await chat.front.controls.press(alice, "human", chat.key())
    await chat.front.controls.press(alice, "human", chat.key())
    assert [text.partition(".")[0] for text in alice.told] == [
        "Your question was handed to people",
        "People have this question already",
    ]
    ((name, asked),) = [(name, each) for name, each in chat.paper.messages.items() if each.room == DESK]
    assert asked.told == ("helpers",)
    assert asked.text.splitlines() == [
        "&helpers @alice asks for a person's answer in general:",
        "> How?",
        "**What I found**",
        "",
        "The pages do not say.",
        "Answer below.",
    ]
    answer = write(chat.paper, "a1", "Like **this**.", user=BOB, room=DESK, thread=name, mentioned=False)
    await chat.hear(answer)
    await chat.hear(answer)  # told of twice
    words = "@bob answers @alice:\nLike **this**."
    if private:
        assert chat.paper.shown("direct alice") == [f"> How?\n{words}"]
        assert words not in "".join(chat.paper.shown(GENERAL))
    else:
        assert chat.paper.shown(GENERAL)[1:] == [words]
        assert list(chat.paper.messages.values())[-1].thread == "q1"


async def test_a_question_to_the_bot_at_the_desk_is_one(chat: Chat) -> None:
    assert await chat.hear(write(chat.paper, room=DESK, thread="m1")) == "mention"
    assert len(chat.paper.shown(DESK)) == 1


async def test_what_a_crash_left_is_taken_up(chat: Chat) -> None:
    claimed = await chat.state.ledger.claim(
        chat.key(), owner="gone", thread="q1", user=ALICE, question="How?", origin="mention"
    )
    assert claimed is not None
    reply = await chat.front.talk.take_up(replace(claimed, attempt=ATTEMPTS))
    await reply.fail("Sorry.", partial="", retryable=True)
    (shown,) = chat.paper.messages.values()
    assert (shown.text, shown.verbs, shown.thread) == ("Sorry.", ("retry",), "q1")
