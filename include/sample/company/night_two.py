"""What happens in billing after night one began to read: meanwhile, in the late transaction, and during the next day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

from include.sample.company.billing import Billing
from include.sample.company.calendar import DAYS, LONG_AGO, NIGHT_TWO_AT, TOMORROW
from include.sample.company.cash import apply, pay, refund
from include.sample.company.cash_rows import Payment, PaymentAllocation, Refund
from include.sample.company.catalogue import HOMES, entity_id
from include.sample.company.invoicing import change_amount, line_of, onboarding, plan, settle, usage
from include.sample.company.processor_documents import change_processor_documents
from include.sample.company.rows import CreditNote, Invoice
from include.sample.company.specials import Desk

EARLY, MIDDLE, MONTH_END, FEBRUARY = DAYS
_LATER_RENEWAL = date(2026, 3, 1)


def write_meanwhile(desks: dict[str, Desk]) -> None:
    """Committed while the late transaction is open: night one sees it, and night two reads it again, unchanged."""
    uk, de, jp = (desks[code] for code in ("UK", "DE", "JP"))
    de.paid("meanwhile_de", FEBRUARY, plan(54_000))
    jp.invoice("meanwhile_jp", FEBRUARY, plan(55_000), usage(777))
    invoice = uk.billing.named(Invoice, "paid_meanwhile")
    uk.billing.special(
        "paid_meanwhile_payment", pay(uk.billing, uk.home, invoice, "meanwhile", FEBRUARY, by_card=False)
    )


def write_late(desks: dict[str, Desk]) -> None:
    """The transaction that is open while night one reads: nothing of it is seen before night two."""
    us, uk, de = (desks[code] for code in ("US", "UK", "DE"))
    us.invoice("late_us", MONTH_END, plan(56_000), onboarding(5_000))
    uk.paid("late_uk", FEBRUARY, plan(57_000))
    invoice = de.billing.named(Invoice, "paid_late")
    de.billing.special("paid_late_payment", pay(de.billing, de.home, invoice, "late", FEBRUARY, by_card=False))


def write_second_day(desks: dict[str, Desk]) -> None:
    """The special changes and documents of the day before night two."""
    us, uk, de, jp = (desks[code] for code in ("US", "UK", "DE", "JP"))
    _change_invoices(us, de)
    _change_applications(us.billing)
    _change_cash(uk, jp)
    _repair(us)
    _write_credits(uk)
    change_processor_documents(us)
    us.invoice("january_in_february_us", MIDDLE, plan(58_000), usage(4_321))
    uk.invoice("january_in_february_uk", MIDDLE, plan(59_000), onboarding(5_000))
    de.invoice("renewal_new", _LATER_RENEWAL, plan(63_000))


def _change_invoices(us: Desk, de: Desk) -> None:
    billing = us.billing
    changed = billing.named(Invoice, "changed_in_closed_period")
    change_amount(billing, HOMES["US"], changed, line_of(billing, changed), 24_000)
    changed = billing.named(Invoice, "changed_in_open_period")
    change_amount(billing, HOMES["UK"], changed, line_of(billing, changed, 2), 15_000)
    for name in ("voided_when_paid", "voided_when_open"):
        invoice = billing.named(Invoice, name)
        voided_at = datetime(2026, 2, 1, 15, tzinfo=UTC)
        billing.write(replace(invoice, status="void", voided_at=voided_at, open_minor=0))
    billing.write(replace(billing.named(Invoice, "flipped_to_paid"), status="paid", open_minor=0))
    billing.write(replace(billing.named(Invoice, "draft_deleted"), deleted_at=NIGHT_TWO_AT))
    billing.write(replace(billing.named(Invoice, "moved_back_far"), issue_date=LONG_AGO))
    issued = billing.named(Invoice, "draft_issued")
    finalized_at = de.home.instant(FEBRUARY, time(16))
    billing.write(replace(issued, status="issued", finalized_at=finalized_at, open_minor=issued.total_minor))


def _change_applications(billing: Billing) -> None:
    gone = _application(billing, "application_deleted_payment")
    billing.delete(gone)
    hidden = _application(billing, "application_deleted_softly_payment")
    billing.write(replace(hidden, deleted_at=NIGHT_TWO_AT))
    today = _application(billing, "unapplied_today_payment")
    billing.write(replace(today, reversed_date=TOMORROW))
    # Dated in January, which the ERP has closed in the US by now.
    closed = _application(billing, "unapplied_in_closed_period_payment")
    billing.write(replace(closed, reversed_date=MONTH_END))
    reversed_payment = billing.named(Payment, "payment_reversed_payment")
    billing.write(replace(reversed_payment, status="reversed", reversed_at=datetime(2026, 2, 1, 12, tzinfo=UTC)))
    bounced = _application(billing, "payment_reversed_payment")
    billing.write(replace(bounced, reversed_date=FEBRUARY))
    for row in (gone, hidden, today, closed, bounced):
        settle(billing, row.invoice_id)
    # The 50.00 left of the overpayment go to the next invoice.
    overpaid, next_invoice = billing.named(Payment, "S4_payment"), billing.named(Invoice, "S3")
    apply(billing, overpaid, next_invoice, 5_000, TOMORROW)


def _change_cash(uk: Desk, jp: Desk) -> None:
    billing = uk.billing
    billing.delete(billing.named(Payment, "payment_deleted"))
    billing.delete(billing.named(Payment, "negative_payment_deleted"))
    billing.write(replace(billing.named(Payment, "pending_settled"), status="succeeded"))
    failed = billing.named(Refund, "refund_fails_later")
    billing.write(replace(failed, status="failed", failed_date=TOMORROW))
    payment = billing.named(Payment, "refunded_without_credit_payment")
    billing.special("refund_without_credit", refund(billing, uk.home, payment, "without_credit", 10_000, FEBRUARY))
    for desk, name, day in ((jp, "credited_then_paid", TOMORROW), (uk, "credited_then_paid_earlier", MONTH_END)):
        invoice = billing.named(Invoice, name)
        amount = 33_000 if desk is jp else 10_000
        billing.special(f"{name}_payment", pay(billing, desk.home, invoice, name, day, amount, by_card=False))


def _repair(us: Desk) -> None:
    invoice = us.billing.named(Invoice, "missing_entity_repaired")
    us.billing.write(replace(invoice, legal_entity_id=entity_id(us.billing, "US")))


def _write_credits(uk: Desk) -> None:
    billing = uk.billing
    uk.credit("implied_on_night_two", billing.named(Invoice, "credited_on_night_two"), TOMORROW, "ar_reduction", 8_000)
    voided = billing.named(CreditNote, "credit_voided_later")
    billing.write(replace(voided, status="void", voided_at=datetime(2026, 2, 1, 16, tzinfo=UTC)))
    credit = billing.named(CreditNote, "credit_applied_later")
    apply(billing, credit, billing.named(Invoice, "S3"), credit.total_minor, TOMORROW)


def _application(billing: Billing, payment: str) -> PaymentAllocation:
    (row,) = billing.children(PaymentAllocation, billing.named(Payment, payment).id)
    return row
