"""Writing payments, applications and refunds of the sample company."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

from include.sample.company.billing import Billing
from include.sample.company.cash_rows import Payment, PaymentAllocation, Refund
from include.sample.company.catalogue import Home, entity_id
from include.sample.company.invoicing import settle
from include.sample.company.rows import CreditNote, Customer, Invoice

PROCESSOR = "cardhouse"
# A quarter past midnight: in Berlin and Tokyo the day before, by UTC.
_CARD_TIME = time(0, 15)


def receive(
    billing: Billing,
    home: Home,
    customer: Customer,
    name: str,
    amount: int,
    day: date,
    *,
    by_card: bool = True,
    status: str = "succeeded",
    received_at: datetime | None = None,
) -> Payment:
    """Write a payment: by card through the processor, known by its instant; or by wire, known by its value date."""
    row = Payment(
        id=billing.key(f"payment/{home.code}/{name}"),
        customer_id=customer.id,
        legal_entity_id=entity_id(billing, home.code),
        status=status,
        method="card" if by_card else "bank_transfer",
        received_at=received_at or home.instant(day, _CARD_TIME),
        value_date=None if by_card else day,
        currency=home.currency,
        amount_minor=amount,
        failed_at=home.instant(day, time(0, 20)) if status == "failed" else None,
    )
    if by_card:
        return billing.write(replace(row, processor=PROCESSOR, processor_account=f"{PROCESSOR}-{home.code.lower()}"))
    return billing.write(replace(row, bank_account_ref=f"{home.code}-MAIN"))


def apply(
    billing: Billing,
    source: Payment | CreditNote,
    invoice: Invoice,
    amount: int,
    day: date,
    *,
    used: int | None = None,
    bank_charge: int = 0,
) -> PaymentAllocation:
    """Apply a payment or credit note to an invoice, whose own row follows (open amount, status).

    `used` is the amount in the payment's currency if it differs; `bank_charge` is settled without cash.
    """
    number = len(billing.children(PaymentAllocation, source.id)) + 1
    allocation = billing.write(
        PaymentAllocation(
            id=billing.key(f"allocation/{source.id}/{number}"),
            payment_id=source.id if isinstance(source, Payment) else None,
            credit_note_id=source.id if isinstance(source, CreditNote) else None,
            invoice_id=invoice.id,
            amount_minor=amount,
            currency=invoice.currency,
            payment_amount_minor=used,
            payment_currency=source.currency if used is not None else None,
            adjustment_minor=bank_charge,
            adjustment_kind="bank_charge" if bank_charge else None,
            allocated_date=day,
        )
    )
    settle(billing, invoice.id)
    return allocation


def pay(
    billing: Billing,
    home: Home,
    invoice: Invoice,
    name: str,
    day: date,
    amount: int | None = None,
    *,
    by_card: bool = True,
) -> Payment:
    """Receive and apply on one day: the whole invoice unless `amount` says otherwise."""
    due = invoice.total_minor if amount is None else amount
    payment = receive(billing, home, billing.get(Customer, invoice.customer_id), name, due, day, by_card=by_card)
    apply(billing, payment, invoice, due, day)
    return payment


def refund(
    billing: Billing, home: Home, payment: Payment, name: str, amount: int, day: date, credit: CreditNote | None = None
) -> Refund:
    """Return money: through the processor known by its instant, by wire by its date."""
    return billing.write(
        Refund(
            id=billing.key(f"refund/{home.code}/{name}"),
            payment_id=payment.id,
            credit_note_id=credit.id if credit else None,
            status="succeeded",
            refund_date=None if payment.processor else day,
            succeeded_at=home.instant(day, _CARD_TIME),
            currency=payment.currency,
            amount_minor=amount,
        )
    )
