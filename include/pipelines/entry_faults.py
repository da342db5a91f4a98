"""What can go wrong with one entry, in words for the person who clears it; who that is, exceptions.yaml says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from include.finance.entity import LegalEntity
from include.ports.erp import PostedEntry
from include.ports.postings import DueEntry, EntryException

UNKNOWN_IN_ERP = "unknown_entry_in_erp"
MISSING_IN_ERP = "entry_missing_in_erp"


def about(due: DueEntry, rule: str, message: str) -> EntryException:
    """An exception about one of our entries; its whole debit total is at risk."""
    return EntryException(
        rule=rule,
        reference=due.reference,
        message=message,
        currency=due.entry.currency.code,
        amount_minor=due.total_debit_minor,
        risk_minor=due.entry.functional_debit.minor,
        entry_id=due.entry.id,
        batch_no=due.batch_no,
    )


def refused(due: DueEntry, message: str) -> EntryException:
    """The ERP refuses the entry."""
    return about(due, "entry_refused", message)


def period_closed(due: DueEntry, message: str) -> EntryException:
    """The ERP says that the entry's period is closed."""
    return about(due, "period_closed_in_erp", message)


def duplicated(due: DueEntry, posted: Sequence[PostedEntry]) -> EntryException:
    """The ERP has our entry more than once."""
    numbers = ", ".join(each.number or f"id {each.erp_id}" for each in posted)
    message = (
        f"Journal entry {due.reference} of legal entity {due.entry.legal_entity_code} stands in the ERP "
        f"{len(posted)} times ({numbers}). Nothing more is sent for it."
    )
    return about(due, "duplicate_in_erp", message)


def foreign_content(due: DueEntry, differences: Sequence[str]) -> EntryException:
    """The ERP has our reference with other content."""
    message = (
        f"Journal entry {due.reference} of legal entity {due.entry.legal_entity_code} stands in the ERP with content "
        f"that is not ours: {'; '.join(differences)}. It was not sent."
    )
    return about(due, "foreign_content_in_erp", message)


def read_back_differs(due: DueEntry, differences: Sequence[str]) -> EntryException:
    """The ledger does not show what was posted."""
    message = (
        f"Journal entry {due.reference} of legal entity {due.entry.legal_entity_code} (ERP number {due.erp_number}) "
        f"reads back differently: {'; '.join(differences)}."
    )
    return about(due, "read_back_differs", message)


def missing_in_erp(due: DueEntry) -> EntryException:
    """An entry that the ledger once confirmed is gone."""
    message = (
        f"Journal entry {due.reference} of legal entity {due.entry.legal_entity_code} (ERP number {due.erp_number}, "
        f"{due.entry.posting_date}) was verified, and the ERP no longer has it, or has it reversed."
    )
    return about(due, MISSING_IN_ERP, message)


def unknown_in_erp(entity: LegalEntity, reference: str, found: Sequence[PostedEntry]) -> EntryException:
    """The ERP has an entry that looks like ours and is not in our database."""
    where = ", ".join(f"{each.number or 'draft ' + each.erp_id} of {_day(each.posting_date)}" for each in found)
    return EntryException(
        rule=UNKNOWN_IN_ERP,
        reference=reference,
        message=(
            f"The ERP of legal entity {entity.code} has entry {reference} ({where}) in one of our journals, and the "
            f"finance database does not know it."
        ),
        currency=entity.functional_currency.code,
        amount_minor=0,
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else "no date"
