"""How long the stages of a night took."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table `stage_timing`."""
    statements = Path(__file__).with_name("0004_stage_timing.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
