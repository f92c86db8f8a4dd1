"""A memory for each test."""

from __future__ import annotations

import pytest

from bot.core.state import State
from tests.fakes.state import make_state


@pytest.fixture
def state() -> State:
    return make_state()
