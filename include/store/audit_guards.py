"""What writes the audit log: are all of its triggers there, at work, and the same as when they were made?"""

from __future__ import annotations

from pathlib import Path

from include.store.database import Connection

_GUARDS = Path(__file__).with_name("sql") / "audit" / "guards.sql"


def broken_guards(connection: Connection) -> list[str]:
    """One sentence per trigger that is gone, off, or another than the log says that it was made."""
    return [f"trigger {row['guard']}: {row['fact']}" for row in connection.execute(_GUARDS.read_bytes()).fetchall()]
