"""What holds for the state in memory, in a file and in Postgres: all but the answer ledger."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from bot.core.models import Turn
from bot.core.state import ChannelSettings, State
from tests.contracts.state_cases import STORED, TEXTS, answered, claim, escalation, key, thread, vote
from tests.fixtures.state import Room

TABLES = ("votes", "gaps", "escalations", "turns", "claims")


def user(text: str) -> Turn:
    return Turn(role="user", text=text)


def bot(text: str) -> Turn:
    return Turn(role="assistant", text=text)


async def test_turns_are_remembered_in_order(state: State) -> None:
    memory = state.memory
    assert await memory.turns(thread(), limit=5) == ()
    await memory.remember(thread(), user("1"), bot("2"))
    await memory.remember(thread(), user("3"))
    await memory.remember(thread("other"), user("x"))
    await memory.remember(thread(channel="C2"), user("y"))
    await memory.remember(thread())
    assert await memory.turns(thread(), limit=5) == (user("1"), bot("2"), user("3"))
    assert await memory.turns(thread(), limit=2) == (bot("2"), user("3"))
    assert await memory.turns(thread(), limit=0) == ()
    # The same words again are another turn.
    await memory.remember(thread(), user("3"))
    assert await memory.turns(thread(), limit=2) == (user("3"), user("3"))


async def test_turns_of_a_message_are_replaced_in_their_place(state: State) -> None:
    memory = state.memory
    await memory.remember(thread(), user("1"), bot("one"), user="U", message="m1")
    await memory.remember(thread(), user("2"), bot("two"), user="U", message="m2")
    await memory.remember(thread(), user("1, edited"), bot("uno"), user="U", message="m1")
    assert await memory.turns(thread(), limit=9) == (user("1, edited"), bot("uno"), user("2"), bot("two"))
    await memory.remember(thread(), user("1"), user="U", message="m1")
    assert await memory.turns(thread(), limit=9) == (user("1"), user("2"), bot("two"))
    await memory.remember(thread(), message="m2")
    assert await memory.turns(thread(), limit=9) == (user("1"),)
    # The same name in another conversation is another message.
    await memory.remember(thread("other"), message="m1")
    assert await memory.turns(thread(), limit=9) == (user("1"),)


async def test_a_later_vote_replaces_an_earlier(state: State) -> None:
    feedback = state.feedback
    assert await feedback.votes(key()) == []
    await feedback.vote(vote(key(), up=True))
    await feedback.vote(vote(key(), user="W", up=False, comment="wrong page"))
    await feedback.vote(vote(key("2")))
    later = replace(vote(key(), up=False, comment="on second thought"), sources=(), answer="other")
    await feedback.vote(later)
    assert await feedback.votes(key()) == [later, vote(key(), user="W", up=False, comment="wrong page")]


async def test_gaps_are_merged_and_ranked(state: State) -> None:
    feedback = state.feedback
    asked = ["How  do I\tFLY?", "how do I fly?", "Why?", "How do I swim?", " how do i fly? "]
    for number, question in enumerate(asked):
        await feedback.note_gap(key(str(number)), question=question, reason=f"reason {number}")
    await feedback.note_gap(key("9", platform="discord"), question="Why?", reason="other")
    fly, why, swim = await feedback.gaps()
    assert (fly.times, fly.question, fly.reason) == (3, " how do i fly? ", "reason 4")
    assert (why.times, why.question) == (2, "Why?")
    assert (swim.times, swim.question) == (1, "How do I swim?")
    assert abs(fly.last_asked - datetime.now(UTC)) < timedelta(seconds=5)
    assert [gap.times for gap in await feedback.gaps(limit=1)] == [3]
    (other,) = await feedback.gaps(platform="discord")
    assert (other.question, other.times, other.reason) == ("Why?", 1, "other")


async def test_a_gap_counts_once_a_message_by_its_latest_text(state: State) -> None:
    for question in ("How?", "how?", "Why?"):
        await state.feedback.note_gap(key(), question=question, reason=question)
    (gap,) = await state.feedback.gaps()
    assert (gap.question, gap.times, gap.reason) == ("Why?", 1, "Why?")


@pytest.mark.parametrize(
    ("outcome", "open_"),
    [
        ("abstained", True),
        ("failed", True),
        # The question was edited, and then it had an answer.
        ("answered", False),
        # The question was deleted.
        ("retracted", False),
    ],
)
async def test_a_gap_is_open_until_its_question_has_an_answer(
    state: State, outcome: Literal["abstained", "failed", "answered", "retracted"], *, open_: bool
) -> None:
    await claim(state.ledger, key())
    await state.feedback.note_gap(key(), question="why?", reason="nothing on it")
    assert len(await state.feedback.gaps()) == 1
    await state.ledger.finish(key(), owner="a", outcome=outcome, answer="")
    assert len(await state.feedback.gaps()) == open_


async def test_a_channel_keeps_its_settings(state: State) -> None:
    book = state.channels

    async def read(channel: str) -> ChannelSettings:
        return await book.read(platform="slack", team="T", channel=channel)

    assert await read("C") == ChannelSettings()
    first = ChannelSettings(
        sources=("hatchet-dev/hatchet@main:docs", 'ü, "x"'), mode="drafts", language="Deutsch"
    )
    await book.write(first, platform="slack", team="T", channel="C", user="M")
    assert await read("C") == first
    assert await read("C2") == ChannelSettings()
    assert await book.read(platform="discord", team="T", channel="C") == ChannelSettings()
    await book.write(ChannelSettings(mode="all"), platform="slack", team="T", channel="C", user="N")
    assert await read("C") == ChannelSettings(mode="all")


async def test_a_question_is_handed_over_once(state: State) -> None:
    desk = state.escalations
    assert await desk.open(escalation(key()))
    assert not await desk.open(escalation(key()))
    assert not await desk.open(escalation(key(), desk_message="d2"))
    assert await desk.open(escalation(key("2"), desk_message="d2"))
    found = await desk.find(platform="slack", team="T", channel="D", message="d1")
    assert found == escalation(key())
    assert await desk.find(platform="slack", team="T", channel="D", message="d3") is None
    assert await desk.find(platform="slack", team="T", channel="C", message="d1") is None
    await desk.close(key())
    await desk.close(key())
    await desk.close(key("unknown"))
    closed = await desk.find(platform="slack", team="T", channel="D", message="d1")
    assert closed == replace(escalation(key()), answered=True)
    other = await desk.find(platform="slack", team="T", channel="D", message="d2")
    assert other == escalation(key("2"), desk_message="d2")


async def fill(state: State) -> None:
    """U has asked and voted; V has asked elsewhere, and voted on U's answer."""
    await answered(state.ledger, key("1"), user="U")
    await claim(state.ledger, key("2"), user="U")
    await claim(state.ledger, key("3", channel="C2"), user="V")
    # Of another platform: another person, though of the same name.
    await claim(state.ledger, key("1", platform="discord"), user="U")
    await state.memory.remember(thread(), user("why?"), bot("so"), user="U", message="1")
    # Said by V where U has asked: it may answer him, or quote him.
    await state.memory.remember(thread(), user("as he says"), user="V", message="4")
    await state.memory.remember(thread(channel="C2"), user("mine"), user="V", message="3")
    # Without a claim, as in a front that needs none.
    await state.memory.remember(thread("alone"), user("alone"), user="U")
    await state.feedback.vote(vote(key("1"), user="V"))
    await state.feedback.vote(vote(key("3", channel="C2"), user="U"))
    await state.feedback.vote(vote(key("3", channel="C2"), user="V"))
    await state.feedback.note_gap(key("2"), question="why?", reason="")
    await state.feedback.note_gap(key("3", channel="C2"), question="mine", reason="")
    await state.escalations.open(escalation(key("1"), user="U"))
    await state.escalations.open(escalation(key("3", channel="C2"), user="V", desk_message="d2"))
    await state.channels.write(ChannelSettings(mode="all"), platform="slack", team="T", channel="C", user="U")


