"""Which documents a second night reads again: those touched since the first one's horizon, and their dependants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from include.sample.company.billing import DOCUMENT_TYPES, Billing, Change
from include.sample.company.cash_rows import Dispute, DisputeMovement, Payment, PaymentAllocation, PayoutItem, Refund
from include.sample.company.judging import Key
from include.sample.company.rows import (
    CreditNote,
    CreditNoteLine,
    CreditNoteLineTax,
    Invoice,
    InvoiceLine,
    InvoiceLineTax,
    Row,
)


def touched_documents(billing: Billing, changes: Iterable[Change]) -> set[Key]:
    """Documents of which a row, their own or a child, is among `changes`, and documents that depend on them."""
    rows = [change.row for change in changes]
    touched = {key for row in rows for key in _owners(billing, row)}
    touched |= _dependants(billing, rows)
    credited = {row.invoice_id for row in rows if isinstance(row, CreditNote) and row.status != "draft"}
    lines = [row for row in rows if isinstance(row, CreditNoteLine)]
    credited |= {billing.get(CreditNote, row.credit_note_id).invoice_id for row in lines}
    return touched | _left_over(billing, credited)


def wanted_again(billing: Billing, keys: set[Key]) -> set[Key]:
    """Documents that are read again on our wish, with what depends on them."""
    memos = [billing.find(CreditNote, key) for kind, key in keys if kind == "credit_memo"]
    return keys | _left_over(billing, {memo.invoice_id for memo in memos if memo})


def _left_over(billing: Billing, invoices: Iterable[UUID | None]) -> set[Key]:
    """Invoices of which something may be left after full credit; their credit memos and lost disputes come along."""
    told = {key for key in invoices if key}
    found = {("invoice", key) for key in told}
    found |= {("credit_memo", memo.id) for key in told for memo in billing.children(CreditNote, key)}
    for dispute in billing.all(Dispute):
        settled = {part.invoice_id for part in billing.children(PaymentAllocation, dispute.payment_id)}
        if dispute.status == "lost" and settled & told:
            found.add(("dispute", dispute.id))
    return found


def _owners(billing: Billing, row: Row) -> Iterator[Key]:
    match row:
        case InvoiceLine() | InvoiceLineTax():
            line = row if isinstance(row, InvoiceLine) else billing.get(InvoiceLine, row.invoice_line_id)
            yield "invoice", line.invoice_id
        case CreditNoteLine() | CreditNoteLineTax():
            part = row if isinstance(row, CreditNoteLine) else billing.get(CreditNoteLine, row.credit_note_line_id)
            yield "credit_memo", part.credit_note_id
        case PaymentAllocation():
            yield _owner_of(row)
        case DisputeMovement():
            yield "dispute", row.dispute_id
        case PayoutItem():
            yield "payout", row.payout_id
        case _ if type(row) in DOCUMENT_TYPES:
            yield DOCUMENT_TYPES[type(row)], row.id


def _dependants(billing: Billing, rows: list[Row]) -> set[Key]:
    """Payments and credit notes applied to a changed invoice; silent reductions of one that changed or was settled."""
    changed = {row.id for row in rows if isinstance(row, Invoice)}
    settled = {row.invoice_id for row in rows if isinstance(row, PaymentAllocation)}
    found = {_owner_of(part) for invoice in changed for part in billing.children(PaymentAllocation, invoice)}
    for invoice in changed | {row.invoice_id for row in rows if isinstance(row, InvoiceLine)}:
        found |= {("credit_memo", credit.id) for credit in billing.children(CreditNote, invoice)}
    for invoice in changed | settled:
        for credit in billing.children(CreditNote, invoice):
            if credit.kind == "ar_reduction" and not billing.children(PaymentAllocation, credit.id):
                found.add(("credit_memo", credit.id))
    return found | set(_disputes(billing, rows))


def _disputes(billing: Billing, rows: list[Row]) -> Iterator[Key]:
    """Lost disputes whose loss may have another bound: of a payment that changed, or of one applied to a changed invoice."""
    invoices = {row.id for row in rows if isinstance(row, Invoice)}
    invoices |= {row.invoice_id for row in rows if isinstance(row, (InvoiceLine, CreditNote)) and row.invoice_id}
    for dispute in billing.all(Dispute):
        parts = billing.children(PaymentAllocation, dispute.payment_id)
        beside = [row for row in rows if isinstance(row, (Payment, PaymentAllocation, Refund))]
        is_touched = any(dispute.payment_id in (row.id, getattr(row, "payment_id", None)) for row in beside)
        if dispute.status == "lost" and (is_touched or invoices & {part.invoice_id for part in parts}):
            yield "dispute", dispute.id


def _owner_of(row: PaymentAllocation) -> Key:
    owner: UUID | None = row.payment_id or row.credit_note_id
    assert owner is not None
    return "payment" if row.payment_id else "credit_memo", owner
