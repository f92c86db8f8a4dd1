"""The sources of an answer; keys of the gateway; deliveries of webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    op.add_column("docsbot_claims", sa.Column("citations", sa.Text, nullable=False, server_default="[]"))
    op.create_table(
        "docsbot_keys",
        _row_id(),
        *_texts("name", "digest", "scopes"),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("name", name="docsbot_keys_name"),
        sa.UniqueConstraint("digest", name="docsbot_keys_digest"),
    )
    op.create_table(
        "docsbot_deliveries",
        _row_id(),
        *_texts("origin", "delivery"),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("origin", "delivery", name="docsbot_deliveries_key"),
    )
    op.create_index("docsbot_deliveries_age", "docsbot_deliveries", ["seen_at"])


def _row_id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
