"""Journal entries as each legal entity wants them: what is netted, which document a line is of, how reversals are written."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `netted_amount`, `journal_entry.reversal_style` and `journal_line.document_uid`."""
    statements = Path(__file__).with_name("0012_summarisation.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
