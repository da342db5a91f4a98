"""The answer's own bookkeeping: what a document books, by pen and paper. Debit is positive, credit negative."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from include.sample.company.billing import Billing
from include.sample.company.cash_rows import Dispute, Payment, PaymentAllocation, Payout, ProcessorFee, Refund
from include.sample.company.catalogue import Home
from include.sample.company.earning import product_of, unearned_credit
from include.sample.company.judging import Document, date_of, home_of
from include.sample.company.processor_bookkeeping import (
    DISPUTED,
    PROCESSOR,
    dispute_events,
    fee_legs,
    item_legs,
    payout_legs,
)
from include.sample.company.rates import in_books, legs_in_books
from include.sample.company.rows import CreditNote, CreditNoteLine, Invoice, InvoiceLine

CASH, RECEIVABLE = "1010", "1100"
TAX, CREDITS, UNCOVERED_REFUNDS, DEFERRED = "2000", "2050", "2060", "2100"
USAGE, ONBOARDING, CONTRA, BANK_CHARGES, REALISED = "4010", "4020", "4900", "6010", "7000"
EXCHANGE, CONVERSION_COST = "1065", "7020"
_REVENUE = {"ratable": DEFERRED, "immediate": ONBOARDING, "usage": USAGE}


@dataclass(frozen=True, slots=True)
class Booking:
    """What one event books: its name, which part of the document it is about if any, its day, and net amounts by account."""

    event: str
    part: UUID | None  # an application, or an item of a payout
    day: date
    legs: Mapping[str, int]

    def mirrored(self, event: str, day: date) -> Booking:
        """The same with the sides exchanged, as another event on another day."""
        return replace(self, event=event, day=day, legs={code: -amount for code, amount in self.legs.items()})


@dataclass(frozen=True, slots=True)
class Application:
    """A payment or credit note set against an invoice; the implied one of a credit note has that note's own id."""

    id: UUID
    invoice_id: UUID
    amount: int
    day: date
    reversed_day: date | None
    adjustment: int = 0  # kept by a bank: in the sample company nothing else is settled without cash


def bookings_of(billing: Billing, row: Document) -> Iterator[Booking]:
    """What a good document books by itself, its applications aside."""
    home = home_of(billing, row)
    day = date_of(home, row)
    assert home is not None
    assert day is not None
    if isinstance(row, Dispute):
        for event, part, moved, on in dispute_events(billing, row):
            yield Booking(event, part, on, moved)
        return
    begins, ends, legs, undone = _life_of(billing, row)
    legs = legs_in_books(legs, row.currency, home.currency, day)
    booking = Booking(begins, None, day, legs)
    yield booking
    if undone:
        yield booking.mirrored(ends, home.day(undone) if isinstance(undone, datetime) else undone)
    for event, part, legs in item_legs(billing, row):
        yield Booking(event, part, day, legs)
    if isinstance(row, Payment) and row.settlement_currency:
        yield from _conversion(row, home, day)


def book_application(billing: Billing, row: Document, application: Application) -> Iterator[Booking]:
    """What one application to an accounted invoice books: there, and back once undone or once the invoice is void."""
    kind = "payment" if isinstance(row, Payment) else "credit"
    invoice = billing.get(Invoice, application.invoice_id)
    legs = {
        CREDITS: _in_books(billing, row, application.amount),
        RECEIVABLE: -_in_books(billing, invoice, application.amount),
    }
    # Settled on another day than it arose, an amount in a foreign currency has gained or lost.
    _add(legs, REALISED, -sum(legs.values()))
    legs[RECEIVABLE] -= application.adjustment
    _add(legs, BANK_CHARGES, application.adjustment)
    applied = Booking(f"{kind}.applied", application.id, application.day, legs)
    yield applied
    ends = [day for day in (application.reversed_day, _void_day(billing, application.invoice_id)) if day]
    if isinstance(row, CreditNote) and row.invoice_id and (day := _void_day(billing, row.invoice_id)):
        ends.append(max(day, application.day))
    if ends:
        yield applied.mirrored(f"{kind}.unapplied", min(ends))


def applications_of(billing: Billing, row: Document) -> list[Application]:
    """The applications of a payment or credit note; a receivable reduced without saying so has one implied."""
    if not isinstance(row, (Payment, CreditNote)):
        return []
    if isinstance(row, CreditNote) and row.kind in ("write_off", "chargeback"):
        return []  # they credit the receivable, or what was disputed, themselves
    parts = billing.children(PaymentAllocation, row.id)
    if isinstance(row, CreditNote) and row.kind == "ar_reduction" and not parts:
        return [application for application in [_implied(billing, row)] if application.amount]
    return [
        Application(
            part.id,
            part.invoice_id,
            part.amount_minor,
            part.allocated_date,
            part.reversed_date,
            part.adjustment_minor,
        )
        for part in parts
        if part.deleted_at is None
    ]


