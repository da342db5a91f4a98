"""Results of tie-outs: written as a whole, superseded by the next tie-out of the same thing, never deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from include.finance.tie_out import Side, TieOutRow, TieOutStatus
from include.store.database import FinanceDatabase, Row

# one row per cell of a check; what was superseded left out
_CURRENT = """
select r.read_instant, r.tied_at, r.actor, r.source_code, t.hop, t.check_name, t.batch_no, t.legal_entity_code, t.currency,
    t.subject_type, t.subject, t.period_name, t.left_count, t.right_count, t.left_debit_minor::bigint as left_debit_minor,
    t.left_credit_minor::bigint as left_credit_minor, t.right_debit_minor::bigint as right_debit_minor,
    t.right_credit_minor::bigint as right_credit_minor, t.status, t.explanation
from tie_out_run as r
join tie_out as t on t.run_id = r.id
where r.read_instant = %(read_instant)s and r.superseded_at is null
order by t.hop, r.source_code, t.legal_entity_code <> 'UNASSIGNED', t.legal_entity_code, t.row_no
"""


@dataclass(frozen=True, slots=True)
class TiedOut:
    """A row of a tie-out that stands, and when and for which source it was made (hops 4 and 5: for none)."""

    read_instant: datetime
    tied_at: datetime
    actor: str
    source_code: str | None
    row: TieOutRow


def read_tie_outs(database: FinanceDatabase, read_instant: datetime) -> Sequence[TiedOut]:
    """What the newest tie-outs for a read instant found, by hop, source and legal entity."""
    with database.transaction() as connection:
        rows = connection.execute(_CURRENT, {"read_instant": read_instant}).fetchall()
    return [_tied_out(row) for row in rows]


def _tied_out(row: Row) -> TiedOut:
    return TiedOut(
        row["read_instant"],
        row["tied_at"],
        row["actor"],
        row["source_code"],
        TieOutRow(
            hop=row["hop"],
            check_name=row["check_name"],
            legal_entity_code=row["legal_entity_code"],
            currency=row["currency"],
            subject_type=row["subject_type"],
            subject=row["subject"],
            left=Side(row["left_count"], row["left_debit_minor"], row["left_credit_minor"]),
            right=Side(row["right_count"], row["right_debit_minor"], row["right_credit_minor"]),
            status=TieOutStatus(row["status"]),
            explanation=row["explanation"],
            period_name=row["period_name"],
            batch_no=row["batch_no"],
        ),
    )
