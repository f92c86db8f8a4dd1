"""Places for backups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count

import pytest

from tests.adapters.backup.places import Shelf
from tests.fixtures.postgres import Postgres

_numbers = count()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """A new, empty database of a real Postgres."""
    return postgres.create_database(f"backup{next(_numbers)}")


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with ExitStack() as stack:
        yield Shelf(stack)
