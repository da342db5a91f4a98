"""Bookings: the digest of an event's content in 128 bits."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the first half of `payload_hash`, as a UUID."""
    statements = Path(__file__).with_name("0006_payload_name.sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(statements)
