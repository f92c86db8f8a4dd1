"""Alembic's entry: it runs this file with the connection that `bot.adapters.store.migrate` gives it."""

from __future__ import annotations

from alembic import context

from bot.adapters.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # SQLite changes a column by copying the table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
