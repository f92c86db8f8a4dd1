"""Forgetting: a person's words, and what is too old."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Delete, Table, Update, and_, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.engine import Database
from bot.adapters.store.schema import (
    KEY,
    THREAD,
    channels,
    claims,
    deliveries,
    escalations,
    gaps,
    turns,
    votes,
)
from bot.adapters.store.values import stamp
from bot.core.state import Platform

EXPIRY_LOCK = 0x646F63736F6C64  # "docsold"


class StoredPrivacy:
    """The port `Privacy` over a database. Each call is one transaction: all of it or nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget(self, *, platform: Platform, user: str) -> dict[str, int]:
        def theirs(table: Table) -> ColumnElement[bool]:
            return and_(table.c.platform == platform, table.c.user_id == user)

        return await self._execute(
            # Others' votes quote the question, and so do the turns of others in that thread.
            *_belonging(theirs(claims), thread=True),
            *(delete(table).where(theirs(table)) for table in (votes, turns, escalations, claims)),
            update(channels).values(user_id="").where(theirs(channels)),
        )

    async def expire(self, *, older_than: datetime) -> dict[str, int]:
        end = stamp(older_than)
        own = (
            (votes, votes.c.voted_at),
            (turns, turns.c.said_at),
            (gaps, gaps.c.asked_at),
            (escalations, escalations.c.opened_at),
            (claims, claims.c.claimed_at),
            (deliveries, deliveries.c.seen_at),
        )
        return await self._execute(
            # A vote may be younger than its question; without the question nobody could ask to forget it.
            *_belonging(claims.c.claimed_at < end, thread=False),
            *(delete(table).where(at < end) for table, at in own),
            alone=True,
        )

    async def _execute(self, *statements: Delete | Update, alone: bool = False) -> dict[str, int]:
        """In one transaction; with `alone`, while no other process executes any that is to be alone."""

        async def work(connection: AsyncConnection, again: bool) -> dict[str, int]:
            if alone and self._database.place.kind == "postgres":  # SQLite has one writer anyway
                await connection.execute(select(func.pg_advisory_xact_lock(EXPIRY_LOCK)))
            removed: Counter[str] = Counter()
            for statement in statements:
                table = statement.table.description.removeprefix("docsbot_")
                removed[table] += (await connection.execute(statement)).rowcount
            return dict(removed)

        return await self._database.transact(work, long=True)


def _belonging(doomed: ColumnElement[bool], *, thread: bool) -> Iterator[Delete]:
    """Removes what belongs to these claims; with `thread`, whatever was said where they were made."""
    for table in (votes, gaps, escalations):
        yield _delete(table, KEY, doomed)
    yield _delete(turns, THREAD if thread else (*THREAD, "message"), doomed)


def _delete(table: Table, columns: tuple[str, ...], doomed: ColumnElement[bool]) -> Delete:
    of = select(*(claims.c[name] for name in columns)).where(doomed)
    return delete(table).where(tuple_(*(table.c[name] for name in columns)).in_(of))
