"""The audit log: who changed what, written by the database itself, and chained."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `audit_log` and `audit_chain`, and what writes them."""
    statements = Path(__file__).with_name("0023_audit_log.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
