"""`docsbot run` where no engine can be had, and where a front is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.fakes.slack import ALICE, GENERAL, FakeSlack
from tests.fixtures.binary import GIVEN
from tests.supervisor.conftest import KEYS
from tests.supervisor.host import HostRun


@pytest.fixture
def lone(slack: FakeSlack) -> Iterator[HostRun]:
    run = HostRun({**slack.environment, GIVEN: "/nowhere/engine"})
    try:
        run.write("keys.md", KEYS)
        yield run
    finally:
        run.close()


async def test_it_crawls_within_the_bot_and_a_refused_front_is_told(lone: HostRun, slack: FakeSlack) -> None:
    slack.fail("auth.test", "invalid_auth", times=3)
    lone.start()
    lone.until_said(
        r"^run +\| No Hatchet engine can be had here: .*/nowhere/engine.*Crawls run within the bot"
    )
    lone.until_said(r"^crawl +\|   1 added")
    lone.until_said(r"^run +\| slack failed", times=3)
    assert re.findall(
        r"slack failed with exit status 1 \(Slack refuses .*it is started again in (.*) s", lone.said
    ) == [
        "0.5",
        "1",
        "2",
    ]
    # What cannot be had is not kept trying for.
    assert not [line for line in lone.processes().values() if "postgres" in line or "worker" in line]
    await slack.wait_for(lambda: len(slack.connections) >= 2, seconds=30)
    ts = slack.mention(ALICE, GENERAL, "How do I rotate a key?")
    await slack.wait_for(lambda: slack.finished(GENERAL, ts), seconds=60)
    assert any("widgets rotate" in message.shown for message in slack.answers(GENERAL, ts))
