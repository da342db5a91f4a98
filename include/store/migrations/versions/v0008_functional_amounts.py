"""Amounts in functional currency beside those of the transaction, on journal lines and running balances."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add functional amounts, and let the balance of an entry be checked in both currencies."""
    statements = Path(__file__).with_name("0008_functional_amounts.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
