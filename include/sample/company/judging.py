"""The answer's own judgement of a document: whose it is, whether it is left out, and which rules it breaks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from include.sample.company.billing import DOCUMENT_TYPES, Billing
from include.sample.company.calendar import MAX_BACKDATED_DAYS, MAX_FUTURE_DAYS
from include.sample.company.cash_rows import Dispute, Payment, PaymentAllocation, Payout, ProcessorFee, Refund
from include.sample.company.catalogue import HOMES, KNOWN_CURRENCIES, Home
from include.sample.company.rows import (
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    InvoiceLineTax,
    LegalEntity,
    Row,
)

Document = Invoice | CreditNote | Payment | Refund | Dispute | ProcessorFee | Payout
Key = tuple[str, UUID]


def key_of(row: Document) -> Key:
    """Document type and id."""
    return DOCUMENT_TYPES[type(row)], row.id


def documents(billing: Billing) -> Iterator[Document]:
    """All documents of billing, softly deleted ones included."""
    for kind in DOCUMENT_TYPES:
        for row in billing.all(kind):
            assert isinstance(row, Document)
            yield row


def find_document(billing: Billing, key: Key) -> Document | None:
    """The document with this key, unless it is deleted for good."""
    kind: type[Row] = next(kind for kind, name in DOCUMENT_TYPES.items() if name == key[0])
    row = billing.find(kind, key[1])
    assert row is None or isinstance(row, Document)
    return row


def home_of(billing: Billing, row: Document) -> Home | None:
    """The legal entity in whose books a document belongs: a refund's or dispute's is its payment's."""
    if isinstance(row, (Refund, Dispute)):
        key: UUID | None = billing.get(Payment, row.payment_id).legal_entity_id
    else:
        key = row.legal_entity_id
    return HOMES[billing.get(LegalEntity, key).code] if key else None


def gross_of(row: Document) -> int:
    """The whole amount of a document."""
    return row.total_minor if isinstance(row, (Invoice, CreditNote)) else row.amount_minor


def date_of(home: Home | None, row: Document) -> date | None:
    """The day of a document, in the time zone of its legal entity where only an instant is known."""
    match row:
        case Invoice() | CreditNote():
            return row.issue_date
        case Payment():
            return row.value_date or (home.day(row.received_at) if home and row.received_at else None)
        case Refund():
            return row.refund_date or (home.day(row.succeeded_at) if home and row.succeeded_at else None)
        case Dispute():
            return row.opened_date
        case ProcessorFee():
            return row.incurred_date
        case Payout():
            return row.initiated_date


def exclusion_of(row: Document) -> str | None:
    """Why a document is left out of the books for now, or None."""
    if isinstance(row, (Dispute, ProcessorFee, Payout)):
        return None
    if row.status in ("draft", "pending") or (isinstance(row, Payment) and row.status == "failed"):
        return row.status
    return None


def faults_of(billing: Billing, row: Document, today: date | None, accounted: date | None = None) -> list[str]:
    """The rules that a document breaks.

    `today` is the local day of the night, unknown without a legal entity; `accounted` is the document's day as it stands
    in the books, if it does.
    """
    faults = list(_faults_of_header(billing, row, today, accounted))
    match row:
        case Invoice():
            faults += _faults_of_invoice(billing, row)
        case CreditNote():
            faults += _faults_of_credit(billing, row)
        case Payment() | Refund() if row.amount_minor < 0:
            faults.append("negative_amount")
    if isinstance(row, (Payment, CreditNote)) and _applied(billing, row) > max(gross_of(row), 0):
        faults.append("applications_exceed_document")
    return faults


def _faults_of_header(billing: Billing, row: Document, today: date | None, accounted: date | None) -> Iterator[str]:
    home = home_of(billing, row)
    day = date_of(home, row)
    if home is None:
        yield "unknown_legal_entity"
    if row.currency not in KNOWN_CURRENCIES:
        yield "unknown_currency"
    if day is None:
        yield "missing_document_date"
    if day and today and day > today + timedelta(days=MAX_FUTURE_DAYS):
        yield "future_document_date"
    if day and accounted and day < accounted - timedelta(days=MAX_BACKDATED_DAYS):
        yield "backdated"


def _faults_of_invoice(billing: Billing, row: Invoice) -> Iterator[str]:
    lines = billing.children(InvoiceLine, row.id)
    if any(line.product_id is None for line in lines):
        yield "unknown_product"
    if sum(line.net_minor + line.tax_minor for line in lines) != row.total_minor:
        yield "lines_do_not_sum"
    if any(sum(tax.tax_minor for tax in billing.children(InvoiceLineTax, line.id)) != line.tax_minor for line in lines):
        yield "taxes_do_not_sum"


def _faults_of_credit(billing: Billing, row: CreditNote) -> Iterator[str]:
    lines = billing.children(CreditNoteLine, row.id)
    if sum(line.amount_minor + line.tax_minor for line in lines) != row.total_minor:
        yield "lines_do_not_sum"
    if any(line.revenue_effect is None for line in lines):
        yield "missing_revenue_effect"


def _applied(billing: Billing, row: Payment | CreditNote) -> int:
    return sum(part.used_minor for part in billing.children(PaymentAllocation, row.id) if part.is_live)
