"""The turns of conversations."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.engine import Database
from bot.adapters.store.schema import THREAD, is_thread, turns
from bot.adapters.store.values import Now
from bot.core.models import Turn
from bot.core.state import ThreadKey


class StoredMemory:
    """The port `Memory` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def turns(self, key: ThreadKey, *, limit: int) -> tuple[Turn, ...]:
        newest = select(turns.c.role, turns.c.text).where(is_thread(turns, key)).order_by(turns.c.id.desc())
        rows = await self._database.rows(newest.limit(limit))
        return tuple(Turn(role=row["role"], text=row["text"]) for row in reversed(rows))

    async def remember(self, key: ThreadKey, *said: Turn, user: str = "", message: str = "") -> None:
        if not said and not message:
            return
        # Without a message's name they get one of their own, so that a repeated call finds them there.
        name = message or uuid4().hex
        kept = self._upsert(key, said, user=user, message=name)
        rest = delete(turns).where(
            is_thread(turns, key), turns.c.message == name, turns.c.position >= len(said)
        )

        async def work(connection: AsyncConnection, again: bool) -> None:
            if said:
                await connection.execute(kept)
            if message:
                await connection.execute(rest)

        await self._database.transact(work)

    def _upsert(
        self, key: ThreadKey, said: tuple[Turn, ...], *, user: str, message: str
    ) -> sqlite.Insert | postgresql.Insert:
        shared = {
            "platform": key.platform,
            "team": key.team,
            "channel": key.channel,
            "thread": key.thread,
            "message": message,
            "user_id": user,
            "said_at": Now(),
        }
        rows = [
            {**shared, "position": position, "role": turn.role, "text": turn.text}
            for position, turn in enumerate(said)
        ]
        statement = self._database.insert(turns).values(rows)
        new = statement.excluded
        return statement.on_conflict_do_update(
            index_elements=[*THREAD, "message", "position"],
            set_={"role": new.role, "text": new.text, "user_id": new.user_id},
        )
