"""Attempts: what the books were at when one was planned, and when the evidence of an abandoned one was removed."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `generation` and `tidied_at` to attempts."""
    statements = Path(__file__).with_name("0005_attempts.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
