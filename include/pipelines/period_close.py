"""Closing a period of a legal entity, step by step. Each step is safe to repeat, and none trusts what another handed on.

begin -> soft_lock -> propose -> (a controller answers) -> lock -> publish; release opens the period again where it was not locked.
The answer counts as it stands in the finance database, written there by the task that asked (`answer_close`), never as a
scheduler hands it on: marking a task as done answers nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from include.config.configuration import Configuration
from include.evidence.store import EvidenceStore
from include.finance.close_package import Approval
from include.finance.entity import LegalEntity
from include.finance.errors import PeriodCloseError
from include.finance.exception_desk import is_same_person
from include.finance.period_close import (
    Checklist,
    CloseItem,
    ErpEntry,
    ErpFigures,
    ErpPeriods,
    PersonRole,
    Proposed,
    erp_differences,
    has_role,
    read_waivers,
    unwaived,
)
from include.finance.trial_balance import TrialBalance
from include.pipelines.close_checklist import read_checklist, require_place
from include.pipelines.close_package import StoredClosePackage, build_close_package, close_folder, put_once
from include.pipelines.trial_balance import read_books, read_trial_balance
from include.ports.erp import Erp, ErpPeriodAdmin
from include.store import audit_log, period_closes, period_reopenings
from include.store.database import Connection, FinanceDatabase
from include.store.people import controllers, role_spans
from include.store.period_closes import Close, PeriodPlace

# What no night and no waiver mends: a close that meets it is not begun.
_HOPELESS = ("period_ended", "earlier_periods", "controllers", "erp_period")
APPROVED, REFUSED = "approved", "refused"
SHOWN = 20


class ClosingWiring(Protocol):
    """What a close needs of the outside world, made on demand."""

    @property
    def configuration(self) -> Configuration:
        """What finance has set."""
        ...

    def finance(self) -> FinanceDatabase:
        """The finance database."""
        ...

    def evidence(self) -> EvidenceStore:
        """The evidence folder."""
        ...

    def erp(self, erp_code: str) -> Erp:
        """An ERP, as the login that posts."""
        ...

    def erp_periods(self, erp_code: str) -> ErpPeriodAdmin:
        """An ERP, as the login that closes periods."""
        ...


@dataclass(frozen=True, slots=True)
class Offered:
    """What a controller is shown: the close with its hash, its files, and the items that block."""

    close: Close
    page_location: str
    workbook_location: str

    @property
    def blockers(self) -> tuple[CloseItem, ...]:
        """What needs a waiver each."""
        return self.close.blockers


def begin(
    wiring: ClosingWiring, legal_entity_code: str, period_name: str, *, run_id: str, by: str, reason: str
) -> Close:
    """Begin to close a period, once for each run. Raises PeriodCloseError where nothing could come of it."""
    if not by.strip():
        raise PeriodCloseError("Nobody is named who starts this close; trigger the run while logged in, or say BY=.")
    if not reason.strip():
        raise PeriodCloseError("Say why the period is closed now, in `reason`: it stands in the close for good.")
    with wiring.finance().transaction() as connection:
        require_place(connection, wiring.configuration, legal_entity_code, period_name)
        state = period_closes.our_state(connection, legal_entity_code, period_name)
        earlier = period_closes.close_of_run(connection, legal_entity_code, period_name, run_id)
        if state is not None and state["state"] == "closed" and (earlier is None or earlier.state != "closed"):
            raise PeriodCloseError(
                f"Period {period_name} of legal entity {legal_entity_code} is closed already (by {state['changed_by']}). To change it, "
                "reopen it: DAG period_reopen."
            )
        if earlier is None:
            now = period_closes.clock(connection)
            require_closable(read_checklist(connection, wiring.configuration, legal_entity_code, period_name, now))
        close = period_closes.start(connection, legal_entity_code, period_name, run_id, by.strip(), reason.strip())
    if close.state == "ended":
        raise PeriodCloseError(
            f"The {close} has ended: {close.ended_because} Start a new run; this one closes nothing any more."
        )
    return close


def checklist(wiring: ClosingWiring, legal_entity_code: str, period_name: str) -> Checklist:
    """What stands in the way now, by the database's clock."""
    with wiring.finance().transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        return read_checklist(
            connection, wiring.configuration, legal_entity_code, period_name, period_closes.clock(connection)
        )


