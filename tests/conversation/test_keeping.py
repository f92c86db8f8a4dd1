"""Claims are kept while answers are written, and a database that is away for a moment takes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.errors import StateUnavailable
from bot.core.models import Citation
from bot.core.state import Claimed, MessageKey, State
from tests.conversation.parts import NotedReply, ScriptedAsker, incoming, key, make_responder
from tests.conversation.test_responder import WHOLE, until
from tests.fakes.state import FakeLedger, Shelf, make_state

PAST = timedelta(seconds=-1)


class WatchedLedger(FakeLedger):
    """Counts calls; `failing` ones of a name fail."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(shelf)
        self.claims = 0
        self.notes = 0
        self.renewed: list[set[MessageKey]] = []
        self.failing = {"claim": 0, "note": 0, "keep": 0, "renew": 0}

    async def claim(
        self,
        key: MessageKey,
        *,
        owner: str,
        thread: str,
        user: str,
        question: str,
        origin: str,
        lease: timedelta = PAST,
    ) -> Claimed | None:
        self.claims += 1
        await self._fail("claim")
        return await super().claim(
            key, owner=owner, thread=thread, user=user, question=question, origin=origin, lease=lease
        )

    async def renew_all(
        self, keys: Sequence[MessageKey], *, owner: str, lease: timedelta
    ) -> frozenset[MessageKey]:
        await self._fail("renew")
        held = await super().renew_all(keys, owner=owner, lease=lease)
        self.renewed.append(set(keys))
        return held

    async def note_reply(self, key: MessageKey, *, owner: str, reply: str) -> None:
        self.notes += 1
        await self._fail("note")
        await super().note_reply(key, owner=owner, reply=reply)

    async def keep_answer(
        self, key: MessageKey, *, owner: str, answer: str, citations: tuple[Citation, ...] = ()
    ) -> None:
        await self._fail("keep")
        await super().keep_answer(key, owner=owner, answer=answer, citations=citations)

    async def _fail(self, name: str) -> None:
        await asyncio.sleep(0.01)
        if self.failing[name]:
            self.failing[name] -= 1
            raise StateUnavailable("the database does not answer")


@pytest.fixture
def ledger() -> WatchedLedger:
    return WatchedLedger(Shelf())


@pytest.fixture
def state(ledger: WatchedLedger) -> State:
    return replace(make_state(), ledger=ledger)


async def test_a_mention_that_is_told_of_twice_at_once_is_claimed_once(
    state: State, ledger: WatchedLedger
) -> None:
    responder, replies = make_responder(ScriptedAsker(), state), (NotedReply(), NotedReply())
    await asyncio.gather(*(responder.answer(incoming(), reply) for reply in replies))
    assert [reply.told for reply in replies] == [WHOLE, []]
    assert ledger.claims == 1


async def test_both_are_told_where_it_could_not_be_claimed(state: State, ledger: WatchedLedger) -> None:
    """Each event is acknowledged by itself: one that is not comes again."""
    ledger.failing["claim"] = 1
    responder = make_responder(ScriptedAsker(), state)
    both = [responder.answer(incoming(), NotedReply()) for _ in range(2)]
    failed = await asyncio.gather(*both, return_exceptions=True)
    assert [type(error) for error in failed] == [StateUnavailable] * 2
    reply = NotedReply()
    await responder.answer(incoming(), reply)
    assert reply.told == WHOLE


async def test_all_that_runs_is_renewed_together(state: State, ledger: WatchedLedger) -> None:
    asker = ScriptedAsker(gate=asyncio.Event())
    responder, messages = make_responder(asker, state), [f"{number}.0" for number in range(1, 6)]
    ledger.failing["renew"] = 1  # the next one makes up for it
    answering = [
        asyncio.create_task(responder.answer(incoming(message), NotedReply())) for message in messages
    ]
    await until(lambda: bool(ledger.renewed))
    assert (ledger.renewed, ledger.failing["renew"]) == ([{key(message) for message in messages}], 0)
    assert not await ledger.take_over(platform="slack", owner="two", lease=PAST)
    assert asker.gate is not None
    asker.gate.set()
    await asyncio.gather(*answering)
    outcomes = [claimed and claimed.outcome for claimed in [await ledger.get(key(name)) for name in messages]]
    assert outcomes == ["answered"] * 5
    await responder.close()


async def test_who_has_lost_his_claim_sends_nothing_more(state: State, ledger: WatchedLedger) -> None:
    asker, reply = ScriptedAsker(gate=asyncio.Event()), NotedReply()
    responder = make_responder(asker, state, lease=PAST)
    answering = asyncio.create_task(responder.answer(incoming(), reply))
    await until(lambda: "write: The " in reply.told)
    assert await ledger.take_over(platform="slack", owner="two", lease=timedelta(minutes=1))
    await asyncio.wait_for(answering, 5)
    assert reply.told == WHOLE[:3]
    claimed = await ledger.get(key())
    assert claimed is not None
    assert (claimed.owner, claimed.outcome, asker.closed) == ("two", None, 1)


async def test_an_answer_goes_on_where_it_cannot_be_noted(state: State, ledger: WatchedLedger) -> None:
    ledger.failing["note"] = ledger.failing["keep"] = 1
    reply = NotedReply()
    await make_responder(ScriptedAsker(), state).answer(incoming(), reply)
    claimed = await ledger.get(key())
    assert claimed is not None
    assert (reply.told, claimed.reply, claimed.outcome) == (WHOLE, "m1", "answered")
    assert ledger.notes == 2


async def test_a_refusal_is_noted_so_that_trying_again_takes_its_place(state: State) -> None:
    responder, refused = make_responder(ScriptedAsker(), state, per_user=1), NotedReply()
    await responder.answer(incoming("1.0"), NotedReply())
    await responder.answer(incoming("2.0"), refused)
    claimed = await state.ledger.get(key("2.0"))
    assert claimed is not None
    assert (claimed.outcome, claimed.reply, len(refused.told)) == ("failed", "m1", 1)