async def test_forgetting_a_person(state: State) -> None:
    await fill(state)
    gone = await state.privacy.forget(platform="slack", user="U")
    assert gone == {"votes": 2, "gaps": 1, "escalations": 1, "turns": 4, "claims": 2, "channels": 1}
    assert await state.ledger.get(key("1")) is None
    assert await state.ledger.asked_by(platform="slack", team="T", user="U", limit=9) == []
    assert await state.memory.turns(thread(), limit=9) == ()
    assert await state.memory.turns(thread("alone"), limit=9) == ()
    assert await state.feedback.votes(key("1")) == []
    assert await state.escalations.find(platform="slack", team="T", channel="D", message="d1") is None
    # The rest stays.
    assert await state.feedback.votes(key("3", channel="C2")) == [vote(key("3", channel="C2"))]
    assert [gap.question for gap in await state.feedback.gaps()] == ["mine"]
    assert await state.ledger.get(key("3", channel="C2"))
    assert await state.ledger.get(key("1", platform="discord"))
    assert await state.memory.turns(thread(channel="C2"), limit=9) == (user("mine"),)
    assert await state.channels.read(platform="slack", team="T", channel="C") == ChannelSettings(mode="all")
    again = await state.privacy.forget(platform="slack", user="U")
    assert set(again.values()) == {0}
    # He may ask again.
    await claim(state.ledger, key("1"), user="U")


