"""What people were told."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table `notification`."""
    statements = Path(__file__).with_name("0029_notifications.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
