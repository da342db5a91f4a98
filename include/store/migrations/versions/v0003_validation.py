"""Validations with their suites, and money at risk in functional currency."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of the validation, and two columns to `exception`."""
    statements = Path(__file__).with_name("0003_validation.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
