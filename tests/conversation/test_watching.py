"""What crashed processes left is looked for until the end, whatever comes of one of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.conversation.models import Reply, ReplyGone
from bot.conversation.responder import ATTEMPTS
from bot.conversation.watching import Watch
from bot.core.errors import StateUnavailable
from bot.core.state import Claimed, State
from tests.conversation.parts import NotedReply, ScriptedAsker, key, make_responder

NO_TIME = timedelta(0)


async def leave(state: State, message: str) -> None:
    """A claim whose process is gone."""
    await state.ledger.claim(
        key(message),
        owner="gone",
        thread=message,
        user="U1",
        question="How?",
        origin="mention",
        lease=NO_TIME,
    )


async def test_one_that_cannot_be_taken_up_does_not_end_the_watch(state: State) -> None:
    for message in ("1.0", "2.0", "3.0"):
        await leave(state, message)
    taken: list[str] = []

    async def take_up(claimed: Claimed) -> None:
        taken.append(claimed.key.message)
        if claimed.key.message == "1.0":
            raise ReplyGone("Discord does not answer")
        if claimed.key.message == "2.0":
            raise StateUnavailable("no connection")

    watch = asyncio.create_task(Watch(state.ledger, platform="slack", owner="two").run(take_up))
    while len(taken) < 3:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not watch.done()
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)


async def test_a_place_that_stays_gone_is_given_up(state: State) -> None:
    responder = make_responder(ScriptedAsker(), state, owner="two")
    await leave(state, "1.0")
    tries = 0

    async def make_reply(claimed: Claimed) -> Reply:
        nonlocal tries
        tries += 1
        raise ReplyGone("there is no such person")

    for _ in range(ATTEMPTS + 3):
        left = await state.ledger.take_over(platform="slack", owner="two", lease=NO_TIME)
        for claimed in left:
            try:
                await responder.take_up(claimed, make_reply)
            except ReplyGone:
                continue
    assert tries == ATTEMPTS
    ended = await state.ledger.get(key("1.0"))
    assert ended is not None
    assert ended.outcome == "failed"


async def test_a_place_that_comes_back_gets_its_answer(state: State) -> None:
    responder = make_responder(ScriptedAsker(), state, owner="two")
    await leave(state, "1.0")
    reply, tries = NotedReply(), 0

    async def make_reply(claimed: Claimed) -> Reply:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ReplyGone("Discord answers 503")
        return reply

    for _ in range(2):
        for claimed in await state.ledger.take_over(platform="slack", owner="two", lease=NO_TIME):
            try:
                await responder.take_up(claimed, make_reply)
            except ReplyGone:
                continue
    assert reply.told[-1] == "finish: The answer."
