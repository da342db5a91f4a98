"""Documents of the payment processor: disputes, fees, payouts, and money that it converts.

The payments and refunds behind them are booked; the amounts of the disputes, fees and first payout are those of the
scenarios S8 and S9, the conversion is that of S10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from include.sample.company.calendar import DAYS, TOMORROW
from include.sample.company.cash import PROCESSOR, apply, receive, refund
from include.sample.company.cash_rows import (
    Dispute,
    DisputeMovement,
    Payment,
    Payout,
    PayoutItem,
    ProcessorFee,
    Refund,
)
from include.sample.company.catalogue import entity_id
from include.sample.company.invoicing import Item, issue_invoice, onboarding, plan, usage
from include.sample.company.rows import CreditNote, Invoice
from include.sample.company.specials import Desk

_, MIDDLE, MONTH_END, FEBRUARY = DAYS
Part = tuple[str, UUID | None, int]  # kind, the document it stands for, amount in the payout's currency


def write_processor_documents(desks: dict[str, Desk]) -> None:
    """Write what the processor did before night one."""
    us, uk, de, jp = (desks[code] for code in ("US", "UK", "DE", "JP"))
    _write_first_payout(us)
    _write_disputes(us)
    _write_other_fees(us, uk, de)
    _write_other_payouts(us, uk, jp)
    _write_conversions(us, uk)


def change_processor_documents(us: Desk) -> None:
    """What the processor does before night two: a dispute is won, a payout arrives."""
    billing = us.billing
    won = billing.named(Dispute, "dispute")
    billing.write(replace(won, status="won", closed_date=TOMORROW))
    _move(us, "dispute", won, "reinstated", TOMORROW)
    arrived = billing.named(Payout, "payout_in_transit")
    billing.write(replace(arrived, status="paid", arrival_date=TOMORROW, bank_ref="US-MAIN/0202"))


def _write_first_payout(us: Desk) -> None:
    """S9: two charges, a refund and two fees; the payout leaves nothing behind in the clearing."""
    billing, first = us.billing, us.billing.named(Payment, "S1_payment")
    _, second = us.paid("S9", MIDDLE, usage(50_000))
    credit = us.credit("S5", billing.named(Invoice, "S1"), MONTH_END, "refund", 10_000)
    returned = billing.special("S5_refund", refund(billing, us.home, first, "S5", 10_888, MONTH_END, credit))
    fees = [
        _charge(us, "fee", "processing", MIDDLE, 4_167, payment_id=first.id),
        _charge(us, "fee_of_second_charge", "processing", MIDDLE, 1_480, payment_id=second.id),
    ]
    _pay_out(
        us,
        "payout",
        "paid",
        MONTH_END,
        [
            ("payment", first.id, first.amount_minor),
            ("payment", second.id, second.amount_minor),
            ("refund", returned.id, -returned.amount_minor),
            *[("fee", fee.id, -fee.amount_minor) for fee in fees],
        ],
        arrival_date=FEBRUARY,
        bank_ref="US-MAIN/0201",
    )


def _write_disputes(us: Desk) -> None:
    """S8: 100.00 taken back and a fee of 15.00: one open, two lost, with a chargeback and without, and a mere question."""
    _dispute(us, "dispute", "open")
    lost = _dispute(us, "dispute_lost", "lost", closed_date=MONTH_END)
    _dispute(us, "dispute_inquiry", "inquiry")
    _dispute(us, "dispute_lost_delivered", "lost", closed_date=MONTH_END, item=onboarding(9_185))
    invoice = us.billing.named(Invoice, "dispute_lost_invoice")
    chargeback = us.credit("chargeback", invoice, MONTH_END, "chargeback", 9_185)
    us.billing.write(replace(us.billing.get(CreditNote, chargeback.id), dispute_id=lost.id))


def _dispute(us: Desk, name: str, status: str, closed_date: date | None = None, item: Item | None = None) -> Dispute:
    _, payment = us.paid(f"{name}_invoice", MIDDLE, item or plan(9_185))
    row = us.billing.write(
        Dispute(
            id=us.billing.key(f"dispute/{name}"),
            payment_id=payment.id,
            status=status,
            opened_date=MONTH_END,
            closed_date=closed_date,
            currency=payment.currency,
            amount_minor=payment.amount_minor,
            processor_account=payment.processor_account,
        )
    )
    us.billing.special(name, row)
    if status != "inquiry":
        _move(us, name, row, "withdrawn", MONTH_END)
        _charge(us, f"{name}_fee", "dispute", MONTH_END, 1_500, dispute_id=row.id)
    return row


def _move(us: Desk, name: str, dispute: Dispute, kind: str, day: date) -> None:
    us.billing.write(
        DisputeMovement(
            id=us.billing.key(f"dispute_movement/{name}/{kind}"),
            dispute_id=dispute.id,
            movement_kind=kind,
            movement_date=day,
            currency=dispute.currency,
            amount_minor=dispute.amount_minor,
        )
    )


def _write_other_fees(us: Desk, uk: Desk, de: Desk) -> None:
    given_back = us.billing.named(Refund, "S5_refund").id
    _charge(us, "fee_given_back", "refund", MONTH_END, -200, refund_id=given_back)
    _charge(de, "fee_reverse_charge", "account", MONTH_END, 900, reverse_charge=True)
    _charge(uk, "fee_invoiced", "account", MONTH_END, 1_200, tax_minor=200, settled="invoiced")


def _charge(desk: Desk, name: str, kind: str, day: date, amount: int, **facts: Any) -> ProcessorFee:
    fee = ProcessorFee(
        id=desk.billing.key(f"fee/{name}"),
        legal_entity_id=entity_id(desk.billing, desk.home.code),
        processor=PROCESSOR,
        processor_account=_account(desk),
        fee_kind=kind,
        incurred_date=day,
        amount_minor=amount,
        **{"currency": desk.home.currency, **facts},
    )
    return desk.billing.special(name, desk.billing.write(fee))


def _write_other_payouts(us: Desk, uk: Desk, jp: Desk) -> None:
    """One on its way with a reserve kept, one that the bank sent back, one that the processor draws from us."""
    disputed = us.billing.named(Payment, "dispute_invoice_payment")
    kept: list[Part] = [("payment", disputed.id, disputed.amount_minor), ("reserve", None, -1_000)]
    _pay_out(us, "payout_in_transit", "in_transit", FEBRUARY, kept)
    lost = us.billing.named(Dispute, "dispute_lost")
    _pay_out(us, "payout_negative", "paid", MONTH_END, [("dispute", lost.id, -10_000)], arrival_date=FEBRUARY)
    card = uk.billing.named(Payment, "overpaid_by_card_payment")
    _pay_out(uk, "payout_failed", "failed", MONTH_END, [("payment", card.id, 15_000)], failed_date=FEBRUARY)
    _pay_out(jp, "payout_adjusted", "paid", MONTH_END, [("adjustment", None, 120)], arrival_date=FEBRUARY)


def _write_conversions(us: Desk, uk: Desk) -> None:
    """S10: EUR 1,000 paid to the US and converted at 1.0750; and pounds that the processor keeps in euros."""
    billing = us.billing
    invoice = issue_invoice(billing, us.home, us.customer, "S10", MIDDLE, [usage(100_000)], currency="EUR")
    billing.special("S10", invoice)
    payment = receive(billing, us.home, us.customer, "S10", 100_000, MONTH_END)
    payment = _settle(us, replace(payment, currency="EUR"), "USD", 107_500, "1.0750")
    billing.special("S10_payment", payment)
    apply(billing, payment, invoice, 100_000, MONTH_END)
    _pay_out(us, "payout_converted", "paid", MONTH_END, [("payment", payment.id, 107_500)], arrival_date=FEBRUARY)
    invoice, payment = uk.paid("settled_in_euros", MIDDLE, usage(50_000))
    _settle(uk, payment, "EUR", 57_500, "1.1500")
    _charge(uk, "fee_in_euros", "processing", MIDDLE, 800, payment_id=payment.id, currency="EUR")


def _settle(desk: Desk, payment: Payment, currency: str, amount: int, rate: str) -> Payment:
    return desk.billing.write(
        replace(
            payment,
            settlement_currency=currency,
            settlement_amount_minor=amount,
            settlement_rate=Decimal(rate),
            settled_at=desk.home.instant(MIDDLE, time(1)),
        )
    )


def _pay_out(desk: Desk, name: str, status: str, day: date, parts: Sequence[Part], **facts: Any) -> Payout:
    """Write a payout with its items; what the processor converted carries its own currency and rate."""
    billing = desk.billing
    payout = billing.write(
        Payout(
            id=billing.key(f"payout/{name}"),
            legal_entity_id=entity_id(billing, desk.home.code),
            processor=PROCESSOR,
            processor_account=_account(desk),
            status=status,
            initiated_date=day,
            currency=desk.home.currency,
            amount_minor=sum(amount for _, _, amount in parts),
            **facts,
        )
    )
    for number, (kind, source, amount) in enumerate(parts, start=1):
        item = PayoutItem(
            id=billing.key(f"payout_item/{name}/{number}"),
            payout_id=payout.id,
            item_kind=kind,
            source_id=source,
            amount_minor=amount,
        )
        converted = billing.find(Payment, source) if source else None
        if converted and converted.settlement_currency == payout.currency:
            item = replace(
                item,
                source_currency=converted.currency,
                source_amount_minor=converted.amount_minor,
                exchange_rate=converted.settlement_rate,
            )
        billing.write(item)
    return billing.special(name, payout)


def _account(desk: Desk) -> str:
    return f"{PROCESSOR}-{desk.home.code.lower()}"
