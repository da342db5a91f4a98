"""Reclassifications: proposals to book documents anew, and who approved them."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `reclassification` and `reclassified_entry`, and the kind of batch."""
    statements = Path(__file__).with_name("0017_reclassification.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
