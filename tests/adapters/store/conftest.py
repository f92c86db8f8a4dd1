"""Databases for the store's own tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from bot.adapters.store.engine import Database, open_database
from tests.fixtures.postgres import Postgres

_numbers = count()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """A new, empty database of a real Postgres."""
    return postgres.create_database(f"store{next(_numbers)}")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for the state where nothing is yet."""
    if request.param == "sqlite":
        return str(tmp_path / "new" / "state.db")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def database(place: str) -> AsyncIterator[Database]:
    async with open_database(place) as database:
        yield database
