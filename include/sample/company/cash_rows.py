"""One class per billing table that is about cash, and the history of statuses; see `rows`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from include.sample.company.rows import Mutable, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(Mutable):
    """Money received from a customer."""

    table: ClassVar[str] = "payments"
    customer_id: UUID
    legal_entity_id: UUID
    status: str
    method: str
    received_at: datetime | None = None
    value_date: date | None = None
    currency: str
    amount_minor: int
    processor: str | None = None
    processor_account: str | None = None
    bank_account_ref: str | None = None
    failed_at: datetime | None = None
    reversed_at: datetime | None = None
    settlement_currency: str | None = None
    settlement_amount_minor: int | None = None
    settlement_rate: Decimal | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAllocation(Mutable):
    """The application of a payment or credit note to an invoice."""

    table: ClassVar[str] = "payment_allocations"
    parents: ClassVar[tuple[str, ...]] = ("payment_id", "credit_note_id", "invoice_id")
    payment_id: UUID | None
    credit_note_id: UUID | None
    invoice_id: UUID
    amount_minor: int
    currency: str
    payment_amount_minor: int | None = None
    payment_currency: str | None = None
    adjustment_minor: int = 0
    adjustment_kind: str | None = None
    allocated_date: date
    reversed_date: date | None = None

    @property
    def is_live(self) -> bool:
        """Whether it still holds, by its own row."""
        return self.deleted_at is None and self.reversed_date is None

    @property
    def used_minor(self) -> int:
        """What it uses up of its payment or credit note, in that one's currency."""
        return self.amount_minor if self.payment_amount_minor is None else self.payment_amount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Mutable):
    """Money returned to a customer."""

    table: ClassVar[str] = "refunds"
    parents: ClassVar[tuple[str, ...]] = ("payment_id",)
    payment_id: UUID
    credit_note_id: UUID | None
    status: str
    refund_date: date | None = None
    succeeded_at: datetime | None = None
    failed_date: date | None = None
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(Mutable):
    """A payment that the customer contests at the card network."""

    table: ClassVar[str] = "disputes"
    payment_id: UUID
    status: str
    opened_date: date
    closed_date: date | None = None
    currency: str
    amount_minor: int
    processor_account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeMovement(Mutable):
    """The cash side of a dispute."""

    table: ClassVar[str] = "dispute_movements"
    parents: ClassVar[tuple[str, ...]] = ("dispute_id",)
    dispute_id: UUID
    movement_kind: str
    movement_date: date
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorFee(Mutable):
    """What a payment processor takes."""

    table: ClassVar[str] = "processor_fees"
    legal_entity_id: UUID
    processor: str
    processor_account: str | None = None
    payment_id: UUID | None = None
    refund_id: UUID | None = None
    dispute_id: UUID | None = None
    fee_kind: str
    incurred_date: date
    currency: str
    amount_minor: int
    tax_minor: int = 0
    reverse_charge: bool = False
    settled: str = "deducted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout(Mutable):
    """The net transfer of a processor to the bank."""

    table: ClassVar[str] = "payouts"
    legal_entity_id: UUID
    processor: str
    processor_account: str | None = None
    status: str
    initiated_date: date
    arrival_date: date | None = None
    failed_date: date | None = None
    currency: str
    amount_minor: int
    bank_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutItem(Mutable):
    """One part of a payout."""

    table: ClassVar[str] = "payout_items"
    parents: ClassVar[tuple[str, ...]] = ("payout_id",)
    payout_id: UUID
    item_kind: str
    source_id: UUID | None
    amount_minor: int
    source_currency: str | None = None
    source_amount_minor: int | None = None
    exchange_rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusHistory(Row):
    """A status that a document had, and from when."""

    table: ClassVar[str] = "status_history"
    document_type: str
    document_id: UUID
    status: str
    at: datetime
    amount_minor: int
