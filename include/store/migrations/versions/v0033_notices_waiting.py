"""What a channel could not be told when it happened."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table `notice_waiting`."""
    statements = Path(__file__).with_name("0033_notices_waiting.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
