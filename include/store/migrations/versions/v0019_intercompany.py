"""Intercompany: what legal entities owe each other, by document and application."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `intercompany_leg`, and the sixth hop."""
    statements = Path(__file__).with_name("0019_intercompany.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
