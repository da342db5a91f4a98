"""Reversing a posted entry by hand, on two people's word."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `entry_reversal` and `withdrawn_event`, and the kind of batch."""
    statements = Path(__file__).with_name("0031_reverse_entry.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
