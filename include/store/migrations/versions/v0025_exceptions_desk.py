"""The exceptions desk: what people say of an exception, what it puts at risk, and when it is due."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns to `exception`, and the view `exception_desk`."""
    statements = Path(__file__).with_name("0025_exceptions_desk.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
