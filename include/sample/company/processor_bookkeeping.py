"""The answer's own bookkeeping of what a payment processor takes and pays out. Debit is positive, credit negative."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from include.sample.company.billing import Billing
from include.sample.company.cash_rows import (
    Dispute,
    DisputeMovement,
    Payment,
    PaymentAllocation,
    Payout,
    PayoutItem,
    ProcessorFee,
)
from include.sample.company.judging import Document
from include.sample.company.rows import CreditNote, Invoice

PROCESSOR, SUSPENSE, RESERVES, TRANSIT, INPUT_TAX = "1050", "1055", "1056", "1060", "1450"
DISPUTED, _LOSSES = "1300", "6200"
_OUTPUT_TAX, _ACCRUED = "2000", "2080"
_EXPENSES = {"processing": "6000", "refund": "6000", "account": "6000", "dispute": "6050"}


def fee_legs(row: ProcessorFee) -> dict[str, int]:
    """The expense without tax, the tax, and who is owed; under reverse charge the tax is input and output."""
    taken = PROCESSOR if row.settled == "deducted" else _ACCRUED
    legs = {_EXPENSES[row.fee_kind]: row.amount_minor, taken: -row.amount_minor}
    if row.tax_minor:
        legs[INPUT_TAX] = row.tax_minor
        if row.reverse_charge:
            legs[_OUTPUT_TAX] = -row.tax_minor
        else:
            legs[_EXPENSES[row.fee_kind]] -= row.tax_minor
    return legs


def payout_legs(row: Payout) -> dict[str, int]:
    """From the processor's balance into transit."""
    return {TRANSIT: row.amount_minor, PROCESSOR: -row.amount_minor}


def item_legs(billing: Billing, row: Document) -> Iterator[tuple[str, UUID, dict[str, int]]]:
    """The items of a payout that no document tells of: event, item and legs."""
    for item in billing.children(PayoutItem, row.id) if isinstance(row, Payout) else ():
        if item.item_kind in ("reserve", "release"):
            yield "processor.reserved", item.id, {RESERVES: -item.amount_minor, PROCESSOR: item.amount_minor}
        elif item.item_kind == "adjustment":
            yield "processor.adjustment", item.id, {PROCESSOR: item.amount_minor, SUSPENSE: -item.amount_minor}


def dispute_events(billing: Billing, row: Dispute) -> Iterator[tuple[str, UUID | None, dict[str, int], date]]:
    """What a dispute moves, and what it costs once lost: event, movement, legs and day."""
    taken = 0
    for move in billing.children(DisputeMovement, row.id):
        amount = move.amount_minor if move.movement_kind == "withdrawn" else -move.amount_minor
        event = "dispute.opened" if amount > 0 else "dispute.won"
        taken += amount
        yield event, move.id, {DISPUTED: amount, PROCESSOR: -amount}, move.movement_date
    memos = [note for note in billing.all(CreditNote) if note.dispute_id == row.id]
    loss = taken - sum(note.total_minor for note in memos)
    if row.status == "lost" and loss:
        assert row.closed_date is not None
        yield "dispute.lost", None, _loss_legs(billing, row, loss), row.closed_date


def _loss_legs(billing: Billing, row: Dispute, loss: int) -> dict[str, int]:
    """The sample company loses whole payments of one invoice whose service is delivered."""
    payment = billing.get(Payment, row.payment_id)
    (part,) = billing.children(PaymentAllocation, payment.id)
    invoice = billing.get(Invoice, part.invoice_id)
    assert loss == payment.amount_minor == invoice.total_minor
    return {DISPUTED: -loss, _OUTPUT_TAX: invoice.tax_minor, _LOSSES: loss - invoice.tax_minor}
