"""Documents of the payment processor on night one: none of them is booked yet."""

from __future__ import annotations

from include.sample.company.calendar import DAYS
from include.sample.company.cash import PROCESSOR
from include.sample.company.cash_rows import Dispute, DisputeMovement, Payment, Payout, PayoutItem, ProcessorFee
from include.sample.company.catalogue import entity_id
from include.sample.company.specials import Desk

_, MIDDLE, MONTH_END, FEBRUARY = DAYS


def write_processor_documents(us: Desk) -> None:
    """A dispute, a fee and a payout of the S1 payment."""
    billing, payment = us.billing, us.billing.named(Payment, "S1_payment")
    dispute = Dispute(
        id=billing.key("dispute/1"),
        payment_id=payment.id,
        status="open",
        opened_date=MONTH_END,
        currency="USD",
        amount_minor=15_000,
    )
    billing.special("dispute", billing.write(dispute))
    billing.write(
        DisputeMovement(
            id=billing.key("dispute_movement/1"),
            dispute_id=dispute.id,
            movement_kind="withdrawn",
            movement_date=MONTH_END,
            currency="USD",
            amount_minor=15_000,
        )
    )
    fee = ProcessorFee(
        id=billing.key("fee/1"),
        legal_entity_id=entity_id(billing, "US"),
        processor=PROCESSOR,
        payment_id=payment.id,
        fee_kind="processing",
        incurred_date=MIDDLE,
        currency="USD",
        amount_minor=4_167,
    )
    billing.special("fee", billing.write(fee))
    parts = [("payment", payment.id, payment.amount_minor), ("fee", fee.id, -fee.amount_minor)]
    payout = Payout(
        id=billing.key("payout/1"),
        legal_entity_id=entity_id(billing, "US"),
        processor=PROCESSOR,
        status="paid",
        initiated_date=MONTH_END,
        arrival_date=FEBRUARY,
        currency="USD",
        amount_minor=sum(amount for _, _, amount in parts),
    )
    billing.special("payout", billing.write(payout))
    for kind, source, amount in parts:
        key = billing.key(f"payout_item/{source}")
        billing.write(PayoutItem(id=key, payout_id=payout.id, item_kind=kind, source_id=source, amount_minor=amount))
