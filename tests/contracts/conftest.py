"""Where a contract's suite runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.state import State
from tests.fixtures.postgres import Postgres
from tests.fixtures.state import Room, empty, memory_room, stored_room


@pytest.fixture(scope="session")
def state_url(postgres: Postgres) -> str:
    """A database of a real Postgres, for the state."""
    return postgres.create_database("state")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def state_room(request: pytest.FixtureRequest, tmp_path: Path) -> Room:
    """An empty place for the state."""
    if request.param == "memory":
        return memory_room()
    if request.param == "sqlite":
        return stored_room("sqlite", str(tmp_path / "state.db"))
    url: str = request.getfixturevalue("state_url")
    empty(url)
    return stored_room("postgres", url)


@pytest.fixture
async def state(state_room: Room) -> AsyncIterator[State]:
    async with state_room.open() as state:
        yield state
