"""What holds for the state in memory, in a file and in Postgres: the answer ledger."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.models import Citation
from bot.core.state import MessageKey, Outcome, State
from tests.contracts.state_cases import LONG, PAST, STORED, TEXTS, answered, claim, key, thread
from tests.fixtures.state import Room


async def test_a_message_is_claimed_once(state: State) -> None:
    before = datetime.now(UTC)
    first = await claim(state.ledger, key(), question="why?")
    assert (first.key, first.thread, first.user, first.question) == (key(), "root", "U", "why?")
    assert (first.origin, first.owner, first.attempt, first.outcome) == ("mention", "a", 1, None)
    assert (first.reply, first.answer) == ("", "")
    # A server has a clock of its own; this one is on this machine.
    assert abs(first.claimed_at - before) < timedelta(seconds=5)
    for owner in ("a", "b"):
        again = await state.ledger.claim(
            key(), owner=owner, thread="root", user="U", question="why?", origin="mention"
        )
        assert again is None
    assert await state.ledger.get(key()) == first
    assert await state.ledger.get(key("2")) is None


@pytest.mark.parametrize(
    "other",
    [
        MessageKey(platform="discord", team="T", channel="C", message="1"),
        MessageKey(platform="slack", team="T2", channel="C", message="1"),
        MessageKey(platform="slack", team="T", channel="C2", message="1"),
        MessageKey(platform="slack", team="T", channel="C", message="2"),
    ],
)
async def test_each_part_tells_messages_apart(state: State, other: MessageKey) -> None:
    await claim(state.ledger, key())
    assert (await claim(state.ledger, other)).key == other
    assert await state.ledger.finish(other, owner="a", outcome="answered", answer="")
    kept = await state.ledger.get(key())
    assert kept is not None
    assert kept.outcome is None


async def test_of_many_at_once_one_claims(state_room: Room) -> None:
    async with AsyncExitStack() as stack:
        states = [await stack.enter_async_context(state_room.open()) for _ in range(4)]
        for message in ("1", "2", "3"):
            tries = [
                states[number % 4].ledger.claim(
                    key(message), owner=f"{number}", thread="", user="", question="", origin=""
                )
                for number in range(20)
            ]
            won = [claimed for claimed in await asyncio.gather(*tries) if claimed]
            assert len(won) == 1
            assert await states[0].ledger.get(key(message)) == won[0]


async def test_renewing_says_who_goes_on(state: State) -> None:
    ledger = state.ledger
    await claim(ledger, key())
    assert await ledger.renew(key(), owner="a", lease=LONG)
    assert not await ledger.renew(key(), owner="b", lease=LONG)
    assert not await ledger.renew(key("2"), owner="a", lease=LONG)
    assert await ledger.finish(key(), owner="a", outcome="answered", answer="so")
    assert not await ledger.renew(key(), owner="a", lease=LONG)


async def test_many_are_renewed_at_once_each_for_itself(state: State) -> None:
    ledger = state.ledger
    many = [str(number) for number in range(250)]
    for message in many:
        await claim(ledger, key(message), lease=PAST)
    await claim(ledger, key("of b"), owner="b", lease=PAST)
    assert await ledger.finish(key("7"), owner="a", outcome="answered", answer="so")
    asked = [key(message) for message in (*many, "of b", "of nobody")]
    held = await ledger.renew_all(asked, owner="a", lease=LONG)
    assert held == {key(message) for message in many if message != "7"}
    assert await ledger.renew_all([], owner="a", lease=LONG) == frozenset()
    (late,) = await ledger.take_over(platform="slack", owner="c", lease=LONG)
    assert late.key == key("of b")


async def test_a_lease_that_ran_out_is_taken_over(state: State) -> None:
    ledger = state.ledger
    first = await claim(ledger, key())
    await ledger.note_reply(key(), owner="a", reply="r")
    await ledger.keep_answer(key(), owner="a", answer="half of")
    assert await ledger.take_over(platform="slack", owner="b", lease=LONG) == []
    assert await ledger.renew(key(), owner="a", lease=PAST)
    assert await ledger.take_over(platform="discord", owner="b", lease=LONG) == []
    (taken,) = await ledger.take_over(platform="slack", owner="b", lease=LONG)
    assert (taken.owner, taken.attempt, taken.reply, taken.answer) == ("b", 2, "r", "half of")
    assert (taken.question, taken.claimed_at) == (first.question, first.claimed_at)
    assert await ledger.take_over(platform="slack", owner="c", lease=LONG) == []
    # The first owner wakes up again, and may do nothing more.
    assert not await ledger.renew(key(), owner="a", lease=LONG)
    await ledger.note_reply(key(), owner="a", reply="late")
    await ledger.keep_answer(key(), owner="a", answer="late")
    assert not await ledger.finish(key(), owner="a", outcome="answered", answer="late")
    assert await ledger.get(key()) == taken
    assert await ledger.finish(key(), owner="b", outcome="answered", answer="whole")


async def test_a_lease_that_was_renewed_late_holds(state: State) -> None:
    await claim(state.ledger, key(), lease=PAST)
    assert await state.ledger.renew(key(), owner="a", lease=LONG)
    assert await state.ledger.take_over(platform="slack", owner="b", lease=LONG) == []


async def test_what_has_ended_is_not_taken_over(state: State) -> None:
    await claim(state.ledger, key(), lease=PAST)
    assert await state.ledger.finish(key(), owner="a", outcome="failed", answer="")
    assert await state.ledger.take_over(platform="slack", owner="b", lease=LONG) == []


async def test_the_oldest_are_taken_first_and_no_more_than_asked(state: State) -> None:
    for number in range(5):
        await claim(state.ledger, key(str(number)), lease=timedelta(seconds=number - 60))
    first = await state.ledger.take_over(platform="slack", owner="b", lease=LONG, limit=2)
    assert [claimed.key.message for claimed in first] == ["0", "1"]
    rest = await state.ledger.take_over(platform="slack", owner="b", lease=LONG, limit=20)
    assert [claimed.key.message for claimed in rest] == ["2", "3", "4"]


async def test_what_two_take_over_at_once_they_share(state_room: Room) -> None:
    async with state_room.open() as one, state_room.open() as two:
        keys = [key(str(number)) for number in range(40)]
        for of in keys:
            await claim(one.ledger, of, lease=PAST)
        taken = await asyncio.gather(
            *(
                state.ledger.take_over(platform="slack", owner=owner, lease=LONG, limit=10)
                for state, owner in ((one, "b"), (two, "c"), (one, "d"), (two, "e"), (one, "f"), (two, "g"))
            )
        )
        names = [claimed.key.message for share in taken for claimed in share]
        assert len(names) == len(set(names))
        assert all(claimed.attempt == 2 for share in taken for claimed in share)
        # Of those that looked while another was taking, some may have found less than there was.
        names += [c.key.message for c in await one.ledger.take_over(platform="slack", owner="h", lease=LONG)]
        assert sorted(names) == sorted(of.message for of in keys)


@pytest.mark.parametrize(
    ("before", "owner", "outcome", "done"),
    [
        (None, "a", "answered", True),
        # Another process's claim.
        (None, "b", "answered", False),
        (None, "b", "retracted", False),
        # The same again: the answer to the first call was lost.
        ("answered", "a", "answered", True),
        # It had ended otherwise: stopped by the person while it was being finished.
        ("stopped", "a", "answered", False),
        # A question can be deleted at any time.
        ("answered", "a", "retracted", True),
        ("stopped", "a", "retracted", True),
    ],
)
async def test_finishing(
    state: State, before: Outcome | None, owner: str, outcome: Outcome, *, done: bool
) -> None:
    await claim(state.ledger, key())
    if before:
        assert await state.ledger.finish(key(), owner="a", outcome=before, answer="first")
    was = await state.ledger.get(key())
    assert await state.ledger.finish(key(), owner=owner, outcome=outcome, answer="then") is done
    ended = await state.ledger.get(key())
    assert ended is not None
    if done:
        assert (ended.outcome, ended.answer) == (outcome, "then")
    else:
        assert ended == was


async def test_finishing_what_nobody_claimed(state: State) -> None:
    assert not await state.ledger.finish(key(), owner="a", outcome="answered", answer="")


async def test_stopping_from_another_process(state: State) -> None:
    ledger = state.ledger
    assert await ledger.revoke(key(), outcome="stopped") is None
    await claim(ledger, key())
    await ledger.note_reply(key(), owner="a", reply="r")
    await ledger.keep_answer(key(), owner="a", answer="half of")
    stopped = await ledger.revoke(key(), outcome="stopped")
    assert stopped is not None
    assert (stopped.outcome, stopped.reply, stopped.answer) == ("stopped", "r", "half of")
    assert not await ledger.renew(key(), owner="a", lease=LONG)
    assert not await ledger.finish(key(), owner="a", outcome="answered", answer="whole")
    # The owner has seen it and writes down what it leaves.
    assert await ledger.finish(key(), owner="a", outcome="stopped", answer="half of it")
    assert await ledger.revoke(key(), outcome="stopped") is None


@pytest.mark.parametrize("finished", [False, True])
async def test_retracting_from_another_process(state: State, *, finished: bool) -> None:
    ledger = state.ledger
    if finished:
        await answered(ledger, key())
    else:
        await claim(ledger, key())
        await ledger.note_reply(key(), owner="a", reply="reply to 1")
        await ledger.keep_answer(key(), owner="a", answer="be")
    gone = await ledger.revoke(key(), outcome="retracted")
    assert gone is not None
    assert (gone.outcome, gone.reply, gone.question, gone.answer) == ("retracted", "reply to 1", "", "")
    assert not await ledger.renew(key(), owner="a", lease=LONG)
    assert await ledger.revoke(key(), outcome="retracted") is None
    assert await ledger.revoke(key(), outcome="stopped") is None
    # The message stays claimed: a late delivery of it gets no answer.
    again = await ledger.claim(key(), owner="b", thread="", user="", question="", origin="")
    assert again is None


async def test_an_answer_is_found_by_its_message(state: State) -> None:
    ledger = state.ledger
    await answered(ledger, key("1"))
    await answered(ledger, key("1", channel="C2"))
    await claim(ledger, key("2"))

    async def found(channel: str, reply: str) -> MessageKey | None:
        claimed = await ledger.find_reply(platform="slack", team="T", channel=channel, reply=reply)
        return claimed.key if claimed else None

    assert await found("C", "reply to 1") == key("1")
    assert await found("C2", "reply to 1") == key("1", channel="C2")
    assert await found("C", "reply to 2") is None
    # A claim that has no reply yet is not what an unknown reply belongs to.
    assert await found("C", "") is None


async def test_an_edited_question_begins_anew_in_its_reply(state: State) -> None:
    ledger = state.ledger
    assert await ledger.reopen(key(), owner="b", question="how?") is None
    await claim(ledger, key())
    assert await ledger.reopen(key(), owner="b", question="how?") is None
    await ledger.note_reply(key(), owner="a", reply="r")
    assert await ledger.finish(key(), owner="a", outcome="answered", answer="so")
    assert await ledger.reopen(key(), owner="b", question="why?") is None
    anew = await ledger.reopen(key(), owner="b", question="how?", lease=PAST)
    assert anew is not None
    assert (anew.question, anew.owner, anew.attempt, anew.outcome) == ("how?", "b", 1, None)
    assert (anew.reply, anew.answer, anew.user, anew.thread) == ("r", "", "U", "root")
    assert await ledger.reopen(key(), owner="c", question="when?") is None
    # It is a claim like any other.
    (taken,) = await ledger.take_over(platform="slack", owner="c", lease=LONG)
    assert taken.attempt == 2
    assert await ledger.finish(key(), owner="c", outcome="abstained", answer="")


async def test_of_many_that_see_an_edit_one_begins(state_room: Room) -> None:
    async with state_room.open() as one, state_room.open() as two:
        await answered(one.ledger, key())
        states = [one, two] * 5
        begun = await asyncio.gather(
            *(
                state.ledger.reopen(key(), owner=str(number), question="how?")
                for number, state in enumerate(states)
            )
        )
        assert sum(claimed is not None for claimed in begun) == 1


async def test_a_thread_is_the_bots_when_it_has_answered_there(state: State) -> None:
    ledger = state.ledger
    assert not await ledger.owns_thread(thread())
    await claim(ledger, key())
    assert not await ledger.owns_thread(thread())
    await ledger.note_reply(key(), owner="a", reply="r")
    assert await ledger.owns_thread(thread())
    assert not await ledger.owns_thread(thread("other"))
    assert not await ledger.owns_thread(thread(channel="C2"))
    await ledger.revoke(key(), outcome="retracted")
    assert not await ledger.owns_thread(thread())


async def test_a_persons_questions(state: State) -> None:
    ledger = state.ledger
    for number in range(5):
        await claim(ledger, key(str(number)), user="U" if number else "V")
    await claim(ledger, key("1", platform="discord"))
    await ledger.revoke(key("3"), outcome="retracted")

    async def asked(limit: int) -> list[str]:
        newest = await ledger.asked_by(platform="slack", team="T", user="U", limit=limit)
        return [claimed.key.message for claimed in newest]

    assert await asked(10) == ["4", "2", "1"]
    assert await asked(2) == ["4", "2"]
    assert await ledger.asked_by(platform="slack", team="T2", user="U", limit=10) == []


@pytest.mark.parametrize(
    ("text", "stored"),
    [*((text, text) for text in TEXTS.values()), *STORED.items()],
    ids=[*TEXTS, "nul", "half"],
)
async def test_any_text_is_kept(state: State, text: str, stored: str) -> None:
    ledger = state.ledger
    claimed = await claim(ledger, key(), question=text)
    assert claimed.question == stored
    await ledger.note_reply(key(), owner="a", reply="r")
    await ledger.keep_answer(key(), owner="a", answer=text)
    noted = await ledger.get(key())
    assert noted is not None
    assert noted.answer == stored
    assert await ledger.finish(key(), owner="a", outcome="answered", answer=text)
    # The same text, as it came: not an edit.
    assert await ledger.reopen(key(), owner="a", question=text) is None


SOURCE = Citation(
    number=1,
    title="Keys",
    path="keys.md",
    url="https://docs.example/keys#rotate",
    heading="Rotate “a” key",
    commit="c" * 40,
    quote="Run `rotate`.",
)


async def test_an_answer_keeps_its_sources(state: State) -> None:
    ledger = state.ledger
    await claim(ledger, key())
    assert await ledger.finish(key(), owner="a", outcome="answered", answer="so [1]", citations=(SOURCE,))
    kept = await ledger.get(key())
    assert kept is not None
    assert kept.citations == (SOURCE,)
    # An edited question begins without them, and a retracted one loses them.
    again = await ledger.reopen(key(), owner="a", question="why not?")
    assert again is not None
    assert again.citations == ()
    assert await ledger.finish(key(), owner="a", outcome="answered", answer="so [1]", citations=(SOURCE,))
    gone = await ledger.revoke(key(), outcome="retracted")
    assert gone is not None
    assert gone.citations == ()
