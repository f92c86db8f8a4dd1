"""What was delivered to webhooks."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.engine import Database, fetch
from bot.adapters.store.schema import deliveries
from bot.adapters.store.values import Now, milliseconds

KEPT = timedelta(days=30)
"""For which a delivery is remembered at most: GitHub delivers again for three days."""


class StoredDeliveries:
    """The port `Deliveries` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, origin: str, delivery: str) -> bool:
        row = self._database.insert(deliveries).values(origin=origin, delivery=delivery, seen_at=Now())
        taken = row.on_conflict_do_nothing(index_elements=["origin", "delivery"]).returning(deliveries.c.id)
        old = delete(deliveries).where(deliveries.c.seen_at < Now() - milliseconds(KEPT))

        async def work(connection: AsyncConnection, again: bool) -> bool:
            await connection.execute(old)
            rows = await fetch(connection, taken)
            # A repeated call cannot tell its own row from another's: rather act twice than never.
            return bool(rows) or again

        return await self._database.run(work)
