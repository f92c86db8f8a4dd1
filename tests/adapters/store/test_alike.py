"""The fake and the file do the same, whatever is done to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.store import open_state
from bot.core.state import AnswerLedger, Claimed, MessageKey, Outcome
from tests.contracts.state_cases import LONG, PAST, key, thread
from tests.fakes.state import make_state

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
OWNERS = ("a", "b")
TEXTS = ("", "why?", "how?")


@dataclass(frozen=True)
class Step:
    """One call, as it is shown when the two differ."""

    name: Literal[
        "claim", "renew", "note", "keep", "finish", "revoke", "take over", "reopen", "find", "own", "asked"
    ]
    of: MessageKey
    owner: str
    text: str
    lease: timedelta
    outcome: Literal["answered", "stopped", "retracted"]
    limit: int


STEPS = st.builds(
    Step,
    name=st.sampled_from(
        ["claim", "renew", "note", "keep", "finish", "revoke", "take over", "reopen", "find", "own", "asked"]
    ),
    of=st.sampled_from([key("1"), key("2")]),
    owner=st.sampled_from(OWNERS),
    text=st.sampled_from(TEXTS),
    lease=st.sampled_from([PAST, LONG]),
    outcome=st.sampled_from(["answered", "stopped", "retracted"]),
    limit=st.integers(1, 2),
)

Result = Claimed | Sequence[Claimed] | bool | None


async def take(ledger: AnswerLedger, step: Step) -> Result:
    """Does what the step says."""
    ended: Outcome = step.outcome
    calls: dict[str, Callable[[], Awaitable[Result]]] = {
        "claim": lambda: ledger.claim(
            step.of,
            owner=step.owner,
            thread="root",
            user="U",
            question=step.text,
            origin="",
            lease=step.lease,
        ),
        "renew": lambda: ledger.renew(step.of, owner=step.owner, lease=step.lease),
        "note": lambda: ledger.note_reply(step.of, owner=step.owner, reply=step.text),
        "keep": lambda: ledger.keep_answer(step.of, owner=step.owner, answer=step.text),
        "finish": lambda: ledger.finish(step.of, owner=step.owner, outcome=ended, answer=step.text),
        "revoke": lambda: ledger.revoke(
            step.of, outcome="stopped" if step.outcome == "answered" else step.outcome
        ),
        "take over": lambda: ledger.take_over(
            platform="slack", owner=step.owner, lease=step.lease, limit=step.limit
        ),
        "reopen": lambda: ledger.reopen(step.of, owner=step.owner, question=step.text, lease=step.lease),
        "find": lambda: ledger.find_reply(platform="slack", team="T", channel="C", reply=step.text),
        "own": lambda: ledger.owns_thread(thread("root")),
        "asked": lambda: ledger.asked_by(platform="slack", team="T", user="U", limit=step.limit),
    }
    return timeless(await calls[step.name]())


def timeless(result: Result) -> Result:
    """Without the moments, which differ."""
    if isinstance(result, Claimed):
        return replace(result, claimed_at=NEVER)
    if isinstance(result, Sequence):
        return [replace(item, claimed_at=NEVER) for item in result]
    return result


# A fresh folder for the whole test is enough: each run empties the ledger.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=14))
async def test_the_fake_and_the_file_agree(tmp_path: Path, steps: list[Step]) -> None:
    fake = make_state()
    async with open_state(tmp_path / "state.db") as file:
        await file.privacy.expire(older_than=datetime.now(UTC) + timedelta(days=1))
        for number, step in enumerate(steps):
            expected = await take(fake.ledger, step)
            assert await take(file.ledger, step) == expected, f"step {number}: {step}"
