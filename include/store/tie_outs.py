"""Results of tie-outs: written as a whole, superseded by the next tie-out of the same thing, never deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from include.finance.tie_out import Side, TieOutRow, TieOutStatus
from include.store.database import Connection, FinanceDatabase, Row
from include.store.entry_exceptions import Assignments

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

_SUPERSEDE = """
update tie_out_run set superseded_at = now()
where read_instant = %(read_instant)s and source_code is not distinct from %(source_code)s
    and legal_entity_code is not distinct from %(entity)s and superseded_at is null
"""
_RUN = """
insert into tie_out_run (id, read_instant, source_code, legal_entity_code, actor)
values (%(id)s, %(read_instant)s, %(source_code)s, %(entity)s, %(actor)s)
"""
_ROW = """
insert into tie_out (run_id, row_no, hop, check_name, batch_no, legal_entity_code, currency, subject_type, subject, period_name,
    left_count, right_count, left_debit_minor, left_credit_minor, right_debit_minor, right_credit_minor, status, explanation)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_OPEN_EXCEPTION = """
insert into exception (cause, category, severity, owner, source_code, legal_entity_code, currency, amount_minor, risk_minor,
    risk_currency, subject_type, subject_id, message, suggested_fix, first_batch_no, last_batch_no)
values (%(cause)s, %(category)s, %(severity)s, %(owner)s, %(source_code)s, %(entity)s, %(currency)s, %(amount_minor)s, %(risk_minor)s,
    %(risk_currency)s, 'tie_out', %(subject_id)s, %(message)s, %(suggested_fix)s, %(batch_no)s, %(batch_no)s)
on conflict (cause) do update set
    category = excluded.category, severity = excluded.severity, owner = excluded.owner, message = excluded.message,
    suggested_fix = excluded.suggested_fix, amount_minor = excluded.amount_minor,
    risk_minor = excluded.risk_minor, risk_currency = excluded.risk_currency, last_batch_no = excluded.last_batch_no,
    state = 'open', closed_at = null,
    opened_at = case when exception.state = 'open' then exception.opened_at else now() end
"""
# A hop that could not be judged leaves its exceptions as they are.
_CLOSE_EXCEPTIONS = """
update exception set state = 'closed', closed_at = now()
where subject_type = 'tie_out' and state = 'open' and starts_with(cause, %(scope)s) and cause <> all(%(kept)s)
    and split_part(cause, '|', 4)::int <> all(%(pending)s)
"""


@dataclass(frozen=True, slots=True)
class TieOutScope:
    """What is tied out for a read instant: a source (hops 1 to 3) or a legal entity (hops 4 to 6)."""

    read_instant: datetime
    source_code: str | None = None
    legal_entity_code: str | None = None

    @property
    def cause(self) -> str:
        """How the causes of its exceptions begin. The same thing ties out again tomorrow: no instant is in it."""
        kind, code = ("source", self.source_code) if self.source_code else ("entity", self.legal_entity_code)
        return f"tie_out|{kind}|{code}|"


@dataclass(frozen=True, slots=True)
class TiedOut:
    """A row of a tie-out that stands, and when and for which source it was made (hops 4 to 6: for none)."""

    read_instant: datetime
    tied_at: datetime
    actor: str
    source_code: str | None
    row: TieOutRow


def read_tie_outs(database: FinanceDatabase, read_instant: datetime) -> Sequence[TiedOut]:
    """What the newest tie-outs for a read instant found, by hop, source and legal entity."""
    with database.transaction() as connection:
        return current_tie_outs(connection, read_instant)


def current_tie_outs(connection: Connection, read_instant: datetime) -> Sequence[TiedOut]:
    """As `read_tie_outs`, in the caller's transaction."""
    return [_tied_out(row) for row in connection.execute(_CURRENT, {"read_instant": read_instant}).fetchall()]


def write_tie_out(
    database: FinanceDatabase, scope: TieOutScope, rows: Sequence[TieOutRow], actor: str, assignments: Assignments
) -> UUID:
    """Write what a tie-out found, with its exceptions, in one transaction; the one before it is superseded, not deleted.

    A difference opens an exception, or renews it; it closes by itself when the same thing ties out.
    """
    run_id = uuid4()
    named = {
        "id": run_id,
        "read_instant": scope.read_instant,
        "source_code": scope.source_code,
        "entity": scope.legal_entity_code,
        "actor": actor,
    }
    with database.transaction() as connection:
        # Of two at once the second waits, and supersedes the first.
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (scope.cause,))
        connection.execute(_SUPERSEDE, named)
        connection.execute(_RUN, named)
        with connection.cursor() as cursor:
            cursor.executemany(_ROW, [_values(run_id, number, row) for number, row in enumerate(rows)])
        _settle_exceptions(connection, scope, rows, assignments)
    return run_id


def _values(run_id: UUID, number: int, row: TieOutRow) -> tuple[object, ...]:
    left, right = row.left, row.right
    what = (row.hop, row.check_name, row.batch_no, row.legal_entity_code, row.currency)
    where = (row.subject_type, row.subject, row.period_name)
    sides = (left.debit_minor, left.credit_minor, right.debit_minor, right.credit_minor)
    return run_id, number, *what, *where, left.count, right.count, *sides, row.status.value, row.explanation


def _settle_exceptions(
    connection: Connection, scope: TieOutScope, rows: Iterable[TieOutRow], assignments: Assignments
) -> None:
    opened = {_cause(scope, row): row for row in rows if row.status is TieOutStatus.DIFFERENT}
    pending = sorted({row.hop for row in rows if row.status is TieOutStatus.PENDING})
    connection.execute(_CLOSE_EXCEPTIONS, {"scope": scope.cause, "kept": list(opened), "pending": pending})
    for cause, row in opened.items():
        is_ours = (row.exception_name, row.legal_entity_code) in assignments
        entity = row.legal_entity_code if is_ours else "UNASSIGNED"
        assigned = assignments[row.exception_name, entity]
        currency = row.currency if row.currency != "*" else "unknown"
        connection.execute(
            _OPEN_EXCEPTION,
            {
                "cause": cause,
                "category": assigned.category,
                "severity": assigned.severity.value,
                "owner": assigned.owner,
                "source_code": scope.source_code,
                "entity": entity,
                "currency": currency,
                "amount_minor": row.at_risk_minor,
                "risk_minor": assigned.risk_minor(currency, row.at_risk_minor),
                "risk_currency": assigned.risk_currency,
                "subject_id": row.title,
                "message": row.message,
                "suggested_fix": assigned.suggested_fix,
                "batch_no": row.batch_no,
            },
        )


def _cause(scope: TieOutScope, row: TieOutRow) -> str:
    cell = (row.legal_entity_code, row.currency, row.subject, row.period_name)
    return f"{scope.cause}{row.hop}|{row.check_name}|{'|'.join(cell)}|{row.exception_name}"


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
