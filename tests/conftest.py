"""Fixtures that every test may ask for."""

from __future__ import annotations

import resource

import pytest

pytest_plugins = ["tests.fixtures.chroma", "tests.fixtures.engine"]


def pytest_configure(config: pytest.Config) -> None:
    # Chroma's clients in this process keep their files open, a few for each index that a test makes.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 65_536, hard))
    # discord.py's own import, of a module that it needs for voice only.
    config.addinivalue_line("filterwarnings", "ignore:'audioop' is deprecated:DeprecationWarning")
