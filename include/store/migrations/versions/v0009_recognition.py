"""Recognition runs: batches of their own, how far each legal entity is recognised, and what was given up."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let batches be recognition runs, and add their tables."""
    statements = Path(__file__).with_name("0009_recognition.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
