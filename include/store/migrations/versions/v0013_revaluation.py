"""Revaluation runs: batches of their own, and journal entries that wait until another one is verified."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let batches be revaluation runs, and entries follow another one."""
    statements = Path(__file__).with_name("0013_revaluation.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