def period_ending(wiring: ClosingWiring, legal_entity_code: str, end_date: date) -> str | None:
    """How the ERP calls the period of a legal entity that ends on a day; None where it has none, as far as the finance database knows."""
    with wiring.finance().transaction() as connection:
        return period_closes.period_ending(connection, legal_entity_code, end_date)


def require_closable(found: Checklist) -> None:
    """Raises PeriodCloseError where the period cannot be closed, whatever a night may bring."""
    hopeless = [item for item in found.obstacles if item.code in _HOPELESS]
    if hopeless:
        raise PeriodCloseError(
            f"Period {found.period_name} of legal entity {found.legal_entity_code} cannot be closed: "
            + " ".join(f"{item.title}: {item.fact}. {item.cure}" for item in hopeless)
        )


def soft_lock(wiring: ClosingWiring, close_no: int) -> Close:
    """Refuse further entries of the period, but those of listed people and categories; then close it in the ERP.

    Raises PeriodCloseError while entries are on their way, or where something blocks that nobody can waive.
    """
    with wiring.finance().transaction() as connection:
        close = _require_live(connection, close_no)
        entity = _entity(wiring, close)
        period_closes.take_periods_alone(connection, entity.code)
        place = require_place(connection, wiring.configuration, entity.code, close.period_name)
        if moving := period_closes.unsettled(connection, close, place):
            raise PeriodCloseError(_on_their_way(close, moving))
        settings = wiring.configuration.closing_of(entity.code)
        period_closes.set_period(connection, close, place, "soft_closed", close.started_by, settings)
    if settings.erp_periods is not ErpPeriods.LEAVE:
        wiring.erp_periods(entity.erp_code).close_period(entity, close.period_name)
    return close


def draft(wiring: ClosingWiring, legal_entity_code: str, period_name: str) -> tuple[Checklist, StoredClosePackage]:
    """A dry run: the checklist and a package as they are now. Nothing is locked, and nobody is asked."""
    package = build_close_package(
        wiring.finance(), wiring.evidence(), wiring.configuration, legal_entity_code, period_name
    )
    return checklist(wiring, legal_entity_code, period_name), package


def propose(wiring: ClosingWiring, close_no: int) -> Offered:
    """Make the final figures of a softly closed period, and write down what is to be approved."""
    database, evidence = wiring.finance(), wiring.evidence()
    with database.transaction() as connection:
        close = _require_live(connection, close_no)
        _require_state(connection, close, "soft_closed")
        place = require_place(connection, wiring.configuration, close.legal_entity_code, close.period_name)
    entity = _entity(wiring, close)
    figures = read_erp(wiring.erp(entity.erp_code), entity, close.period_name, place)
    content = figures.to_json()
    content_sha256 = hashlib.sha256(content).hexdigest()
    folder = close_folder(close.legal_entity_code, close.period_name)
    path = f"{folder}/erp-{content_sha256[:16]}.json"
    put_once(evidence, path, content_sha256, lambda: evidence.put_bytes(content, path))
    package = build_close_package(database, evidence, wiring.configuration, entity.code, close.period_name)
    blockers = _blockers(checklist(wiring, entity.code, close.period_name), package, entity, wiring.configuration)
    proposed = Proposed(
        package.trial_balance_hash,
        figures.hash,
        package.page_sha256,
        package.workbook_sha256,
        tuple(item.code for item in blockers),
    )
    places = {
        "erp_path": path,
        "erp_sha256": content_sha256,
        "page_path": package.page_path,
        "workbook_path": package.workbook_path,
    }
    with database.transaction() as connection:
        period_closes.propose(connection, _require_live(connection, close_no), proposed, blockers, places)
        close = period_closes.find_close(connection, close_no)
    return Offered(close, package.page_location, package.workbook_location)


