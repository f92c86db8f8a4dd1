"""The answer ledger: who answers which message, decided by single statements of the database.

Each call that takes something marks the row with a ticket of its own. Where the connection was lost on the
way back, the call is made again, and the ticket tells what the first one had already taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import timedelta
from typing import Literal
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Executable,
    RowMapping,
    Select,
    Update,
    and_,
    literal_column,
    null,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.engine import Database, fetch
from bot.adapters.store.schema import KEY, claims, is_channel, is_message, is_thread, key_values
from bot.adapters.store.values import Now, milliseconds, moment
from bot.core.models import Citation
from bot.core.state import JOB, LEASE, Claimed, MessageKey, Outcome, Platform, ThreadKey

RENEWED_AT_ONCE = 100
"""Claims that one statement renews: SQLite takes some thousand values in all."""
_KEY = [claims.c[name] for name in KEY]
_open = claims.c.outcome.is_(None)
_shown = or_(_open, claims.c.outcome != "retracted")
# Spelled out, not a parameter: an index on a part of the rows serves only who names that part.
_has_reply = claims.c.reply != literal_column("''")


class StoredLedger:
    """The port `AnswerLedger` over a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self,
        key: MessageKey,
        *,
        owner: str,
        thread: str,
        user: str,
        question: str,
        origin: str,
        lease: timedelta = LEASE,
    ) -> Claimed | None:
        ticket = uuid4().hex
        row = self._database.insert(claims).values(
            **key_values(key),
            thread=thread,
            user_id=user,
            question=question,
            origin=origin,
            reply="",
            answer="",
            attempt=1,
            claimed_at=Now(),
            **_leased(owner, lease, ticket),
        )
        statement = row.on_conflict_do_nothing(index_elements=KEY).returning(*claims.c)
        return _one(await self._take(statement, ticket, is_message(claims, key)))

    async def renew(self, key: MessageKey, *, owner: str, lease: timedelta) -> bool:
        leased = update(claims).values(leased_until=Now() + milliseconds(lease))
        return await self._database.change(leased.where(_held(key, owner))) > 0

    async def renew_all(
        self, keys: Sequence[MessageKey], *, owner: str, lease: timedelta
    ) -> frozenset[MessageKey]:
        # By platform too: SQLite then looks at its open claims, else at all there are.
        here = claims.c.platform.in_(sorted({key.platform for key in keys}))
        held = and_(here, claims.c.owner == owner, _open)
        kept = update(claims).values(leased_until=Now() + milliseconds(lease)).where(held).returning(*_KEY)
        rows: list[RowMapping] = []
        for first in range(0, len(keys), RENEWED_AT_ONCE):
            some = [astuple(key) for key in keys[first : first + RENEWED_AT_ONCE]]
            rows += await self._database.rows(kept.where(tuple_(*_KEY).in_(some)))
        return frozenset(map(_key, rows))

    async def note_reply(self, key: MessageKey, *, owner: str, reply: str) -> None:
        await self._database.change(update(claims).values(reply=reply).where(_held(key, owner)))

    async def keep_answer(
        self, key: MessageKey, *, owner: str, answer: str, citations: tuple[Citation, ...] = ()
    ) -> None:
        kept = update(claims).values(answer=answer, citations=citations)
        await self._database.change(kept.where(_held(key, owner)))

    async def finish(
        self,
        key: MessageKey,
        *,
        owner: str,
        outcome: Outcome,
        answer: str,
        citations: tuple[Citation, ...] = (),
    ) -> bool:
        mine = and_(is_message(claims, key), claims.c.owner == owner)
        # The same outcome again: this very call, repeated after a lost connection.
        endable = true() if outcome == "retracted" else or_(_open, claims.c.outcome == outcome)
        ended = _ended(outcome).values(answer=answer, citations=citations).where(mine, endable)
        return await self._database.change(ended) > 0

    async def revoke(self, key: MessageKey, *, outcome: Literal["stopped", "retracted"]) -> Claimed | None:
        ticket = uuid4().hex
        statement = _ended(outcome).values(ticket=ticket).where(is_message(claims, key))
        if outcome == "stopped":
            statement = statement.where(_open)
        else:
            statement = statement.values(question="", answer="", citations=()).where(_shown)
        return _one(await self._take(statement.returning(*claims.c), ticket, is_message(claims, key)))

    async def take_over(
        self, *, platform: Platform, owner: str, lease: timedelta, limit: int = 20
    ) -> Sequence[Claimed]:
        ticket = uuid4().hex
        taken = update(claims).where(claims.c.id.in_(_due(platform, limit))).returning(*claims.c)
        taken = taken.values(_leased(owner, lease, ticket)).values(attempt=claims.c.attempt + 1)
        rows = await self._take(taken, ticket, and_(claims.c.platform == platform, _open))
        return sorted(map(_claimed, rows), key=lambda item: item.claimed_at)

    async def get(self, key: MessageKey) -> Claimed | None:
        return _one(await self._database.rows(select(claims).where(is_message(claims, key))))

    async def find_reply(self, *, platform: Platform, team: str, channel: str, reply: str) -> Claimed | None:
        there = and_(is_channel(claims, platform, team, channel), claims.c.reply == reply, _has_reply)
        newest = select(claims).where(there).order_by(claims.c.id.desc()).limit(1)
        return _one(await self._database.rows(newest))

    async def reopen(
        self, key: MessageKey, *, owner: str, question: str, lease: timedelta = LEASE
    ) -> Claimed | None:
        ticket = uuid4().hex
        again = or_(claims.c.question != question, claims.c.outcome == "failed")
        changed = and_(claims.c.outcome.is_not(None), again)
        statement = (
            update(claims).values(_leased(owner, lease, ticket)).where(is_message(claims, key), changed)
        )
        statement = statement.values(question=question, answer="", citations=(), attempt=1, claimed_at=Now())
        statement = statement.values(outcome=null(), finished_at=null())
        return _one(await self._take(statement.returning(*claims.c), ticket, is_message(claims, key)))

    async def owns_thread(self, key: ThreadKey) -> bool:
        answered = select(claims.c.id).where(is_thread(claims, key), _has_reply, _shown).limit(1)
        return bool(await self._database.rows(answered))

    async def asked_by(self, *, platform: Platform, team: str, user: str, limit: int) -> Sequence[Claimed]:
        theirs = and_(
            claims.c.platform == platform,
            claims.c.user_id == user,
            claims.c.team == team,
            claims.c.origin.not_like(f"{JOB}%"),
        )
        newest = select(claims).where(theirs, _shown).order_by(claims.c.claimed_at.desc(), claims.c.id.desc())
        return [_claimed(row) for row in await self._database.rows(newest.limit(limit))]

    async def _take(
        self, statement: Executable, ticket: str, scope: ColumnElement[bool]
    ) -> Sequence[RowMapping]:
        """The rows that the statement marks with the ticket, in its first try or in a later one."""

        async def work(connection: AsyncConnection, again: bool) -> Sequence[RowMapping]:
            rows = await fetch(connection, statement)
            if not again:
                return rows
            return await fetch(connection, select(claims).where(scope, claims.c.ticket == ticket))

        return await self._database.run(work)


