"""Fixtures of one host."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.fakes.slack import CAROL, FakeSlack
from tests.fixtures.binary import GIVEN
from tests.supervisor.host import HostRun
from tests.supervisor.ward import Ward, lives

KEYS = "# Keys\n\n## Rotate a key\n\nRun `widgets rotate` for a new key. The old one works a day.\n"


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        server.courier.retry_delays = (0.0, 0.5, 1.0, 2.0, 4.0)
        yield server


@pytest.fixture(scope="module")
def host(slack: FakeSlack, engine_program: Path) -> Iterator[HostRun]:
    """Everything of one host, started, on the real engine and a fake Slack."""
    run = HostRun({**slack.environment, "SLACK_MAINTAINERS": CAROL, GIVEN: str(engine_program)})
    try:
        run.write("keys.md", KEYS)
        run.start()
        yield run
    finally:
        run.close()


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    """A supervisor whose children are gone at the test's end."""
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    ward = Ward(lock)
    try:
        yield ward
    finally:
        ward.supervisor.kill()
        await ward.supervisor.stop()
        os.close(lock)
    assert not [pid for name, _ in ward.told for pid in ward.pids(name) if lives(pid)]