async def test_an_answer_that_is_being_written_ends_when_its_asker_is_forgotten(state: State) -> None:
    await claim(state.ledger, key(), user="U")
    await state.privacy.forget(platform="slack", user="U")
    assert not await state.ledger.renew(key(), owner="a", lease=timedelta(minutes=1))
    assert not await state.ledger.finish(key(), owner="a", outcome="answered", answer="so")


async def test_expiring(state: State) -> None:
    await fill(state)
    kept = await state.privacy.expire(older_than=datetime.now(UTC) - timedelta(hours=1))
    assert kept == dict.fromkeys((*TABLES, "deliveries"), 0)
    gone = await state.privacy.expire(older_than=datetime.now(UTC) + timedelta(hours=1))
    assert gone == {"votes": 3, "gaps": 2, "escalations": 2, "turns": 5, "claims": 4, "deliveries": 0}
    assert await state.feedback.gaps() == []
    assert await state.channels.read(platform="slack", team="T", channel="C") == ChannelSettings(mode="all")


async def test_what_belongs_to_a_question_expires_with_it(state: State) -> None:
    """Without the question, nobody could ask to forget what quotes it."""
    await claim(state.ledger, key("old"))
    await asyncio.sleep(0.02)
    end = datetime.now(UTC)
    await asyncio.sleep(0.02)
    await claim(state.ledger, key("new"))
    for name in ("old", "new"):
        await state.feedback.vote(vote(key(name)))
        await state.feedback.note_gap(key(name), question=name, reason="")
        await state.escalations.open(escalation(key(name), desk_message=name))
        await state.memory.remember(thread(), user(name), message=name)
    gone = await state.privacy.expire(older_than=end)
    assert gone == {**dict.fromkeys(TABLES, 1), "deliveries": 0}
    assert await state.memory.turns(thread(), limit=9) == (user("new"),)
    assert [gap.question for gap in await state.feedback.gaps()] == ["new"]


async def test_what_is_written_is_there_for_the_next(state_room: Room) -> None:
    async with state_room.open() as state:
        await fill(state)
    async with state_room.open() as state:
        assert await state.ledger.get(key("1"))
        assert len(await state.memory.turns(thread(), limit=9)) == 3
        assert len(await state.feedback.votes(key("1"))) == 1


@pytest.mark.parametrize(
    ("text", "stored"),
    [*((text, text) for text in TEXTS.values()), *STORED.items()],
    ids=[*TEXTS, "nul", "half"],
)
async def test_any_text_is_kept(state: State, text: str, stored: str) -> None:
    await state.memory.remember(thread(), user(text))
    assert await state.memory.turns(thread(), limit=1) == (user(stored),)
    await state.feedback.vote(replace(vote(key(), comment=text), question=text, answer=text))
    (kept,) = await state.feedback.votes(key())
    assert (kept.question, kept.answer, kept.comment) == (stored, stored, stored)
    await state.feedback.note_gap(key(), question=text, reason=text)
    (gap,) = await state.feedback.gaps()
    assert (gap.question, gap.reason) == (stored, stored)
    await state.escalations.open(replace(escalation(key()), question=text))
    opened = await state.escalations.find(platform="slack", team="T", channel="D", message="d1")
    assert opened == replace(escalation(key()), question=stored)
