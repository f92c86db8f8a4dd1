"""Questions that were handed to people."""

from __future__ import annotations

from sqlalchemy import RowMapping, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.engine import Database, fetch
from bot.adapters.store.schema import KEY, escalations, is_message, key_values
from bot.adapters.store.values import Now
from bot.core.state import Escalation, MessageKey, Platform


class StoredEscalations:
    """The port `EscalationDesk` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, escalation: Escalation) -> bool:
        statement = self._database.insert(escalations).values(
            **key_values(escalation.key),
            thread=escalation.thread,
            user_id=escalation.user,
            question=escalation.question,
            desk_channel=escalation.desk_channel,
            desk_message=escalation.desk_message,
            answered=escalation.answered,
            opened_at=Now(),
        )
        opened = statement.on_conflict_do_nothing(index_elements=KEY).returning(escalations.c.id)
        mine = select(escalations.c.id).where(
            is_message(escalations, escalation.key),
            escalations.c.desk_channel == escalation.desk_channel,
            escalations.c.desk_message == escalation.desk_message,
        )

        async def work(connection: AsyncConnection, again: bool) -> bool:
            rows = await fetch(connection, opened)
            # A repeated call may find what it had written before the connection was lost.
            return bool(rows or (again and await fetch(connection, mine)))

        return await self._database.run(work)

    async def find(self, *, platform: Platform, team: str, channel: str, message: str) -> Escalation | None:
        asked = and_(
            escalations.c.platform == platform,
            escalations.c.team == team,
            escalations.c.desk_channel == channel,
            escalations.c.desk_message == message,
        )
        rows = await self._database.rows(select(escalations).where(asked).limit(1))
        return _escalation(rows[0]) if rows else None

    async def close(self, key: MessageKey) -> None:
        await self._database.change(
            update(escalations).values(answered=True).where(is_message(escalations, key))
        )


def _escalation(row: RowMapping) -> Escalation:
    return Escalation(
        key=MessageKey(
            platform=row["platform"], team=row["team"], channel=row["channel"], message=row["message"]
        ),
        thread=row["thread"],
        user=row["user_id"],
        question=row["question"],
        desk_channel=row["desk_channel"],
        desk_message=row["desk_message"],
        answered=row["answered"],
    )
