"""One class per table of the billing schema: the columns that the sample company fills, under the contract's names.

Amounts are integers in minor units. `parents` names the columns by which a row is found from the rows it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

UNWRITTEN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every table has; `created_at` is set when the row is written."""

    table: ClassVar[str]
    parents: ClassVar[tuple[str, ...]] = ()
    id: UUID
    created_at: datetime = UNWRITTEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutable(Row):
    """A row that may change and may be deleted softly."""

    updated_at: datetime = UNWRITTEN
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntity(Mutable):
    """A company with its own books."""

    table: ClassVar[str] = "legal_entities"
    code: str
    name: str
    country: str
    base_currency: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Mutable):
    """Who is billed."""

    table: ClassVar[str] = "customers"
    external_id: str
    legal_entity_id: UUID
    name: str
    country: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Mutable):
    """What is sold; its treatment decides when it becomes revenue."""

    table: ClassVar[str] = "products"
    sku: str
    name: str
    product_line: str
    revenue_treatment: str
    recognition_method: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Mutable):
    """An agreement that invoices belong to."""

    table: ClassVar[str] = "contracts"
    customer_id: UUID
    number: str
    start_date: date
    end_date: date | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(Mutable):
    """A claim on a customer."""

    table: ClassVar[str] = "invoices"
    legal_entity_id: UUID | None
    customer_id: UUID
    contract_id: UUID | None = None
    number: str
    status: str
    issue_date: date | None
    due_date: date | None = None
    finalized_at: datetime | None = None
    voided_at: datetime | None = None
    written_off_at: datetime | None = None
    currency: str
    subtotal_minor: int
    discount_minor: int
    tax_minor: int
    total_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine(Mutable):
    """One thing billed on an invoice."""

    table: ClassVar[str] = "invoice_lines"
    parents: ClassVar[tuple[str, ...]] = ("invoice_id",)
    invoice_id: UUID
    line_no: int
    product_id: UUID | None
    description: str
    line_kind: str
    quantity: Decimal
    amount_minor: int
    discount_minor: int
    tax_minor: int
    tax_inclusive: bool
    service_start: date | None
    service_end: date | None
    credited_line_id: UUID | None = None

    @property
    def net_minor(self) -> int:
        """Amount less discount and less the tax that is inside."""
        return self.amount_minor - self.discount_minor - (self.tax_minor if self.tax_inclusive else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLineTax(Mutable):
    """The tax of one authority on an invoice line."""

    table: ClassVar[str] = "invoice_line_taxes"
    parents: ClassVar[tuple[str, ...]] = ("invoice_line_id",)
    invoice_line_id: UUID
    jurisdiction: str
    rate: Decimal
    taxable_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote(Mutable):
    """A document that reduces what a customer owes."""

    table: ClassVar[str] = "credit_notes"
    parents: ClassVar[tuple[str, ...]] = ("invoice_id",)
    legal_entity_id: UUID | None
    customer_id: UUID
    invoice_id: UUID | None
    number: str
    status: str
    kind: str
    dispute_id: UUID | None = None
    issue_date: date | None
    voided_at: datetime | None = None
    reason: str | None = None
    currency: str
    subtotal_minor: int
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteLine(Mutable):
    """What a credit note takes back from one invoice line."""

    table: ClassVar[str] = "credit_note_lines"
    parents: ClassVar[tuple[str, ...]] = ("credit_note_id",)
    credit_note_id: UUID
    line_no: int
    invoice_line_id: UUID
    product_id: UUID | None
    description: str
    amount_minor: int
    tax_minor: int
    revenue_effect: str | None
    effective_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteLineTax(Mutable):
    """The tax of one authority on a credit note line."""

    table: ClassVar[str] = "credit_note_line_taxes"
    parents: ClassVar[tuple[str, ...]] = ("credit_note_line_id",)
    credit_note_line_id: UUID
    jurisdiction: str
    rate: Decimal
    taxable_minor: int
    tax_minor: int