def _life_of(billing: Billing, row: Document) -> tuple[str, str, dict[str, int], datetime | date | None]:
    """The events that begin and undo a document's effect, what they book, and when it was undone."""
    match row:
        case Invoice():
            return "invoice.issued", "invoice.voided", _invoice_legs(billing, row), row.voided_at
        case CreditNote():
            undone = [day for day in (row.voided_at, _parent_void(billing, row)) if day]
            return "credit_memo.issued", "credit_memo.voided", _credit_legs(billing, row), min(undone, default=None)
        case Payment():
            legs = {PROCESSOR if row.processor else CASH: row.amount_minor, CREDITS: -row.amount_minor}
            return "payment.received", "payment.reversed", legs, row.reversed_at
        case Refund():
            return "refund.paid", "refund.failed", _refund_legs(billing, row), row.failed_date
        case ProcessorFee():
            return "fee.charged", "", fee_legs(row), None
        case Payout():
            return "payout.created", "payout.failed", payout_legs(row), row.failed_date
        case Dispute():
            raise ValueError("a dispute has movements, not a life")


def _conversion(row: Payment, home: Home, day: date) -> Iterator[Booking]:
    """The processor takes the money at what it was worth, and gives for it what it is worth on the day of the conversion."""
    assert row.settled_at is not None
    assert row.settlement_currency is not None
    assert row.settlement_amount_minor is not None
    on = max(day, home.day(row.settled_at))
    given = in_books(row.amount_minor, row.currency, home.currency, day)
    taken = in_books(row.settlement_amount_minor, row.settlement_currency, home.currency, on)
    yield Booking("processor.exchanged", None, on, {PROCESSOR: -given, EXCHANGE: given})
    legs = {PROCESSOR: taken, EXCHANGE: -given}
    _add(legs, CONVERSION_COST, given - taken)
    yield Booking("processor.settled", None, on, legs)


def _parent_void(billing: Billing, row: CreditNote) -> datetime | None:
    return billing.get(Invoice, row.invoice_id).voided_at if row.invoice_id else None


def _implied(billing: Billing, row: CreditNote) -> Application:
    assert row.invoice_id is not None
    assert row.issue_date is not None
    parts = billing.children(PaymentAllocation, row.invoice_id)
    settled = sum(part.amount_minor for part in parts if part.is_live and part.allocated_date <= row.issue_date)
    left = max(billing.get(Invoice, row.invoice_id).total_minor - settled, 0)
    return Application(row.id, row.invoice_id, min(row.total_minor, left), row.issue_date, None)


def _invoice_legs(billing: Billing, row: Invoice) -> dict[str, int]:
    legs = {CREDITS if row.total_minor < 0 else RECEIVABLE: row.total_minor}
    for line in billing.children(InvoiceLine, row.id):
        _add(legs, _REVENUE[product_of(billing, line).revenue_treatment], -line.net_minor)
        _add(legs, TAX, -line.tax_minor)
    return legs


def _credit_legs(billing: Billing, row: CreditNote) -> dict[str, int]:
    legs = {{"write_off": RECEIVABLE, "chargeback": DISPUTED}.get(row.kind, CREDITS): -row.total_minor}
    for line in billing.children(CreditNoteLine, row.id):
        unearned = unearned_credit(billing, row, line)
        _add(legs, DEFERRED, unearned)
        _add(legs, CONTRA, line.amount_minor - unearned)
        _add(legs, TAX, line.tax_minor)
    return legs


def _refund_legs(billing: Billing, row: Refund) -> dict[str, int]:
    payment = billing.get(Payment, row.payment_id)
    applied = sum(part.used_minor for part in billing.children(PaymentAllocation, payment.id) if part.is_live)
    others = [other for other in billing.children(Refund, payment.id) if other.created_at < row.created_at]
    unapplied = payment.amount_minor - applied - sum(other.amount_minor for other in others)
    is_covered = row.credit_note_id is not None or unapplied >= row.amount_minor
    debit, credit = CREDITS if is_covered else UNCOVERED_REFUNDS, PROCESSOR if payment.processor else CASH
    return {debit: row.amount_minor, credit: -row.amount_minor}


def _in_books(billing: Billing, row: Document, amount: int) -> int:
    home = home_of(billing, row)
    day = date_of(home, row)
    assert home is not None
    assert day is not None
    return in_books(amount, row.currency, home.currency, day)


def _void_day(billing: Billing, invoice_id: UUID) -> date | None:
    invoice = billing.get(Invoice, invoice_id)
    home: Home | None = home_of(billing, invoice)
    return home.day(invoice.voided_at) if home and invoice.voided_at else None


def _add(legs: dict[str, int], account: str, amount: int) -> None:
    if amount:
        legs[account] = legs.get(account, 0) + amount
