"""Opening a closed period again: asked for with a reason, approved by a second person, the latest closed period first.

What waited for it (`hold_for_reopen`) goes on with the next night. What went into a later period stays there; the next close of
the period lists what was booked meanwhile, with the trial balances before and after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from include.finance.errors import PeriodCloseError
from include.finance.exception_desk import is_same_person
from include.finance.period_close import ErpPeriods, PersonRole, has_role
from include.pipelines.close_checklist import require_place
from include.pipelines.period_close import ClosingWiring
from include.store import period_closes, period_reopenings
from include.store.database import Connection, Row
from include.store.people import controllers, role_spans
from include.store.period_reopenings import Reopening

_REFUSED, _REOPENED = "refused", "reopened"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a second person is asked: the reopening, the hash and page of what was closed, and what is late of the period."""

    reopening: Reopening
    page_location: str
    late: tuple[Row, ...]


def ask_reopening(
    wiring: ClosingWiring, legal_entity_code: str, period_name: str, *, run_id: str, by: str, reason: str
) -> Asked:
    """Ask for a period to be opened again. Raises PeriodCloseError where it is not closed, or a later one is."""
    if not by.strip() or not reason.strip():
        raise PeriodCloseError("Say who asks and why: a period is opened again by two people, for a reason.")
    with wiring.finance().transaction() as connection:
        require_place(connection, wiring.configuration, legal_entity_code, period_name)
        locked = _require_latest(connection, legal_entity_code, period_name)
        reopening = period_reopenings.ask(
            connection, legal_entity_code, period_name, locked["close_no"], run_id, by.strip(), reason.strip()
        )
        late = tuple(period_reopenings.late_of(connection, legal_entity_code, period_name))
    return Asked(reopening, wiring.evidence().where(reopening.before_path), late)


def asked(wiring: ClosingWiring, reopening_no: int) -> tuple[Asked, list[str]]:
    """What a second person is asked, and which controllers may answer."""
    with wiring.finance().transaction() as connection:
        reopening = period_reopenings.find_reopening(connection, reopening_no)
        entity = wiring.configuration.legal_entities[reopening.legal_entity_code]
        late = tuple(period_reopenings.late_of(connection, entity.code, reopening.period_name))
        today = entity.local_date(period_closes.clock(connection))
        people = controllers(connection, entity.code, today, but=reopening.asked_by)
    return Asked(reopening, wiring.evidence().where(reopening.before_path), late), people


def state_of(wiring: ClosingWiring, legal_entity_code: str, period_name: str) -> str:
    """Our word on a period: open, soft_closed or closed."""
    with wiring.finance().transaction() as connection:
        state = period_closes.our_state(connection, legal_entity_code, period_name)
    return str(state["state"]) if state else "open"


def answer_reopening(
    wiring: ClosingWiring, reopening_no: int, *, is_approved: bool, by: str, at: datetime
) -> Reopening:
    """Take the second person's answer; with a yes the period is open here from now on. Safe to repeat with the same answer."""
    with wiring.finance().transaction() as connection:
        reopening = period_reopenings.find_reopening(connection, reopening_no)
        wanted = _REOPENED if is_approved else _REFUSED
        if reopening.state == wanted and reopening.decided_by == by:
            return reopening
        entity = wiring.configuration.legal_entities[reopening.legal_entity_code]
        if is_approved:
            if is_same_person(by, reopening.asked_by):
                raise PeriodCloseError(
                    f"{by} asked for the {reopening} and cannot approve it: a second person does. The period stays closed."
                )
            day = entity.local_date(period_closes.clock(connection))
            if not has_role(role_spans(connection), by, PersonRole.CONTROLLER, entity.code, day):
                raise PeriodCloseError(
                    f"{by} is no controller of legal entity {entity.code} (`make access-review` lists who is). The period stays closed."
                )
            period_closes.take_periods_alone(connection, entity.code)
            locked = _require_latest(connection, entity.code, reopening.period_name)
            close = period_closes.find_close(connection, locked["close_no"])
            place = require_place(connection, wiring.configuration, entity.code, reopening.period_name)
            period_closes.set_period(connection, close, place, "open", by)
        period_reopenings.decide(connection, reopening, wanted, by, at)
        return period_reopenings.find_reopening(connection, reopening_no)


def reopen_in_erp(wiring: ClosingWiring, reopening_no: int) -> Reopening:
    """Open the period in the ERP as well, where closes close it there. Raises PeriodCloseError where nobody approved it."""
    with wiring.finance().transaction() as connection:
        reopening = period_reopenings.find_reopening(connection, reopening_no)
        state = period_closes.our_state(connection, reopening.legal_entity_code, reopening.period_name)
    if reopening.state != _REOPENED or state is None or state["state"] != "open":
        raise PeriodCloseError(
            f"The {reopening} is {reopening.state}: nobody approved it, or it was closed again. A task that was marked as done by hand is no "
            "approval. Nothing was changed."
        )
    entity = wiring.configuration.legal_entities[reopening.legal_entity_code]
    if wiring.configuration.closing_of(entity.code).erp_periods is not ErpPeriods.LEAVE:
        wiring.erp_periods(entity.erp_code).reopen_period(entity, reopening.period_name)
    return reopening


def end_asking(wiring: ClosingWiring, run_id: str, legal_entity_code: str, period_name: str) -> bool:
    """The run is over and nobody said yes: the question is taken back; whether it stood still."""
    with wiring.finance().transaction() as connection:
        return period_reopenings.end_asking(connection, run_id, legal_entity_code, period_name)


def _require_latest(connection: Connection, legal_entity_code: str, period_name: str) -> Row:
    locked = period_reopenings.locked_by(connection, legal_entity_code, period_name)
    if locked is None or locked["state"] != "closed" or locked["close_no"] is None:
        raise PeriodCloseError(
            f"Period {period_name} of legal entity {legal_entity_code} was not closed here ({locked['state'] if locked else 'open'}): there is "
            "nothing to open. Where the ERP has it closed, open it there."
        )
    if later := period_reopenings.later_closed(connection, legal_entity_code, locked):
        raise PeriodCloseError(
            f"Period {period_name} of legal entity {legal_entity_code} cannot be opened before {', '.join(reversed(later))}: those open with "
            "its figures. Reopen the latest first."
        )
    return locked
