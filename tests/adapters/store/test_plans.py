"""The hot queries are answered by indexes, however large the tables grow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, ExecutionContext, event, insert, text

from bot.adapters.store.deliveries import StoredDeliveries
from bot.adapters.store.engine import Database, transaction
from bot.adapters.store.escalations import StoredEscalations
from bot.adapters.store.feedback import StoredFeedback
from bot.adapters.store.keys import StoredKeyring
from bot.adapters.store.ledger import StoredLedger
from bot.adapters.store.memory import StoredMemory
from bot.adapters.store.privacy import StoredPrivacy
from bot.adapters.store.schema import (
    claims,
    deliveries,
    escalations,
    gaps,
    keys,
    metadata,
    turns,
    votes,
)
from bot.adapters.store.statistics import StoredStatistics
from bot.core.models import Turn
from tests.contracts.state_cases import LONG, escalation, key, thread, vote

ROWS = 3_000
LATER = datetime(2050, 1, 1, tzinfo=UTC)
"""After all rows: who asks for all of them is served best by reading them."""
CALLS: dict[str, Callable[[Database], Awaitable[object]]] = {
    "claim": lambda db: StoredLedger(db).claim(
        key("new"), owner="a", thread="", user="", question="", origin=""
    ),
    "renew": lambda db: StoredLedger(db).renew(key("7"), owner="a", lease=LONG),
    "renew_all": lambda db: StoredLedger(db).renew_all([key("7"), key("8")], owner="a", lease=LONG),
    "note_reply": lambda db: StoredLedger(db).note_reply(key("7"), owner="a", reply="r"),
    "finish": lambda db: StoredLedger(db).finish(key("7"), owner="a", outcome="answered", answer=""),
    "revoke": lambda db: StoredLedger(db).revoke(key("7"), outcome="retracted"),
    "reopen": lambda db: StoredLedger(db).reopen(key("7"), owner="a", question="other"),
    "take_over": lambda db: StoredLedger(db).take_over(platform="slack", owner="b", lease=LONG),
    "get": lambda db: StoredLedger(db).get(key("7")),
    "find_reply": lambda db: StoredLedger(db).find_reply(platform="slack", team="T", channel="C", reply="r7"),
    "owns_thread": lambda db: StoredLedger(db).owns_thread(thread("7")),
    "asked_by": lambda db: StoredLedger(db).asked_by(platform="slack", team="T", user="U7", limit=5),
    "turns": lambda db: StoredMemory(db).turns(thread("7"), limit=6),
    "remember": lambda db: StoredMemory(db).remember(thread("7"), Turn(role="user", text=""), message="7"),
    "vote": lambda db: StoredFeedback(db).vote(vote(key("7"))),
    "votes": lambda db: StoredFeedback(db).votes(key("7")),
    "note_gap": lambda db: StoredFeedback(db).note_gap(key("7"), question="", reason=""),
    "open": lambda db: StoredEscalations(db).open(escalation(key("7"))),
    "find": lambda db: StoredEscalations(db).find(platform="slack", team="T", channel="D", message="d7"),
    "close": lambda db: StoredEscalations(db).close(key("7")),
    "expire": lambda db: StoredPrivacy(db).expire(older_than=datetime.now(UTC) - timedelta(days=9)),
    "make": lambda db: StoredKeyring(db).make("new", ["ask"]),
    "find key": lambda db: StoredKeyring(db).find("dk_x"),
    "note_use": lambda db: StoredKeyring(db).note_use("key 7"),
    "revoke key": lambda db: StoredKeyring(db).revoke("key 7"),
    "take": lambda db: StoredDeliveries(db).take("github", "new"),
    "questions": lambda db: StoredStatistics(db).questions(since=LATER),
    "latency": lambda db: StoredStatistics(db).latency(since=LATER),
    "count votes": lambda db: StoredStatistics(db).votes(since=LATER),
    "recent gaps": lambda db: StoredStatistics(db).gaps(since=LATER, limit=5),
}


async def fill(database: Database) -> None:
    """Many rows, nearly all of claims that are over."""
    rows = [
        {
            "platform": "slack",
            "team": "T",
            "channel": "C",
            "message": str(number),
            "thread": str(number),
            "user_id": f"U{number}",
            "question": "w" * 500,
            "origin": "",
            "owner": "a",
            "attempt": 1,
            "reply": f"r{number}",
            "answer": "",
            "ticket": "",
            "claimed_at": 2**41,
            "outcome": "answered" if number % 100 else None,
            "leased_until": number,
            "position": 0,
            "role": "user",
            "text": "",
            "said_at": 2**41,
            "fold": "",
            "reason": "",
            "asked_at": 2**41,
            "up": True,
            "sources": (),
            "comment": "",
            "voted_at": 2**41,
            "answered": False,
            "desk_channel": "D",
            "desk_message": f"d{number}",
            "opened_at": 2**41,
            "name": f"key {number}",
            "digest": str(number),
            "scopes": ("ask",),
            "made_at": 2**41,
            "used_at": None,
            "delivery": str(number),
            "seen_at": 2**41,
        }
        for number in range(ROWS)
    ]
    async with transaction(database.engine) as connection:
        for table in (claims, turns, votes, gaps, escalations, keys, deliveries):
            names = [column.name for column in table.columns if column.name in rows[0]]
            await connection.execute(insert(table), [{name: row[name] for name in names} for row in rows])
    async with database.engine.connect() as connection:
        await connection.execute(text("ANALYZE"))


@contextmanager
def recording(database: Database) -> Iterator[list[tuple[str, object]]]:
    """The statements that are sent meanwhile, with their values."""
    sent: list[tuple[str, object]] = []

    def record(
        connection: Connection,
        cursor: object,
        statement: str,
        parameters: object,
        context: ExecutionContext,
        many: object,
    ) -> None:
        if "docsbot_" in statement:
            sent.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", record)
    try:
        yield sent
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", record)


async def test_hot_calls_search_indexes(database: Database) -> None:
    await fill(database)
    explain = "EXPLAIN QUERY PLAN " if database.place.kind == "sqlite" else "EXPLAIN "
    scan = "SCAN docsbot_" if database.place.kind == "sqlite" else "Seq Scan"
    for name, call in CALLS.items():
        with recording(database) as sent:
            await call(database)
        assert sent, name
        async with database.engine.connect() as connection:
            for statement, parameters in sent:
                assert isinstance(parameters, (tuple, dict))
                plan = (await connection.exec_driver_sql(explain + statement, parameters)).all()
                lines = "\n".join(str(row[-1]) for row in plan)
                assert scan not in lines, f"{name}: {statement}\n{lines}"


async def test_a_query_without_an_index_would_be_seen(database: Database) -> None:
    await fill(database)
    explain = "EXPLAIN QUERY PLAN " if database.place.kind == "sqlite" else "EXPLAIN "
    async with database.engine.connect() as connection:
        query = text(f"{explain}SELECT * FROM docsbot_claims WHERE owner = 'x'")
        plan = (await connection.execute(query)).all()
    assert any(sign in str(plan) for sign in ("SCAN docsbot_", "Seq Scan"))


def test_every_table_is_filled() -> None:
    """A table that is new belongs into `fill` and `CALLS`; settings of channels are few."""
    assert set(metadata.tables) == {
        f"docsbot_{name}"
        for name in ("claims", "turns", "votes", "gaps", "escalations", "channels", "keys", "deliveries")
    }
