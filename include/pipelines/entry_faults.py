"""What can go wrong with one entry, in words for the person who clears it: thing, fact, cure, owner, money at risk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from include.finance.entity import LegalEntity
from include.ports.erp import PostedEntry
from include.ports.postings import DueEntry, EntryException, Severity

ACCOUNTING = "accounting"
SYSTEMS = "finance-systems"
UNKNOWN_IN_ERP = "unknown_entry_in_erp"
MISSING_IN_ERP = "entry_missing_in_erp"


def about(
    due: DueEntry,
    rule: str,
    message: str,
    suggested_fix: str,
    *,
    severity: Severity = Severity.HIGH,
    owner: str = SYSTEMS,
) -> EntryException:
    """An exception about one of our entries; its whole debit total is at risk."""
    return EntryException(
        rule=rule,
        reference=due.reference,
        severity=severity,
        owner=owner,
        message=message,
        suggested_fix=suggested_fix,
        currency=due.entry.currency.code,
        amount_minor=due.total_debit_minor,
        entry_id=due.entry.id,
        batch_no=due.batch_no,
    )


def refused(due: DueEntry, message: str) -> EntryException:
    """The ERP refuses the entry."""
    return about(due, "refused_by_erp", message, "Remove what the ERP names, then `make requeue` the entry.")


def period_closed(due: DueEntry, message: str) -> EntryException:
    """The ERP says that the entry's period is closed."""
    fix = "Reopen the period, or open a later one of the same fiscal year: the next night dates the documents anew."
    return about(due, "period_closed", message, fix, severity=Severity.MEDIUM, owner=ACCOUNTING)


def duplicated(due: DueEntry, posted: Sequence[PostedEntry]) -> EntryException:
    """The ERP has our entry more than once."""
    numbers = ", ".join(each.number or f"id {each.erp_id}" for each in posted)
    message = (
        f"Journal entry {due.reference} of legal entity {due.entry.legal_entity_code} stands in the ERP "
        f"{len(posted)} times ({numbers}). Nothing more is sent for it."
    )
    fix = "Reverse all but one of them in the ERP and take our reference off their description; the next run goes on."
    return about(due, "duplicate_in_erp", message, fix, severity=Severity.CRITICAL, owner=ACCOUNTING)


def foreign_content(due: DueEntry, differences: Sequence[str]) -> EntryException:
    """The ERP has our reference with other content."""
    message = (
        f"Journal entry {due.reference} of legal entity {due.entry.legal_entity_code} stands in the ERP with content "
        f"that is not ours: {'; '.join(differences)}. It was not sent."
    )
    fix = "Find out who made it. Take our reference off its description in the ERP, then `make requeue` the entry."
    return about(due, "foreign_content_in_erp", message, fix, severity=Severity.CRITICAL, owner=ACCOUNTING)


def read_back_differs(due: DueEntry, differences: Sequence[str]) -> EntryException:
    """The ledger does not show what was posted."""
    message = (
        f"Journal entry {due.reference} of legal entity {due.entry.legal_entity_code} (ERP number {due.erp_number}) "
        f"reads back differently: {'; '.join(differences)}."
    )
    fix = "Compare the entry with the ERP's and restore it there, then `make requeue` the entry: it is compared again."
    return about(due, "read_back_difference", message, fix, severity=Severity.CRITICAL, owner=ACCOUNTING)


def missing_in_erp(due: DueEntry) -> EntryException:
    """An entry that the ledger once confirmed is gone."""
    message = (
        f"Journal entry {due.reference} of legal entity {due.entry.legal_entity_code} (ERP number {due.erp_number}, "
        f"{due.entry.posting_date}) was verified, and the ERP no longer has it."
    )
    fix = (
        "Ask whether the ERP was restored from a backup. `make requeue` the entry to have it asked for and sent again."
    )
    return about(due, MISSING_IN_ERP, message, fix, severity=Severity.CRITICAL, owner=ACCOUNTING)


def unknown_in_erp(entity: LegalEntity, reference: str, found: Sequence[PostedEntry]) -> EntryException:
    """The ERP has an entry that looks like ours and is not in our database."""
    where = ", ".join(f"{each.number or 'draft ' + each.erp_id} of {_day(each.posting_date)}" for each in found)
    return EntryException(
        rule=UNKNOWN_IN_ERP,
        reference=reference,
        severity=Severity.CRITICAL,
        owner=SYSTEMS,
        message=(
            f"The ERP of legal entity {entity.code} has entry {reference} ({where}) in one of our journals, and the "
            f"finance database does not know it."
        ),
        suggested_fix=(
            "Ask whether the finance database was restored: then run the missing nights again, they recognise what the "
            "ERP already has. If not, find out who made the entry."
        ),
        currency=entity.functional_currency.code,
        amount_minor=0,
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else "no date"