def ask(wiring: ClosingWiring, close_no: int) -> tuple[Offered, TrialBalance, list[str]]:
    """What a controller is shown, and who may answer: the proposal, its trial balance, and the controllers who did not start the close.

    Only an answer to the figures shown last counts.
    """
    with wiring.finance().transaction() as connection:
        close = _require_live(connection, close_no, for_update=True)
        if close.close_hash is None or close.page_path is None or close.workbook_path is None:
            raise PeriodCloseError(f"Nothing was proposed yet for the {close}: clear the task `package` of this run.")
        period_closes.ask(connection, close)
        balance = read_trial_balance(connection, read_books(connection, close.legal_entity_code, close.period_name))
        today = _entity(wiring, close).local_date(period_closes.clock(connection))
        people = controllers(connection, close.legal_entity_code, today, but=close.started_by)
    evidence = wiring.evidence()
    shown = Offered(close, evidence.where(close.page_path), evidence.where(close.workbook_path))
    return shown, balance, people


def answer_close(
    wiring: ClosingWiring,
    close_no: int,
    *,
    decision: str,
    by: str,
    at: datetime,
    comment: str = "",
    waivers: str = "",
) -> Close:
    """Write down what was answered to the figures that were shown, and by whom. It is judged here, and again before the lock.

    Raises PeriodCloseError where the answer does not count; why is kept, and shown when the question is asked again.
    """
    database = wiring.finance()
    try:
        with database.transaction() as connection:
            close = _require_live(connection, close_no, for_update=True)
            if close.asked_hash is None or close.asked_hash != close.close_hash:
                raise PeriodCloseError(
                    f"The answer is on figures {str(close.asked_hash)[:12]}, and those of the {close} are {str(close.close_hash)[:12]} by "
                    "now: it does not count. The new figures are shown when the question is asked again."
                )
            read = read_waivers(waivers) if decision == APPROVED else {}
            if decision == APPROVED:
                _require_approver(wiring, connection, close, by, at)
                _require_waived(close, read)
            period_closes.answer(connection, close, decision=decision, by=by, at=at, comment=comment, waivers=read)
            return period_closes.find_close(connection, close_no)
    except PeriodCloseError as error:
        with database.transaction() as connection:
            close = period_closes.find_close(connection, close_no)
            period_closes.note_fault(connection, close, f"{by}: {error}")
            answered = {"decision": decision, "by": by, "at": at.isoformat(), "comment": comment, "fault": str(error)}
            audit_log.note(connection, "answer refused", "period_close", str(close_no), answered)
        raise


