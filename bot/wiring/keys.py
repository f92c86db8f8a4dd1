"""The gateway's keys, for whoever makes and revokes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.adapters.store import open_state
from bot.core.access import Keyring
from bot.settings import Settings
from bot.wiring.parts import state_place


@asynccontextmanager
async def open_keyring(settings: Settings) -> AsyncIterator[Keyring]:
    """Raises StateUnusable."""
    async with open_state(state_place(settings)) as state:
        yield state.keyring
