"""Fixtures that every test may ask for."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.fixtures.chroma", "tests.fixtures.engine"]


def pytest_configure(config: pytest.Config) -> None:
    # discord.py's own import, of a module that it needs for voice only.
    config.addinivalue_line("filterwarnings", "ignore:'audioop' is deprecated:DeprecationWarning")
