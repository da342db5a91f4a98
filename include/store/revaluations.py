"""Revaluation runs in the finance database: where a source stands, what must be verified first, and the one commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.store.database import FinanceDatabase
from include.store.entry_exceptions import Assignments
from include.store.run_commits import RunHeader, RunKind, commit_batch_of_run

_UNVERIFIED = Path(__file__).with_name("sql") / "revalue" / "unverified.sql"
# what nights and people's word did to open items, and what runs booked; only those lines of the manifests, of which there are many
_FILES = """
select b.batch_no, f.value ->> 'dataset' as dataset, f.value as line
from batch as b
cross join lateral jsonb_array_elements(b.manifest) as f
where b.source_code = %s and f.value ->> 'dataset' in ('open_items', 'revalued_items')
order by b.batch_no
"""
_RUNS = "select count(*) as n from batch where source_code = %s and kind = 'revaluation'"
_LAST = "select revalued_batch_no from source_stream where source_code = %s"
_SUPERSEDED = """
select e.id::text as id from journal_entry as e join batch as b on b.batch_no = e.batch_no
where b.source_code = %s and e.state = 'superseded' order by 1
"""
_OPEN_EXCEPTION = """
insert into exception (cause, category, severity, owner, source_code, legal_entity_code, currency, amount_minor, risk_minor,
    risk_currency, subject_type, subject_id, message, suggested_fix)
values (%(cause)s, %(category)s, %(severity)s, %(owner)s, %(source)s, %(entity)s, %(currency)s, 0, %(risk_minor)s,
    %(risk_currency)s, 'revaluation', %(subject)s, %(message)s, %(suggested_fix)s)
on conflict (cause) do update set
    category = excluded.category, severity = excluded.severity, owner = excluded.owner, message = excluded.message,
    suggested_fix = excluded.suggested_fix, risk_minor = excluded.risk_minor, state = 'open', closed_at = null,
    opened_at = case when exception.state = 'open' then exception.opened_at else now() end
"""
_CLOSE_EXCEPTIONS = """
update exception set state = 'closed', closed_at = now()
where subject_type = 'revaluation' and source_code = %s and state = 'open' and legal_entity_code = any(%s) and cause <> all(%s)
"""
_KIND = RunKind(
    "revaluation",
    "select revalued_batch_no from tieout.source_stream where source_code = $1 for update",
    ("new_entry", "new_line", "new_balance", "new_follow"),
    ("revalue/batch",),
    ("revalue/follows", "revalue/stream"),
)


@dataclass(frozen=True, slots=True)
class RevaluationStanding:
    """Where revaluation of a source stands: evidence of open items and of runs, how many runs, the last one's batch.

    `superseded` are all its entries that were given up before they were posted.
    """

    open_items: tuple[EvidenceFile, ...]
    revalued: tuple[EvidenceFile, ...]
    run_count: int
    last_batch_no: int | None
    superseded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MissingRate:
    """Open items of a legal entity in a currency that cannot be valued; `risk_minor` is what they are worth in the books."""

    legal_entity_code: str
    period_name: str
    end_date: date
    currency: str
    source: str
    max_age_days: int
    risk_minor: int

    @property
    def message(self) -> str:
        """What is missing, for a person."""
        return (
            f"Legal entity {self.legal_entity_code}: source {self.source} has no closing rate of {self.currency} for "
            f"{self.end_date} or the {self.max_age_days} days before; its open items of period {self.period_name} are not revalued."
        )


def read_standing(database: FinanceDatabase, source_code: str) -> RevaluationStanding:
    """Where a source stands, in one snapshot."""
    with database.transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")

        def ask(query: str) -> list[Any]:
            return connection.execute(query, (source_code,)).fetchall()

        files = {
            name: manifest_from_json([row["line"] for row in ask(_FILES) if row["dataset"] == name])
            for name in ("open_items", "revalued_items")
        }
        last = ask(_LAST)
        return RevaluationStanding(
            tuple(files["open_items"]),
            tuple(files["revalued_items"]),
            ask(_RUNS)[0]["n"],
            last[0]["revalued_batch_no"] if last else None,
            tuple(row["id"] for row in ask(_SUPERSEDED)),
        )


def unverified(database: FinanceDatabase, source_code: str, starts: Mapping[str, date]) -> dict[str, str]:
    """Of legal entities and the first days of their periods: where an earlier revaluation is not verified yet, and why."""
    asked = {"source": source_code, "entities": list(starts), "starts": list(starts.values())}
    query: Any = _UNVERIFIED.read_bytes()
    with database.transaction() as connection:
        rows = connection.execute(query, asked).fetchall()
    return {
        row[
            "legal_entity_code"
        ]: f"Legal entity {row['legal_entity_code']}: {row['entry_count']} entries of an earlier revaluation are "
        f"not verified yet, first {row['reference']} of {row['posting_date']}; the next is made once they are. Post them, or open "
        "their period in the ERP."
        for row in rows
    }


def commit_run(database: FinanceDatabase, header: RunHeader, rows: Callable[[str], pa.Table]) -> None:
    """Commit everything of a run in one transaction, or nothing. Raises what `commit_batch_of_run` raises."""
    commit_batch_of_run(database, _KIND, header, {}, rows)


def settle_exceptions(
    database: FinanceDatabase,
    source_code: str,
    entities: Sequence[str],
    missing: Sequence[MissingRate],
    assignments: Assignments,
) -> None:
    """Leave these legal entities with exactly these exceptions about closing rates."""
    opened = {
        f"revaluation|{source_code}|{each.legal_entity_code}|{each.currency}|no_closing_rate": each for each in missing
    }
    with database.transaction() as connection:
        connection.execute(_CLOSE_EXCEPTIONS, (source_code, list(entities), list(opened)))
        for cause, each in opened.items():
            assigned = assignments["no_closing_rate", each.legal_entity_code]
            connection.execute(
                _OPEN_EXCEPTION,
                {
                    "cause": cause,
                    "category": assigned.category,
                    "severity": assigned.severity.value,
                    "owner": assigned.owner,
                    "source": source_code,
                    "entity": each.legal_entity_code,
                    "currency": each.currency,
                    "risk_minor": each.risk_minor,
                    "risk_currency": assigned.risk_currency,
                    "subject": f"{each.legal_entity_code} {each.currency} {each.period_name}",
                    "message": each.message,
                    "suggested_fix": assigned.suggested_fix,
                },
            )