def lock(wiring: ClosingWiring, close_no: int) -> Close:
    """Lock the period for everybody, if what was approved is still what stands here and in the ERP.

    Raises PeriodCloseError where no second person approved, where they may not, or where a figure has moved since: the approval is
    void then, and each entry behind the difference is named with its user.
    """
    database = wiring.finance()
    with database.transaction() as connection:
        close = period_closes.find_close(connection, close_no)
    entity = _entity(wiring, close)
    settings = wiring.configuration.closing_of(entity.code)
    if close.state != "closed":
        with database.transaction() as connection:
            _require_approved(wiring, connection, _require_live(connection, close_no))
            place = require_place(connection, wiring.configuration, entity.code, close.period_name)
        # Read before the lock is taken: the ERP answers slowly, and nobody should wait for it to book elsewhere.
        figures = read_erp(wiring.erp(entity.erp_code), entity, close.period_name, place)
        _require_same_in_erp(wiring, close, figures)
        with database.transaction() as connection:
            period_closes.take_periods_alone(connection, entity.code)
            close = _require_live(connection, close_no, for_update=True)
            _require_approved(wiring, connection, close)
            _require_state(connection, close, "soft_closed")
            if moving := period_closes.unsettled(connection, close, place):
                raise PeriodCloseError(_on_their_way(close, moving))
            books = read_books(connection, entity.code, close.period_name)
            now = read_trial_balance(connection, books)
            if now.hash != close.trial_balance_hash:
                raise PeriodCloseError(
                    f"The approval of the {close} is void: the trial balance is {now.hash[:12]}, and {str(close.trial_balance_hash)[:12]} was "
                    f"approved.{_booked_since(connection, close)} The period stays open; start a new close."
                )
            assert close.decided_by is not None
            period_closes.set_period(connection, close, place, "closed", close.decided_by)
            period_closes.mark_closed(connection, close)
            period_reopenings.closed_again(connection, close)
            close = period_closes.find_close(connection, close_no)
    if settings.erp_periods is ErpPeriods.LOCK:
        wiring.erp_periods(entity.erp_code).lock_period(entity, close.period_name)
    return close


def publish(wiring: ClosingWiring, close_no: int) -> StoredClosePackage:
    """The package of a closed period once more, with who approved it and what was waived; kept beside the one that was approved."""
    with wiring.finance().transaction() as connection:
        close = period_closes.find_close(connection, close_no)
    if close.state != "closed" or close.decided_at is None or close.decided_by is None:
        raise PeriodCloseError(f"The {close} is {close.state}: there is nothing to publish.")
    said = f"approved the close, SHA-256 {close.close_hash}, started by {close.started_by}: {close.reason}"
    approvals = [Approval(close.decided_at, close.decided_by, said, close.comment or "")]
    titles = {item.code: f"{item.title}: {item.fact}" for item in close.blockers}
    approvals += [
        Approval(close.decided_at, close.decided_by, f"waived {code} ({titles.get(code, '')})", reason)
        for code, reason in sorted(close.waivers.items())
    ]
    approvals += _reopened(wiring, close)
    return build_close_package(
        wiring.finance(), wiring.evidence(), wiring.configuration, close.legal_entity_code, close.period_name, approvals
    )


def release(wiring: ClosingWiring, legal_entity_code: str, period_name: str, run_id: str, because: str) -> Close | None:
    """End a close that was not locked: the period is open again, here and in the ERP. One that is closed stays closed.

    Returns the close as it stands then; None where the run began none. Raises SystemUnreachableError, EntryRefusedError from the ERP:
    here the period is open all the same.
    """
    database = wiring.finance()
    with database.transaction() as connection:
        close = period_closes.close_of_run(connection, legal_entity_code, period_name, run_id)
        if close is None or close.state == "closed":
            return close
        period_closes.take_periods_alone(connection, legal_entity_code)
        state = period_closes.our_state(connection, legal_entity_code, period_name)
        place = require_place(connection, wiring.configuration, legal_entity_code, period_name)
        is_ours = state is not None and state["state"] == "soft_closed" and state["close_no"] == close.close_no
        if is_ours:
            period_closes.set_period(connection, close, place, "open", close.started_by)
        period_closes.end(connection, close, because)
        close = period_closes.find_close(connection, close.close_no)
        # Whoever died between these two left the ERP closed, and says so by the state of our own period.
        was_touched = is_ours or (state is not None and state["close_no"] == close.close_no)
    entity = wiring.configuration.legal_entities[legal_entity_code]
    if was_touched and wiring.configuration.closing_of(legal_entity_code).erp_periods is not ErpPeriods.LEAVE:
        wiring.erp_periods(entity.erp_code).reopen_period(entity, period_name)
    return close


