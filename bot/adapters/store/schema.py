"""The tables. A change here needs a revision in `migrations/versions` and its name in `HEAD`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    and_,
    text,
)

from bot.adapters.store.values import Citations, WordList, Words
from bot.core.state import MessageKey, Platform, ThreadKey

HEAD = "0002"
"""The revision that these tables are."""
VERSION_TABLE = "docsbot_schema"

metadata = MetaData()

KEY = ("platform", "team", "channel", "message")
THREAD = ("platform", "team", "channel", "thread")


def _row_id() -> Column[int]:
    # SQLite numbers rows by itself only where the type is INTEGER.
    return Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)


def _words(*names: str) -> list[Column[str]]:
    return [Column(name, Words, nullable=False) for name in names]


def _stamp(name: str, *, nullable: bool = False) -> Column[int]:
    """Milliseconds since 1970, by the database's clock."""
    return Column(name, BigInteger, nullable=nullable)


claims = Table(
    "docsbot_claims",
    metadata,
    _row_id(),
    *_words(*KEY, "thread", "user_id", "question", "origin", "owner"),
    Column("attempt", Integer, nullable=False),
    *_words("reply", "answer"),
    Column("outcome", Words, nullable=True),
    _stamp("claimed_at"),
    _stamp("leased_until"),
    _stamp("finished_at", nullable=True),
    # Which call changed the row last, so that one that lost its connection can be told from another's.
    *_words("ticket"),
    Column("citations", Citations, nullable=False, server_default="[]"),
    UniqueConstraint(*KEY, name="docsbot_claims_key"),
    Index(
        "docsbot_claims_due",
        "platform",
        "leased_until",
        postgresql_where=text("outcome IS NULL"),
        sqlite_where=text("outcome IS NULL"),
    ),
    Index(
        "docsbot_claims_reply",
        "platform",
        "team",
        "channel",
        "reply",
        postgresql_where=text("reply <> ''"),
        sqlite_where=text("reply <> ''"),
    ),
    Index("docsbot_claims_thread", *THREAD),
    Index("docsbot_claims_person", "platform", "user_id", "team", "claimed_at"),
    Index("docsbot_claims_age", "claimed_at"),
)

turns = Table(
    "docsbot_turns",
    metadata,
    _row_id(),
    *_words(*THREAD, "message"),
    Column("position", Integer, nullable=False),
    *_words("role", "text", "user_id"),
    _stamp("said_at"),
    UniqueConstraint(*THREAD, "message", "position", name="docsbot_turns_key"),
    Index("docsbot_turns_newest", *THREAD, "id"),
    Index("docsbot_turns_person", "platform", "user_id"),
    Index("docsbot_turns_age", "said_at"),
)

votes = Table(
    "docsbot_votes",
    metadata,
    _row_id(),
    *_words(*KEY, "user_id"),
    Column("up", Boolean, nullable=False),
    *_words("question", "answer"),
    Column("sources", WordList, nullable=False),
    *_words("comment"),
    _stamp("voted_at"),
    UniqueConstraint(*KEY, "user_id", name="docsbot_votes_key"),
    Index("docsbot_votes_person", "platform", "user_id"),
    Index("docsbot_votes_age", "voted_at"),
)

gaps = Table(
    "docsbot_gaps",
    metadata,
    _row_id(),
    *_words(*KEY, "fold", "question", "reason"),
    _stamp("asked_at"),
    UniqueConstraint(*KEY, name="docsbot_gaps_key"),
    Index("docsbot_gaps_age", "asked_at"),
)

channels = Table(
    "docsbot_channels",
    metadata,
    _row_id(),
    *_words("platform", "team", "channel"),
    Column("sources", WordList, nullable=False),
    *_words("mode", "language", "user_id"),
    _stamp("changed_at"),
    UniqueConstraint("platform", "team", "channel", name="docsbot_channels_key"),
)

escalations = Table(
    "docsbot_escalations",
    metadata,
    _row_id(),
    *_words(*KEY, "thread", "user_id", "question", "desk_channel", "desk_message"),
    Column("answered", Boolean, nullable=False),
    _stamp("opened_at"),
    UniqueConstraint(*KEY, name="docsbot_escalations_key"),
    Index("docsbot_escalations_desk", "platform", "team", "desk_channel", "desk_message"),
    Index("docsbot_escalations_person", "platform", "user_id"),
    Index("docsbot_escalations_age", "opened_at"),
)


keys = Table(
    "docsbot_keys",
    metadata,
    _row_id(),
    *_words("name", "digest"),
    Column("scopes", WordList, nullable=False),
    _stamp("made_at"),
    _stamp("used_at", nullable=True),
    UniqueConstraint("name", name="docsbot_keys_name"),
    UniqueConstraint("digest", name="docsbot_keys_digest"),
)

deliveries = Table(
    "docsbot_deliveries",
    metadata,
    _row_id(),
    *_words("origin", "delivery"),
    _stamp("seen_at"),
    UniqueConstraint("origin", "delivery", name="docsbot_deliveries_key"),
    Index("docsbot_deliveries_age", "seen_at"),
)


def is_message(table: Table, key: MessageKey) -> ColumnElement[bool]:
    """The rows of that message."""
    return and_(is_channel(table, key.platform, key.team, key.channel), table.c.message == key.message)


def is_thread(table: Table, key: ThreadKey) -> ColumnElement[bool]:
    """The rows of that conversation."""
    return and_(is_channel(table, key.platform, key.team, key.channel), table.c.thread == key.thread)


def is_channel(table: Table, platform: Platform, team: str, channel: str) -> ColumnElement[bool]:
    """The rows of that channel."""
    return and_(table.c.platform == platform, table.c.team == team, table.c.channel == channel)


def key_values(key: MessageKey) -> dict[str, str]:
    return {"platform": key.platform, "team": key.team, "channel": key.channel, "message": key.message}
