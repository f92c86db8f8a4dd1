"""What holds for keys, deliveries and statistics in memory, in a file and in Postgres."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.core.access import VoteCount
from bot.core.state import JOB, State
from tests.contracts.state_cases import answered, claim, key, vote
from tests.fixtures.state import Room

HOUR = timedelta(hours=1)


async def test_a_key_is_found_by_its_text_alone(state: State) -> None:
    keyring = state.keyring
    first = await keyring.make("site", ["ask"])
    second = await keyring.make("ops", ["ask", "maintain", "ask"])
    assert first
    assert second
    assert first.startswith("dk_")
    assert len(first) > 40
    assert first != second
    found = await keyring.find(second)
    assert found is not None
    assert (found.name, found.scopes, found.used_at) == ("ops", ("ask", "maintain"), None)
    assert abs(found.made_at - datetime.now(UTC)) < timedelta(seconds=5)
    # Another text, a part, a name, nothing, what no encoding takes, what is far too long.
    for wrong in ("dk_" + "A" * 43, first[:-1], f"{first} ", "ops", "", "dk_\ud800", "dk_" + "x" * 100_000):
        assert await keyring.find(wrong) is None
    assert [item.name for item in await keyring.list()] == ["site", "ops"]


async def test_a_name_is_given_once_and_again_after_it_was_revoked(state: State) -> None:
    first = await state.keyring.make("site", ["ask"])
    assert first
    assert await state.keyring.make("site", ["maintain"]) is None
    assert await state.keyring.revoke("site")
    assert not await state.keyring.revoke("site")
    assert await state.keyring.find(first) is None
    second = await state.keyring.make("site", ["maintain"])
    assert second
    assert second != first
    assert await state.keyring.find(first) is None


async def test_use_is_noted(state: State) -> None:
    await state.keyring.make("site", ["ask"])
    await state.keyring.note_use("site")
    await state.keyring.note_use("nobody")
    (found,) = await state.keyring.list()
    assert found.used_at is not None
    assert abs(found.used_at - datetime.now(UTC)) < timedelta(seconds=5)
    # Within a minute, no second write.
    await state.keyring.note_use("site")
    assert (await state.keyring.list())[0].used_at == found.used_at


async def test_a_delivery_is_taken_once(state_room: Room) -> None:
    async with state_room.open() as one, state_room.open() as other:
        takes = [take.deliveries.take("github", "d1") for take in (one, other) for _ in range(5)]
        assert sorted(await asyncio.gather(*takes)) == [False] * 9 + [True]
        assert await other.deliveries.take("github", "d2")
        # Another origin's deliveries have names of their own.
        assert await other.deliveries.take("elsewhere", "d1")


async def test_deliveries_expire(state: State) -> None:
    assert await state.deliveries.take("github", "d1")
    past, future = datetime.now(UTC) - HOUR, datetime.now(UTC) + HOUR
    assert (await state.privacy.expire(older_than=past))["deliveries"] == 0
    assert not await state.deliveries.take("github", "d1")
    assert (await state.privacy.expire(older_than=future))["deliveries"] == 1
    assert await state.deliveries.take("github", "d1")


async def test_questions_are_counted_by_day_platform_and_outcome(state: State) -> None:
    since = datetime.now(UTC) - HOUR
    assert await state.statistics.questions(since=since) == []
    before = datetime.now(UTC).date()
    await answered(state.ledger, key("1"))
    await answered(state.ledger, key("2"))
    await claim(state.ledger, key("3"))
    await claim(state.ledger, key("4", platform="web"))
    assert await state.ledger.finish(
        key("4", platform="web"), owner="a", outcome="abstained", answer="nothing"
    )
    # What is no question is not counted as one.
    job = state.ledger.claim(
        key("5"), owner="a", thread="", user="U", question="", origin=f"{JOB}crawl", lease=HOUR
    )
    assert await job
    counted = await state.statistics.questions(since=since)
    sums = {(item.platform, item.outcome): item.questions for item in counted}
    assert {item.day for item in counted} <= {before, datetime.now(UTC).date()}
    assert sums == {("slack", "answered"): 2, ("slack", None): 1, ("web", "abstained"): 1}
    assert await state.statistics.questions(since=datetime.now(UTC) + HOUR) == []


async def test_latency_is_from_the_claim_to_the_end(state: State) -> None:
    since = datetime.now(UTC) - HOUR
    none = await state.statistics.latency(since=since)
    assert (none.answers, none.p50, none.p90, none.p99) == (0, 0.0, 0.0, 0.0)
    for number in range(3):
        await answered(state.ledger, key(str(number)))
    await claim(state.ledger, key("slow"))
    await asyncio.sleep(0.05)
    assert await state.ledger.finish(key("slow"), owner="a", outcome="answered", answer="so")
    # Neither what failed nor what is going on has a latency.
    await claim(state.ledger, key("failed"))
    assert await state.ledger.finish(key("failed"), owner="a", outcome="failed", answer="")
    await claim(state.ledger, key("running"))
    found = await state.statistics.latency(since=since)
    assert found.answers == 4
    assert 0 <= found.p50 <= found.p90 == found.p99
    assert 0.04 < found.p99 < 60
    assert (await state.statistics.latency(since=datetime.now(UTC) + HOUR)).answers == 0


async def test_votes_are_counted(state: State) -> None:
    since = datetime.now(UTC) - HOUR
    assert await state.statistics.votes(since=since) == VoteCount(up=0, down=0)
    for user, up in (("A", True), ("B", True), ("C", False), ("A", False)):
        await state.feedback.vote(vote(key(), user=user, up=up))
    assert await state.statistics.votes(since=since) == VoteCount(up=1, down=2)
    assert await state.statistics.votes(since=datetime.now(UTC) + HOUR) == VoteCount(up=0, down=0)


async def test_gaps_are_those_of_the_feedback_log_since(state: State) -> None:
    since = datetime.now(UTC) - HOUR
    for number, question in enumerate(["How?", "how? ", "Why?", "Answered?"]):
        await state.feedback.note_gap(key(str(number)), question=question, reason="nothing on it")
    await answered(state.ledger, key("3"))
    found = await state.statistics.gaps(since=since, limit=9)
    assert found == await state.feedback.gaps()
    assert [(gap.question, gap.times) for gap in found] == [("how? ", 2), ("Why?", 1)]
    assert len(await state.statistics.gaps(since=since, limit=1)) == 1
    assert await state.statistics.gaps(since=datetime.now(UTC) + HOUR, limit=9) == []
