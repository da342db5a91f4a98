"""What is posted in a later period than its own, and what that comes to."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `out_of_period` and the view `out_of_period_log`."""
    statements = Path(__file__).with_name("0021_out_of_period.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
