"""Closes and reopenings in the finance database, and the word on a period that every writer meets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import errors
from psycopg.types.json import Jsonb

from include.finance.errors import PeriodCloseError
from include.finance.period_close import CloseItem, CloseSettings, Proposed
from include.store.database import Connection, Row

# What writers of entries share, taken alone: nobody books while a period changes (migration 0027).
_ALONE = "select pg_advisory_xact_lock(hashtextextended('tieout period ' || %s, 0))"
_START = """
insert into period_close (legal_entity_code, period_name, run_id, started_by, reason)
values (%(entity)s, %(period)s, %(run_id)s, %(by)s, %(reason)s)
on conflict (run_id, legal_entity_code, period_name) do nothing
"""
_OF_RUN = "select * from period_close where legal_entity_code = %(entity)s and period_name = %(period)s and run_id = %(run_id)s"
_OF_NUMBER = "select * from period_close where close_no = %s"
_OF_NUMBER_HELD = "select * from period_close where close_no = %s for update"
_LIVE = """
select * from period_close where legal_entity_code = %(entity)s and period_name = %(period)s and state in ('started', 'proposed')
"""
_SET_PERIOD = """
insert into accounting_period (legal_entity_code, period_name, state, changed_by, start_date, end_date, close_no, open_to_people, open_to_categories)
values (%(entity)s, %(period)s, %(state)s, %(by)s, %(start)s, %(end)s, %(close_no)s, %(people)s, %(categories)s)
on conflict (legal_entity_code, period_name) do update
set state = excluded.state, changed_at = now(), changed_by = excluded.changed_by, start_date = excluded.start_date, end_date = excluded.end_date,
    close_no = excluded.close_no, open_to_people = excluded.open_to_people, open_to_categories = excluded.open_to_categories
"""
_PROPOSE = """
update period_close
set state = 'proposed', close_hash = %(close_hash)s, trial_balance_hash = %(trial_balance_hash)s, erp_hash = %(erp_hash)s,
    erp_path = %(erp_path)s, erp_sha256 = %(erp_sha256)s, page_path = %(page_path)s, page_sha256 = %(page_sha256)s,
    workbook_path = %(workbook_path)s, workbook_sha256 = %(workbook_sha256)s, blockers = %(blockers)s, proposed_at = clock_timestamp(),
    -- an answer was given on other figures
    decision = case when close_hash = %(close_hash)s then decision end, decided_by = case when close_hash = %(close_hash)s then decided_by end,
    decided_at = case when close_hash = %(close_hash)s then decided_at end, comment = case when close_hash = %(close_hash)s then comment end,
    waivers = case when close_hash = %(close_hash)s then waivers else '{}' end
where close_no = %(close_no)s and state in ('started', 'proposed')
"""
_ANSWER = """
update period_close
set decision = %(decision)s, decided_by = %(by)s, decided_at = %(at)s, comment = %(comment)s, waivers = %(waivers)s, answer_fault = null
where close_no = %(close_no)s and state = 'proposed' and close_hash = %(close_hash)s and asked_hash = %(close_hash)s
"""
_ASK = "update period_close set asked_hash = close_hash where close_no = %(close_no)s and state = 'proposed'"
_FAULT = "update period_close set answer_fault = %(fault)s where close_no = %(close_no)s and state = 'proposed'"
_CLOSE = "update period_close set state = 'closed', ended_at = clock_timestamp() where close_no = %(close_no)s and state = 'proposed'"
_END = """
update period_close set state = 'ended', ended_at = clock_timestamp(), ended_because = %(because)s
where close_no = %(close_no)s and state in ('started', 'proposed')
"""
# what is on its way to the ERP, or waits to be sent, and would still change the period
_IN_FLIGHT = """
select state, count(*) as n from journal_entry
where legal_entity_code = %(entity)s and (period_name = %(period)s or posting_date between %(start)s and %(end)s)
    and state = any(%(states)s)
group by state order by state
"""
_PERIOD = "select * from accounting_period where legal_entity_code = %(entity)s and period_name = %(period)s"
_PLACE = """
select erp_code, start_date, end_date, fiscal_year, state as erp_state from erp_period
where legal_entity_code = %(entity)s and period_name = %(period)s order by synced_at desc limit 1
"""
_ENDING = """
select period_name from erp_period
where legal_entity_code = %(entity)s and end_date = %(end)s order by synced_at desc, start_date desc limit 1
"""
# overrides: what is booked on one person's proposal, and what one asked to be waived
_PREPARED = """
select 'reclassification ' || left(r.sha256, 12) as what
from reclassification as r
where lower(btrim(r.proposed_by)) = lower(btrim(%(person)s)) and r.batch_no in (
    select e.batch_no from journal_entry as e where e.legal_entity_code = %(entity)s and e.period_name = %(period)s)
