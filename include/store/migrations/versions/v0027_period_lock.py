"""The close of a period: people's roles, closes and reopenings, and the lock that every writer meets."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of the close, states of periods, and the triggers of the lock."""
    statements = Path(__file__).with_name("0027_period_lock.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
