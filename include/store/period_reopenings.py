"""Periods that were opened again, in the finance database: on whose word, and what was booked until they were closed again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import errors

from include.finance.errors import PeriodCloseError
from include.store.database import Connection, Row
from include.store.period_closes import Close

_ASK = """
insert into period_reopening (legal_entity_code, period_name, close_no, run_id, asked_by, reason, before_hash, before_path, before_sha256)
select c.legal_entity_code, c.period_name, c.close_no, %(run_id)s, %(by)s, %(reason)s, c.trial_balance_hash, c.page_path, c.page_sha256
from period_close as c
where c.close_no = %(close_no)s
on conflict (run_id, legal_entity_code, period_name) do nothing
"""
_OF_RUN = "select * from period_reopening where legal_entity_code = %s and period_name = %s and run_id = %s"
_OF_NUMBER = "select * from period_reopening where reopening_no = %s for update"
_DECIDE = """
update period_reopening set state = %(state)s, decided_by = %(by)s, decided_at = %(at)s
where reopening_no = %(number)s and state = 'asked'
"""
_ENDED = """
update period_reopening set state = 'refused' where run_id = %s and legal_entity_code = %s and period_name = %s and state = 'asked'
"""
_CLOSED_AGAIN = """
update period_reopening
set state = 'closed_again', closed_again_no = %(close_no)s, after_hash = %(after_hash)s, after_path = %(after_path)s, after_sha256 = %(after_sha256)s
where legal_entity_code = %(entity)s and period_name = %(period)s and state = 'reopened'
"""
_BY_CLOSE = "select * from period_reopening where closed_again_no = %s order by reopening_no"
_BETWEEN = """
select e.reference, e.category, e.document_count as documents, min(t.at) as at, min(t.actor) as actor
from period_reopening as o
join journal_entry as e on e.legal_entity_code = o.legal_entity_code and e.period_name = o.period_name
join posting_transition as t on t.journal_entry_id = e.id and t.to_state = 'posted' and t.at > o.decided_at
left join period_close as c on c.close_no = o.closed_again_no
where o.reopening_no = %s and t.at <= coalesce(c.ended_at, 'infinity')
group by e.reference, e.category, e.document_count
order by 4, 1
"""
# the close that locked a period, and the later ones of the legal entity that are closed too
_LOCKED_BY = """
select a.close_no, a.state, a.end_date from accounting_period as a where a.legal_entity_code = %s and a.period_name = %s
"""
_LATER = """
select period_name from accounting_period
where legal_entity_code = %s and state <> 'open' and start_date > %s order by start_date
"""
# what of the period stands in others, or waits for it to be opened
_LATE = """
select measure, state, posted_period, document_count, amount_minor, functional_currency from out_of_period_log
where legal_entity_code = %s and own_period = %s order by state, posted_period, measure
"""


@dataclass(frozen=True, slots=True)
class Reopening:
    """A period that somebody asked to open again, as the finance database has it."""

    reopening_no: int
    legal_entity_code: str
    period_name: str
    close_no: int
    run_id: str
    asked_by: str
    reason: str
    state: str
    before_hash: str
    before_path: str
    decided_by: str | None
    decided_at: datetime | None
    closed_again_no: int | None
    after_hash: str | None

    def __str__(self) -> str:
        return f"reopening {self.reopening_no} of legal entity {self.legal_entity_code}, period {self.period_name}"


def locked_by(connection: Connection, legal_entity_code: str, period_name: str) -> Row | None:
    """Which close locked a period, and our word on it; None where we never said one."""
    return connection.execute(_LOCKED_BY, (legal_entity_code, period_name)).fetchone()


def later_closed(connection: Connection, legal_entity_code: str, after: Row) -> list[str]:
    """Later periods of the legal entity that are not open, in order."""
    rows = connection.execute(_LATER, (legal_entity_code, after["end_date"])).fetchall()
    return [row["period_name"] for row in rows]


def late_of(connection: Connection, legal_entity_code: str, period_name: str) -> list[Row]:
    """What belongs to a period and is booked elsewhere, or waits for it."""
    return connection.execute(_LATE, (legal_entity_code, period_name)).fetchall()


def ask(
    connection: Connection, legal_entity_code: str, period_name: str, close_no: int, run_id: str, by: str, reason: str
) -> Reopening:
    """Ask once for each run. Raises PeriodCloseError while another run asks for the same period."""
    try:
        with connection.transaction():
            connection.execute(_ASK, {"close_no": close_no, "run_id": run_id, "by": by, "reason": reason})
    except errors.UniqueViolation as error:
        raise PeriodCloseError(
            f"Another run asks to open period {period_name} of legal entity {legal_entity_code} already; answer that one."
        ) from error
    row = connection.execute(_OF_RUN, (legal_entity_code, period_name, run_id)).fetchone()
    assert row is not None
    return _reopening(row)


def find_reopening(connection: Connection, reopening_no: int) -> Reopening:
    """One by its number, held until the end of the transaction."""
    row = connection.execute(_OF_NUMBER, (reopening_no,)).fetchone()
    if row is None:
        raise PeriodCloseError(
            f"There is no reopening {reopening_no} in the finance database; was it restored? Ask again."
        )
    return _reopening(row)


def decide(connection: Connection, reopening: Reopening, state: str, by: str, at: datetime) -> None:
    """Write a second person's answer down, once."""
    given = {"number": reopening.reopening_no, "state": state, "by": by, "at": at}
    if connection.execute(_DECIDE, given).rowcount != 1:
        raise PeriodCloseError(f"The {reopening} was answered already. Nothing was changed.")


def end_asking(connection: Connection, run_id: str, legal_entity_code: str, period_name: str) -> bool:
    """Nobody said yes: whether that is new."""
    return connection.execute(_ENDED, (run_id, legal_entity_code, period_name)).rowcount > 0


def closed_again(connection: Connection, close: Close) -> None:
    """Write down at what figures a reopened period was closed again."""
    connection.execute(
        _CLOSED_AGAIN,
        {
            "close_no": close.close_no,
            "after_hash": close.trial_balance_hash,
            "after_path": close.page_path,
            "after_sha256": close.page_sha256,
            "entity": close.legal_entity_code,
            "period": close.period_name,
        },
    )


def reopenings_ended_by(connection: Connection, close: Close) -> list[Reopening]:
    """The reopenings that this close ended."""
    return [_reopening(row) for row in connection.execute(_BY_CLOSE, (close.close_no,)).fetchall()]


def booked_between(connection: Connection, reopening: Reopening) -> list[Row]:
    """Entries of the period that were posted while it was open again, in order."""
    return connection.execute(_BETWEEN, (reopening.reopening_no,)).fetchall()


def _reopening(row: Row) -> Reopening:
    return Reopening(**{name: row[name] for name in Reopening.__slots__})
