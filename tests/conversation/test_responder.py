"""One answer a message: whatever is delivered twice, edited, deleted, stopped, or left by a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.conversation.responder import ATTEMPTS
from bot.conversation.watching import Watch
from bot.core.models import Citation
from bot.core.state import ChannelSettings, Claimed, State, ThreadKey
from tests.conversation.parts import NotedReply, ScriptedAsker, incoming, key, make_responder

WHOLE = ["searching", "found", "write: The ", "write: answer.", "finish: The answer."]
THREAD = ThreadKey(platform="slack", team="T1", channel="C1", thread="1.0")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_message_is_answered_once(state: State) -> None:
    responder, first, again = make_responder(ScriptedAsker(), state), NotedReply(), NotedReply()
    await responder.answer(incoming(), first)
    await responder.answer(incoming(), again)
    assert (first.told, again.told) == (WHOLE, [])


async def test_two_processes_at_once_give_one_answer(state: State) -> None:
    one, other = make_responder(ScriptedAsker(), state), make_responder(ScriptedAsker(), state, owner="two")
    replies = NotedReply(), NotedReply()
    await asyncio.gather(one.answer(incoming(), replies[0]), other.answer(incoming(), replies[1]))
    assert sorted(len(reply.told) for reply in replies) == [0, len(WHOLE)]


async def test_what_was_said_helps_the_next_question(state: State) -> None:
    asker = ScriptedAsker()
    responder = make_responder(asker, state)
    await responder.answer(incoming("1.0", text="How?"), NotedReply())
    await responder.answer(incoming("2.0", text="And then?", thread="1.0"), NotedReply())
    assert [turn.text for turn in asker.asked[1].thread] == ["How?", "The answer."]


async def test_a_channel_s_settings_go_with_the_question(state: State) -> None:
    settings = ChannelSettings(sources=("./docs",), language="Greek")
    await state.channels.write(settings, platform="slack", team="T1", channel="C1", user="U9")
    asker = ScriptedAsker()
    await make_responder(asker, state).answer(incoming(), NotedReply())
    assert (asker.asked[0].sources, asker.asked[0].language) == (("./docs",), "Greek")


@pytest.mark.parametrize(
    ("asker", "last", "outcome"),
    [
        # An abstention is said, and kept as a gap.
        (ScriptedAsker(pieces=(), reason="Not documented."), "abstained: Not documented.", "abstained"),
        # A failure is said in the core's words.
        (ScriptedAsker(failure="The model is away."), "fail: The model is away.", "failed"),
    ],
)
async def test_every_end_is_said_and_kept(
    state: State, asker: ScriptedAsker, last: str, outcome: str
) -> None:
    reply = NotedReply()
    await make_responder(asker, state).answer(incoming(), reply)
    claimed = await state.ledger.get(key())
    assert (reply.told[-1], claimed and claimed.outcome) == (last, outcome)
    gaps = await state.feedback.gaps()
    assert [gap.question for gap in gaps] == (["How?"] if outcome == "abstained" else [])


async def test_stop_ends_the_model_call_and_keeps_what_was_written(state: State) -> None:
    asker, reply = ScriptedAsker(gate=asyncio.Event()), NotedReply()
    responder = make_responder(asker, state)
    answering = asyncio.create_task(responder.answer(incoming(), reply))
    await until(lambda: "write: The " in reply.told)
    assert await responder.stop(key())
    await answering
    assert (reply.told[-1], asker.closed) == ("stop: The ", 1)
    assert not await responder.stop(key())


async def test_another_process_stops_it_too(state: State) -> None:
    asker, reply = ScriptedAsker(gate=asyncio.Event()), NotedReply()
    answering = asyncio.create_task(make_responder(asker, state).answer(incoming(), reply))
    await until(lambda: "write: The " in reply.told)
    assert await make_responder(ScriptedAsker(), state, owner="two").stop(key())
    await answering
    assert (reply.told[-1], asker.closed) == ("stop: The ", 1)


async def test_an_edited_question_is_answered_anew_in_its_place(state: State) -> None:
    asker, anew = ScriptedAsker(), NotedReply()
    responder = make_responder(asker, state)
    await responder.answer(incoming(text="How?"), NotedReply())
    places: list[Claimed] = []

    async def make_reply(claimed: Claimed) -> NotedReply:
        places.append(claimed)
        return anew

    assert await responder.edited(key(), "Why?", make_reply)
    assert [question.text for question in asker.asked] == ["How?", "Why?"]
    assert (places[0].reply, anew.told) == ("m1", WHOLE)
    # What it said before is not remembered beside what it says now.
    turns = await state.memory.turns(THREAD, limit=10)
    assert [turn.text for turn in turns] == ["Why?", "The answer."]


async def test_an_edit_of_what_was_never_asked_is_none_of_its_business(state: State) -> None:
    responder = make_responder(ScriptedAsker(), state)
    assert not await responder.edited(key(), "Why?", lambda claimed: _reply(NotedReply()))


async def test_a_deleted_question_takes_its_answer_along(state: State) -> None:
    responder, reply = make_responder(ScriptedAsker(), state), NotedReply()
    await responder.answer(incoming(), NotedReply())
    await responder.deleted(key(), lambda claimed: _reply(reply))
    await responder.deleted(key(), lambda claimed: _reply(reply))
    assert reply.told == ["retract"]


async def test_a_question_deleted_while_it_is_answered(state: State) -> None:
    asker, reply = ScriptedAsker(gate=asyncio.Event()), NotedReply()
    responder = make_responder(asker, state)
    answering = asyncio.create_task(responder.answer(incoming(), reply))
    await until(lambda: "write: The " in reply.told)
    await responder.deleted(key(), lambda claimed: _reply(NotedReply()))
    await answering
    assert (reply.told[-1], asker.closed) == ("retract", 1)


async def test_what_a_crashed_process_left_is_answered_once(state: State) -> None:
    await state.ledger.claim(
        key(),
        owner="dead",
        thread="1.0",
        user="U1",
        question="How?",
        origin="mention",
        lease=timedelta(seconds=0.05),
    )
    await asyncio.sleep(0.1)
    reply = NotedReply()
    responder = make_responder(ScriptedAsker(), state, owner="new")
    watch = Watch(state.ledger, platform="slack", owner="new")
    watching = asyncio.create_task(
        watch.run(lambda claimed: responder.take_up(claimed, lambda claimed: _reply(reply)))
    )
    await until(lambda: bool(reply.told) and reply.told[-1].startswith("finish"))
    watching.cancel()
    assert reply.told == WHOLE


@pytest.mark.parametrize("attempts", [1, ATTEMPTS + 1])
async def test_what_was_whole_before_a_crash_is_shown_as_it_was(state: State, attempts: int) -> None:
    """However often: it costs no second answer of the model's, which might say something else."""
    ledger, no_time = state.ledger, timedelta(0)
    source = Citation(number=1, title="Keys", path="keys.md", url="", heading="", commit="", quote="")
    await ledger.claim(
        key(), owner="dead", thread="1.0", user="U1", question="How?", origin="mention", lease=no_time
    )
    await ledger.keep_answer(key(), owner="dead", answer="Like this.", citations=(source,))
    for _ in range(attempts - 1):
        await ledger.take_over(platform="slack", owner="dead too", lease=no_time)
    (left,) = await ledger.take_over(platform="slack", owner="new", lease=timedelta(minutes=1))
    asker, reply = ScriptedAsker(), NotedReply()
    responder = make_responder(asker, state, owner="new")
    await responder.take_up(left, lambda claimed: _reply(reply))
    assert (reply.told, asker.asked) == (["finish: Like this."], [])
    ended = await ledger.get(key())
    assert ended is not None
    assert (ended.outcome, ended.answer, ended.citations) == ("answered", "Like this.", (source,))


