"""Alembic environment: migrations are SQL files, run on the connection that include.store.migrate hands over."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="tieout_schema_version", transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
