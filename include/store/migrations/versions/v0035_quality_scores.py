"""Data-quality scores by night, and when documents were seen first."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `document_arrival` and `quality_score`."""
    statements = Path(__file__).with_name("0035_quality_scores.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
