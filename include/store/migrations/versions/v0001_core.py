"""The first version of the finance database: batches, register, events, journals, exceptions, reference data."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the schema `tieout`."""
    statements = Path(__file__).with_name("0001_core.sql").read_text(encoding="utf-8")
    # On the driver's own cursor: many statements, and percent signs that are no parameters.
    op.get_bind().connection.cursor().execute(statements)
