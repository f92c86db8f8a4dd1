"""The gateway's keys."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from sqlalchemy import RowMapping, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.store.engine import Database, fetch
from bot.adapters.store.schema import keys
from bot.adapters.store.values import Now, moment
from bot.core.access import Key, Scope

PREFIX = "dk_"
"""Begins every key, so that a scanner of leaked secrets can tell what it found."""
_BYTES = 32
_LONGEST = 128  # characters that are worth a look
_MINUTE = 60_000


class StoredKeyring:
    """The port `Keyring` over a database.

    A key is 256 random bits, so that its plain SHA-256 can be kept: no list of words comes near it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, name: str, scopes: Sequence[Scope]) -> str | None:
        plaintext = PREFIX + secrets.token_urlsafe(_BYTES)
        digest = _digest(plaintext)
        row = self._database.insert(keys).values(
            name=name, digest=digest, scopes=tuple(dict.fromkeys(scopes)), made_at=Now()
        )
        made = row.on_conflict_do_nothing(index_elements=["name"]).returning(keys.c.id)
        mine = select(keys.c.id).where(keys.c.digest == digest)

        async def work(connection: AsyncConnection, again: bool) -> bool:
            rows = await fetch(connection, made)
            # A repeated call may find what it had written before the connection was lost.
            return bool(rows or (again and await fetch(connection, mine)))

        return plaintext if await self._database.run(work) else None

    async def find(self, plaintext: str) -> Key | None:
        if not plaintext.startswith(PREFIX) or len(plaintext) > _LONGEST:
            return None
        digest = _digest(plaintext)
        for row in await self._database.rows(select(keys).where(keys.c.digest == digest)):
            # The search by digest tells nothing of the key; this comparison could, and takes equal time.
            if hmac.compare_digest(row["digest"], digest):
                return _key(row)
        return None

    async def note_use(self, name: str) -> None:
        long_ago = or_(keys.c.used_at.is_(None), keys.c.used_at < Now() - _MINUTE)
        await self._database.change(update(keys).values(used_at=Now()).where(keys.c.name == name, long_ago))

    async def list(self) -> Sequence[Key]:
        return [_key(row) for row in await self._database.rows(select(keys).order_by(keys.c.id))]

    async def revoke(self, name: str) -> bool:
        removed = delete(keys).where(keys.c.name == name)

        async def work(connection: AsyncConnection, again: bool) -> bool:
            # A repeated call may have removed it before the connection was lost.
            return (await connection.execute(removed)).rowcount > 0 or again

        return await self._database.run(work)


def _digest(plaintext: str) -> str:
    return hashlib.sha256(plaintext.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: RowMapping) -> Key:
    scopes: tuple[Scope, ...] = tuple(row["scopes"])
    used = row["used_at"]
    return Key(
        name=row["name"],
        scopes=scopes,
        made_at=moment(row["made_at"]),
        used_at=None if used is None else moment(used),
    )