def end_close(wiring: ClosingWiring, legal_entity_code: str, period_name: str, *, by: str, reason: str) -> Close:
    """End a close whose run is gone, by a person's word. Raises PeriodCloseError where none is under way."""
    if not by.strip() or not reason.strip():
        raise PeriodCloseError("Say who ends the close and why: BY=... REASON=....")
    with wiring.finance().transaction() as connection:
        close = period_closes.live_close(connection, legal_entity_code, period_name)
        if close is None:
            raise PeriodCloseError(f"No close of legal entity {legal_entity_code}, period {period_name}, is under way.")
        audit_log.note(connection, "ended by hand", "period_close", str(close.close_no), {"by": by, "reason": reason})
    ended = release(wiring, legal_entity_code, period_name, close.run_id, f"ended by {by}: {reason}")
    assert ended is not None
    return ended


def read_erp(erp: Erp, entity: LegalEntity, period_name: str, place: PeriodPlace) -> ErpFigures:
    """What everybody's posted entries moved in a period of the ERP, by account, and the entries themselves."""
    codes = [account.code for account in erp.reference_data(entity).accounts]
    turnover = {
        each.account_code: (each.debit_minor, each.credit_minor) for each in erp.movements(entity, period_name, codes)
    }
    entries = (
        ErpEntry(
            each.header.erp_id,
            each.header.reference,
            each.header.number or "",
            _day(each.header.posting_date),
            each.entered_by,
            each.net_by_account(),
        )
        for each in erp.entries(entity, period_name, codes, place.start_date)
    )
    return ErpFigures(
        entity.code, period_name, turnover, tuple(sorted(entries, key=lambda entry: int_or_text(entry.erp_id)))
    )


def int_or_text(text: str) -> tuple[int, str]:
    """Ids in the order of their numbers where they are numbers."""
    return (int(text), "") if text.isdecimal() else (0, text)


def _blockers(
    found: Checklist, package: StoredClosePackage, entity: LegalEntity, configuration: Configuration
) -> list[CloseItem]:
    owner = configuration.entity_settings[entity.code].owners["controller"]
    checks = [
        CloseItem.blocking(
            f"check:{number}",
            "The package's figures agree",
            fact,
            owner=owner,
            cure="`make explain` one of its entries, then close again.",
        )
        for number, fact in enumerate(package.differences, start=1)
    ]
    return [*found.blockers, *checks]


def _reopened(wiring: ClosingWiring, close: Close) -> list[Approval]:
    """That this period had been closed before, on whose word it was opened, and what came of it: one line each time."""
    said = []
    with wiring.finance().transaction() as connection:
        for reopening in period_reopenings.reopenings_ended_by(connection, close):
            entries = period_reopenings.booked_between(connection, reopening)
            what = (
                f"opened the period again, asked for by {reopening.asked_by}; trial balance {reopening.before_hash[:16]} before, "
                f"{str(reopening.after_hash)[:16]} after; {len(entries)} entries were booked in between"
            )
            assert reopening.decided_at is not None
            assert reopening.decided_by is not None
            said.append(Approval(reopening.decided_at, reopening.decided_by, what, reopening.reason))
            said += [
                Approval(
                    row["at"],
                    row["actor"],
                    f"booked entry {row['reference']} ({row['category']}, {row['documents']} documents)",
                    "",
                )
                for row in entries
            ]
    return said


def _require_live(connection: Connection, close_no: int, *, for_update: bool = False) -> Close:
    close = period_closes.find_close(connection, close_no, for_update=for_update)
    if close.state not in ("started", "proposed"):
        told = f": {close.ended_because}" if close.ended_because else ""
        raise PeriodCloseError(
            f"The {close} is {close.state}{told} Start a new run; this one changes nothing any more."
        )
    return close


def _require_state(connection: Connection, close: Close, wanted: str) -> None:
    state = period_closes.our_state(connection, close.legal_entity_code, close.period_name)
    if state is None or state["state"] != wanted or state["close_no"] != close.close_no:
        raise PeriodCloseError(
            f"Period {close.period_name} of legal entity {close.legal_entity_code} is {state['state'] if state else 'open'}, and not closed "
            f"softly by the {close}. Start a new close."
        )


