"""The first tables: claims, turns, votes, gaps, channels, escalations.

A revision is never changed after its release, so this one imports nothing of `schema`. None has a way back:
what an upgrade removed is not to be had again but from a backup.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_KEY = ("platform", "team", "channel", "message")
_THREAD = ("platform", "team", "channel", "thread")


def upgrade() -> None:
    _make_claims()
    _make_turns()
    _make_feedback()
    _make_channels()
    _make_escalations()


def _row_id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _moment(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _index(table: str, name: str, *columns: str, where: str = "") -> None:
    partial = sa.text(where) if where else None
    op.create_index(
        f"docsbot_{table}_{name}",
        f"docsbot_{table}",
        list(columns),
        postgresql_where=partial,
        sqlite_where=partial,
    )


def _make_claims() -> None:
    op.create_table(
        "docsbot_claims",
        _row_id(),
        *_texts(*_KEY, "thread", "user_id", "question", "origin", "owner"),
        sa.Column("attempt", sa.Integer, nullable=False),
        *_texts("reply", "answer"),
        sa.Column("outcome", sa.Text, nullable=True),
        _moment("claimed_at"),
        _moment("leased_until"),
        _moment("finished_at", nullable=True),
        *_texts("ticket"),
        sa.UniqueConstraint(*_KEY, name="docsbot_claims_key"),
    )
    _index("claims", "due", "platform", "leased_until", where="outcome IS NULL")
    _index("claims", "reply", "platform", "team", "channel", "reply", where="reply <> ''")
    _index("claims", "thread", *_THREAD)
    _index("claims", "person", "platform", "user_id", "team", "claimed_at")
    _index("claims", "age", "claimed_at")


def _make_turns() -> None:
    op.create_table(
        "docsbot_turns",
        _row_id(),
        *_texts(*_THREAD, "message"),
        sa.Column("position", sa.Integer, nullable=False),
        *_texts("role", "text", "user_id"),
        _moment("said_at"),
        sa.UniqueConstraint(*_THREAD, "message", "position", name="docsbot_turns_key"),
    )
    _index("turns", "newest", *_THREAD, "id")
    _index("turns", "person", "platform", "user_id")
    _index("turns", "age", "said_at")


def _make_feedback() -> None:
    op.create_table(
        "docsbot_votes",
        _row_id(),
        *_texts(*_KEY, "user_id"),
        sa.Column("up", sa.Boolean, nullable=False),
        *_texts("question", "answer", "sources", "comment"),
        _moment("voted_at"),
        sa.UniqueConstraint(*_KEY, "user_id", name="docsbot_votes_key"),
    )
    _index("votes", "person", "platform", "user_id")
    _index("votes", "age", "voted_at")
    op.create_table(
        "docsbot_gaps",
        _row_id(),
        *_texts(*_KEY, "fold", "question", "reason"),
        _moment("asked_at"),
        sa.UniqueConstraint(*_KEY, name="docsbot_gaps_key"),
    )
    _index("gaps", "age", "asked_at")


def _make_channels() -> None:
    op.create_table(
        "docsbot_channels",
        _row_id(),
        *_texts("platform", "team", "channel", "sources", "mode", "language", "user_id"),
        _moment("changed_at"),
        sa.UniqueConstraint("platform", "team", "channel", name="docsbot_channels_key"),
    )


def _make_escalations() -> None:
    op.create_table(
        "docsbot_escalations",
        _row_id(),
        *_texts(*_KEY, "thread", "user_id", "question", "desk_channel", "desk_message"),
        sa.Column("answered", sa.Boolean, nullable=False),
        _moment("opened_at"),
        sa.UniqueConstraint(*_KEY, name="docsbot_escalations_key"),
    )
    _index("escalations", "desk", "platform", "team", "desk_channel", "desk_message")
    _index("escalations", "person", "platform", "user_id")
    _index("escalations", "age", "opened_at")