union all
select 'the reversal of entry ' || r.reference
from entry_reversal as r
where lower(btrim(r.proposed_by)) = lower(btrim(%(person)s)) and r.batch_no in (
    select e.batch_no from journal_entry as e where e.legal_entity_code = %(entity)s and e.period_name = %(period)s)
union all
select 'the waiver of exceptions ' || x.group_code
from exception as x
where lower(btrim(x.word_by)) = lower(btrim(%(person)s)) and x.word = 'waived' and x.state = 'open' and x.legal_entity_code = %(entity)s
group by x.group_code
order by 1
"""
_CHANGED = """
select distinct on (e.reference) e.reference, t.to_state as state, t.actor
from period_close as c
join journal_entry as e on e.legal_entity_code = c.legal_entity_code and e.period_name = c.period_name
join posting_transition as t on t.journal_entry_id = e.id and t.at > c.proposed_at
where c.close_no = %(close_no)s
order by e.reference, t.at desc
"""
SENT = ("sending", "in_doubt", "created_unreleased", "posted")
UNSETTLED = ("ready", *SENT)


@dataclass(frozen=True, slots=True)
class Close:
    """An attempt to close a period, as the finance database has it."""

    close_no: int
    legal_entity_code: str
    period_name: str
    run_id: str
    started_by: str
    reason: str
    state: str
    close_hash: str | None
    trial_balance_hash: str | None
    erp_hash: str | None
    erp_path: str | None
    erp_sha256: str | None
    page_path: str | None
    page_sha256: str | None
    workbook_path: str | None
    workbook_sha256: str | None
    blockers: tuple[CloseItem, ...]
    asked_hash: str | None
    answer_fault: str | None
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    comment: str | None
    waivers: Mapping[str, str]
    ended_because: str | None

    def __str__(self) -> str:
        return f"close {self.close_no} of legal entity {self.legal_entity_code}, period {self.period_name}"


@dataclass(frozen=True, slots=True)
class PeriodPlace:
    """A period as its ERP has it: code of the ERP, days (both inclusive), fiscal year, whether it is open there."""

    erp_code: str
    start_date: date
    end_date: date
    fiscal_year: str
    erp_state: str


def take_periods_alone(connection: Connection, legal_entity_code: str) -> None:
    """Wait until nobody books for a legal entity, and keep all others waiting until the end of the transaction."""
    connection.execute(_ALONE, (legal_entity_code,))


def place_of(connection: Connection, legal_entity_code: str, period_name: str) -> PeriodPlace | None:
    """Where a period lies; None where no ERP has it, as far as the finance database knows."""
    row = connection.execute(_PLACE, {"entity": legal_entity_code, "period": period_name}).fetchone()
    return PeriodPlace(**row) if row else None


def period_ending(connection: Connection, legal_entity_code: str, end_date: date) -> str | None:
    """The name of the period that ends on a day; None where no ERP has it, as far as the finance database knows."""
    row = connection.execute(_ENDING, {"entity": legal_entity_code, "end": end_date}).fetchone()
    return str(row["period_name"]) if row else None


def our_state(connection: Connection, legal_entity_code: str, period_name: str) -> Row | None:
    """Our own word on a period; None where we never said one: it is open."""
    return connection.execute(_PERIOD, {"entity": legal_entity_code, "period": period_name}).fetchone()


def start(connection: Connection, legal_entity_code: str, period_name: str, run_id: str, by: str, reason: str) -> Close:
    """Begin a close, once for each run. Raises PeriodCloseError while another run is closing the same period."""
    given = {"entity": legal_entity_code, "period": period_name, "run_id": run_id, "by": by, "reason": reason}
    try:
        with connection.transaction():
            connection.execute(_START, given)
    except errors.UniqueViolation as error:
        live = connection.execute(_LIVE, given).fetchone()
        told = f"close {live['close_no']}, run {live['run_id']}, started by {live['started_by']}" if live else "another"
        raise PeriodCloseError(
            f"Period {period_name} of legal entity {legal_entity_code} is being closed already ({told}). Wait for that run, or end it "
            f"with `make close-end ENTITY={legal_entity_code} PERIOD={period_name} REASON=...`. Nothing was changed."
        ) from error
    row = connection.execute(_OF_RUN, given).fetchone()
    assert row is not None
    return _close(row)


def find_close(connection: Connection, close_no: int, *, for_update: bool = False) -> Close:
    """A close by its number."""
    row = connection.execute(_OF_NUMBER_HELD if for_update else _OF_NUMBER, (close_no,)).fetchone()
    if row is None:
        raise PeriodCloseError(
            f"There is no close {close_no} in the finance database; was it restored? Start a new one."
        )
    return _close(row)


def live_close(connection: Connection, legal_entity_code: str, period_name: str) -> Close | None:
    """The close of a period that is under way."""
    row = connection.execute(_LIVE, {"entity": legal_entity_code, "period": period_name}).fetchone()
    return _close(row) if row else None


def close_of_run(connection: Connection, legal_entity_code: str, period_name: str, run_id: str) -> Close | None:
    """The close that a run began."""
    given = {"entity": legal_entity_code, "period": period_name, "run_id": run_id}
    row = connection.execute(_OF_RUN, given).fetchone()
    return _close(row) if row else None


def unsettled(
    connection: Connection, close: Close, place: PeriodPlace, states: Sequence[str] = UNSETTLED
) -> dict[str, int]:
    """How many entries of the period are in each of these states."""
    given = {
        "entity": close.legal_entity_code,
        "period": close.period_name,
        "start": place.start_date,
        "end": place.end_date,
        "states": list(states),
    }
    return {row["state"]: row["n"] for row in connection.execute(_IN_FLIGHT, given)}


def set_period(
    connection: Connection, close: Close, place: PeriodPlace, state: str, by: str, settings: CloseSettings | None = None
) -> None:
    """Say our word on a period: open, soft_closed (with who and what still books) or closed."""
    connection.execute(
        _SET_PERIOD,
        {
            "entity": close.legal_entity_code,
            "period": close.period_name,
            "state": state,
            "by": by,
            "start": place.start_date,
            "end": place.end_date,
            "close_no": close.close_no,
            "people": list(settings.open_to_people) if settings else [],
            "categories": list(settings.open_to_categories) if settings else [],
        },
    )


def propose(
    connection: Connection,
    close: Close,
    proposed: Proposed,
    blockers: Sequence[CloseItem],
    places: Mapping[str, str],
) -> None:
    """Write down what is proposed; `places` are paths and hashes of its files. An answer on other figures is forgotten."""
    given: dict[str, Any] = {
        "close_no": close.close_no,
        "close_hash": proposed.close_hash,
        "trial_balance_hash": proposed.trial_balance_hash,
        "erp_hash": proposed.erp_hash,
        "page_sha256": proposed.page_sha256,
        "workbook_sha256": proposed.workbook_sha256,
        "blockers": Jsonb([item.to_plain() for item in blockers]),
        **places,
    }
    _once(connection.execute(_PROPOSE, given).rowcount, close)


def answer(
    connection: Connection,
    close: Close,
    *,
    decision: str,
    by: str,
    at: datetime,
    comment: str,
    waivers: Mapping[str, str],
) -> None:
    """Write a controller's answer down, on exactly the figures that were shown. Raises PeriodCloseError where they have moved on."""
    given = {
        "close_no": close.close_no,
        "close_hash": close.close_hash,
        "decision": decision,
        "by": by,
        "at": at,
        "comment": comment,
        "waivers": Jsonb(dict(waivers)),
    }
    _once(connection.execute(_ANSWER, given).rowcount, close)


