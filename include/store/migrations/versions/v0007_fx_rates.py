"""Exchange rates: what a source published, and every correction of it."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table `fx_rate`."""
    statements = Path(__file__).with_name("0007_fx_rates.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
