"""Rule sets: the configuration that each batch was accounted by, kept as text."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `rule_set`."""
    statements = Path(__file__).with_name("0010_rule_set.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
