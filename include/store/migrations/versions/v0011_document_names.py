"""Documents: the digest of their content in 128 bits, and first versions in the register alone."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the first half of the hashes, as UUIDs, and add `every_version`."""
    statements = Path(__file__).with_name("0011_document_names.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