def _require_approved(wiring: ClosingWiring, connection: Connection, close: Close) -> None:
    """The answer, the person, their right and the starter, all looked at again."""
    if close.decision == REFUSED:
        told = f" ({close.comment})" if close.comment else ""
        raise PeriodCloseError(f"{close.decided_by} refused the {close}{told}. The period stays open.")
    if close.decision != APPROVED or close.decided_by is None or close.decided_at is None or close.state != "proposed":
        raise PeriodCloseError(
            f"Nobody approved the {close}: a task that was marked as done by hand is no approval. The period stays open; answer the "
            "question of the task `approval`, or start a new close."
        )
    _require_approver(wiring, connection, close, close.decided_by, close.decided_at)
    _require_waived(close, close.waivers)


def _require_approver(wiring: ClosingWiring, connection: Connection, close: Close, person: str, at: datetime) -> None:
    if is_same_person(person, close.started_by):
        raise PeriodCloseError(
            f"{person} started the {close} and cannot approve it: a second person does. The period stays open."
        )
    entity = _entity(wiring, close)
    spans = role_spans(connection)
    days = {entity.local_date(at), entity.local_date(period_closes.clock(connection))}
    if not all(has_role(spans, person, PersonRole.CONTROLLER, entity.code, day) for day in days):
        raise PeriodCloseError(
            f"{person} is no controller of legal entity {entity.code} (`make access-review` lists who is) and cannot approve the {close}. "
            "The period stays open."
        )
    if person_prepared := period_closes.prepared_by(connection, close, person):
        raise PeriodCloseError(
            f"{person} prepared something in this period ({person_prepared}) and cannot approve the {close}: somebody else does."
        )


def _require_waived(close: Close, waivers: Mapping[str, str]) -> None:
    left = unwaived(close.blockers, waivers)
    if left:
        told = "; ".join(
            f"{item.code} ({item.fact}){'' if item.can_waive else ', which nobody can waive'}" for item in left[:SHOWN]
        )
        raise PeriodCloseError(
            f"The {close} has {len(left)} blocking items without a waiver: {told}. Write one line for each, `code: reason`, or have them "
            "repaired and start a new close. The period stays open."
        )


def _require_same_in_erp(wiring: ClosingWiring, close: Close, now: ErpFigures) -> None:
    if now.hash == close.erp_hash:
        return
    assert close.erp_path is not None
    content = wiring.evidence().read_bytes(close.erp_path)
    if hashlib.sha256(content).hexdigest() != close.erp_sha256:
        told = "what had been read before cannot be compared: its evidence was altered"
    else:
        said = erp_differences(ErpFigures.from_json(content), now)
        told = "; ".join(said[:SHOWN]) + (f"; and {len(said) - SHOWN} more" if len(said) > SHOWN else "")
    raise PeriodCloseError(
        f"The approval of the {close} is void: the ERP has other figures than were approved. {told}. The period stays open; have these "
        "entries explained or reversed, then start a new close."
    )


def _booked_since(connection: Connection, close: Close) -> str:
    rows = period_closes.changed_since_proposal(connection, close)
    told = "; ".join(
        f"{row['reference']} {row['state']} by {row['actor'] or 'an unknown user'}" for row in rows[:SHOWN]
    )
    return f" Since then: {told}." if told else ""


def _on_their_way(close: Close, moving: dict[str, int]) -> str:
    told = ", ".join(f"{count} {state}" for state, count in moving.items())
    return (
        f"Entries of period {close.period_name} of legal entity {close.legal_entity_code} are still on their way ({told}), so it cannot be "
        "locked. Let posting end (run the nightly), then start the close again."
    )


def _entity(wiring: ClosingWiring, close: Close) -> LegalEntity:
    return wiring.configuration.legal_entities[close.legal_entity_code]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
