"""What the finance database holds of one night, as lines of JSON in an order that is always the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from include.store.database import Connection
from include.store.rule_sets import read_rule_sets

_SQL = Path(__file__).with_name("sql") / "pack"
PARTS = (
    *("approvals", "audit", "batches", "exceptions", "journal_entries", "journal_lines", "outcomes"),
    *("posting_transitions", "tie_out", "validations"),
)
_FETCHED = 1000  # rows at a time: a night of any size goes through


@dataclass(frozen=True, slots=True)
class NightFacts:
    """One snapshot of everything that the finance database holds of a night."""

    connection: Connection
    read_instant: datetime

    def lines(self, part: str) -> Iterator[bytes]:
        """The rows of one of PARTS, each a line of JSON."""
        asked = {"read_instant": self.read_instant, "night": self.read_instant.astimezone(UTC).isoformat()}
        with self.connection.cursor(f"pack_{part}") as cursor:
            cursor.itersize = _FETCHED
            cursor.execute((_SQL / f"{part}.sql").read_bytes(), asked)
            for row in cursor:
                yield row["line"].encode() + b"\n"

    def rule_sets(self) -> dict[str, str]:
        """The texts of all configuration files that the batches were accounted by: `<hash>/<file>`."""
        rows = self.connection.execute(
            "select distinct rule_set_sha256 as sha256 from batch where read_instant = %s", (self.read_instant,)
        ).fetchall()
        kept = read_rule_sets(self.connection, [row["sha256"] for row in rows])
        return {f"{sha256}/{name}": text for sha256, each in kept.items() for name, text in each.files.items()}

    def batch_numbers(self) -> list[int]:
        """The batches of the night."""
        rows = self.connection.execute(
            "select batch_no from batch where read_instant = %s order by batch_no", (self.read_instant,)
        )
        return [row["batch_no"] for row in rows]


def night_facts(connection: Connection, read_instant: datetime) -> NightFacts:
    """The night in the connection's transaction, which is made one snapshot that only reads, with times in UTC."""
    connection.execute("set transaction isolation level repeatable read, read only")
    connection.execute("set local timezone = 'UTC'")
    return NightFacts(connection, read_instant)
