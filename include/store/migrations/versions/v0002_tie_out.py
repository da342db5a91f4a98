"""Tie-out results, running document totals and control balances."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of the tie-out to the schema `tieout`."""
    statements = Path(__file__).with_name("0002_tie_out.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
