"""The standing check of evidence."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `evidence_check`, `evidence_file_check` and `evidence_age`."""
    statements = Path(__file__).with_name("0037_evidence_check.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