def _key(row: RowMapping) -> MessageKey:
    return MessageKey(
        platform=row["platform"], team=row["team"], channel=row["channel"], message=row["message"]
    )


def _held(key: MessageKey, owner: str) -> ColumnElement[bool]:
    return and_(is_message(claims, key), claims.c.owner == owner, _open)


def _leased(owner: str, lease: timedelta, ticket: str) -> dict[str, object]:
    return {"owner": owner, "leased_until": Now() + milliseconds(lease), "ticket": ticket}


def _ended(outcome: Outcome) -> Update:
    return update(claims).values(outcome=outcome, finished_at=Now())


def _due(platform: Platform, limit: int) -> Select[tuple[int]]:
    """Rows whose lease has run out. Postgres passes over those that another process is taking right now."""
    late = select(claims.c.id).where(claims.c.platform == platform, _open, claims.c.leased_until < Now())
    late = late.order_by(claims.c.leased_until).limit(limit).with_for_update(skip_locked=True)
    # By name: as a plain subquery, Postgres may evaluate it more than once and take more than the limit.
    return select(late.cte("due").c.id)


def _one(rows: Sequence[RowMapping]) -> Claimed | None:
    return _claimed(rows[0]) if rows else None


def _claimed(row: RowMapping) -> Claimed:
    return Claimed(
        key=_key(row),
        thread=row["thread"],
        user=row["user_id"],
        question=row["question"],
        origin=row["origin"],
        owner=row["owner"],
        attempt=row["attempt"],
        reply=row["reply"],
        answer=row["answer"],
        outcome=row["outcome"],
        claimed_at=moment(row["claimed_at"]),
        citations=row["citations"],
    )