def ask(connection: Connection, close: Close) -> None:
    """The figures as they are now are shown with a question."""
    _once(connection.execute(_ASK, {"close_no": close.close_no}).rowcount, close)


def note_fault(connection: Connection, close: Close, fault: str) -> None:
    """An answer did not count; why is shown when the question is asked again."""
    connection.execute(_FAULT, {"close_no": close.close_no, "fault": fault})


def mark_closed(connection: Connection, close: Close) -> None:
    """The close is done."""
    _once(connection.execute(_CLOSE, {"close_no": close.close_no}).rowcount, close)


def end(connection: Connection, close: Close, because: str) -> bool:
    """The close came to nothing; whether it was still under way."""
    return connection.execute(_END, {"close_no": close.close_no, "because": because}).rowcount > 0


def clock(connection: Connection) -> datetime:
    """The instant by the database's clock."""
    row = connection.execute("select clock_timestamp() as now").fetchone()
    assert row is not None
    now: datetime = row["now"]
    return now


def prepared_by(connection: Connection, close: Close, person: str) -> str:
    """What a person prepared of a period that they are to approve: a proposal to book anew, a waiver that they asked for."""
    given = {"entity": close.legal_entity_code, "period": close.period_name, "person": person}
    return ", ".join(row["what"] for row in connection.execute(_PREPARED, given))


def changed_since_proposal(connection: Connection, close: Close) -> list[Row]:
    """The latest step of each entry of the period that moved after the figures were made."""
    return connection.execute(_CHANGED, {"close_no": close.close_no}).fetchall()


def _once(count: int, close: Close) -> None:
    if count != 1:
        raise PeriodCloseError(
            f"The {close} has moved on or ended meanwhile; its run says how. Nothing was changed by this step."
        )


def _close(row: Row) -> Close:
    kept = {name: row[name] for name in Close.__slots__}
    kept["blockers"] = tuple(CloseItem(**item) for item in row["blockers"])
    return Close(**kept)
