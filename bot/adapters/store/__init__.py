"""The state behind the core's ports: SQLite in the data folder, or Postgres by its address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.core.state import State


@asynccontextmanager
async def open_state(place: str | Path) -> AsyncIterator[State]:
    """What the bot remembers, in a file or in the database at this address; its tables are made or upgraded.

    Raises StateUnusable where it cannot be opened, StateUnavailable where it does not answer.
    """
    # The libraries take a third of a second to load, which a call without state must not pay.
    from bot.adapters.store.channels import StoredChannels
    from bot.adapters.store.deliveries import StoredDeliveries
    from bot.adapters.store.engine import open_database
    from bot.adapters.store.escalations import StoredEscalations
    from bot.adapters.store.feedback import StoredFeedback
    from bot.adapters.store.keys import StoredKeyring
    from bot.adapters.store.ledger import StoredLedger
    from bot.adapters.store.memory import StoredMemory
    from bot.adapters.store.privacy import StoredPrivacy
    from bot.adapters.store.statistics import StoredStatistics

    async with open_database(place) as database:
        yield State(
            ledger=StoredLedger(database),
            memory=StoredMemory(database),
            feedback=StoredFeedback(database),
            channels=StoredChannels(database),
            escalations=StoredEscalations(database),
            privacy=StoredPrivacy(database),
            keyring=StoredKeyring(database),
            deliveries=StoredDeliveries(database),
            statistics=StoredStatistics(database),
        )
