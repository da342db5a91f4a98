"""The pace at which an ERP is asked."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0040"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `request_pace`."""
    statements = Path(__file__).with_name("0040_request_pace.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