async def test_who_asks_too_fast_is_told_when_to_come_back(state: State) -> None:
    responder, refused = make_responder(ScriptedAsker(), state, per_user=1), NotedReply()
    await responder.answer(incoming("1.0"), NotedReply())
    await responder.answer(incoming("2.0"), refused)
    assert len(refused.told) == 1
    assert "try again in" in refused.told[0]


async def test_a_place_that_is_gone_ends_the_answer(state: State) -> None:
    asker = ScriptedAsker()
    await make_responder(asker, state).answer(incoming(), NotedReply(gone=True))
    claimed = await state.ledger.get(key())
    assert claimed is not None
    assert claimed.outcome == "failed"


async def test_closing_leaves_the_answer_to_the_next_process(state: State) -> None:
    asker, reply = ScriptedAsker(gate=asyncio.Event()), NotedReply()
    responder = make_responder(asker, state)
    answering = asyncio.create_task(responder.answer(incoming(), reply))
    await until(lambda: "write: The " in reply.told)
    await responder.close()
    await asyncio.gather(answering, return_exceptions=True)
    claimed = await state.ledger.get(key())
    assert claimed is not None
    assert (claimed.outcome, asker.closed) == (None, 1)


async def _reply(reply: NotedReply) -> NotedReply:
    return reply


async def test_an_answer_that_failed_is_tried_again_in_its_place(state: State) -> None:
    asker = ScriptedAsker(failure="The language model did not answer.")
    responder, reply = make_responder(asker, state), NotedReply()
    assert not await responder.retry(key(), lambda claimed: _reply(reply), user="U1")
    await responder.answer(incoming(), reply)
    asker.failure = ""
    again = NotedReply()
    assert await responder.retry(key(), lambda claimed: _reply(again), user="U1")
    assert again.told == WHOLE
    # One that was answered is not.
    assert not await responder.retry(key(), lambda claimed: _reply(again), user="U1")


async def test_trying_again_is_a_question_like_any_other(state: State) -> None:
    responder = make_responder(ScriptedAsker(failure="No."), state, per_user=1)
    await responder.answer(incoming(), NotedReply())
    assert not await responder.retry(key(), lambda claimed: _reply(NotedReply()), user="U1")
