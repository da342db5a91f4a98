"""Sound documents as rows of a billing database: a family is one document of a type with all that it needs beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

_NAMES = UUID("2a2bb0d4-0a6b-5f0e-9d0e-6d0f6b6a7c11")

Row = dict[str, Any]
Rows = list[tuple[str, Row]]  # table, row

# Document type -> its table and those below it; the others of a family are documents of their own.
TABLES: dict[str, tuple[str, ...]] = {
    "invoice": ("invoices", "invoice_lines", "invoice_line_taxes"),
    "credit_memo": ("credit_notes", "credit_note_lines", "credit_note_line_taxes"),
    "payment": ("payments", "payment_allocations"),
    "refund": ("refunds",),
    "dispute": ("disputes", "dispute_movements"),
    "processor_fee": ("processor_fees",),
    "payout": ("payouts", "payout_items"),
}
DOCUMENT_TYPES: dict[str, str] = {tables[0]: kind for kind, tables in TABLES.items()}


@dataclass(frozen=True)
class Family:
    """The rows of one document, and of the sound ones beside it that it names."""

    document_type: str
    document_id: UUID
    own: Rows
    beside: Rows

    @property
    def documents_beside(self) -> Rows:
        """The sound documents: type, row."""
        return [(DOCUMENT_TYPES[table], row) for table, row in self.beside if table in DOCUMENT_TYPES]


@dataclass(frozen=True)
class Place:
    """Whose documents a family's are: names come from `mark`, money and days from the legal entity."""

    mark: str
    entity: str = "US"
    currency: str = "USD"

    def id(self, name: str) -> UUID:
        """The id of what this family calls `name`."""
        return named(f"{self.mark}/{name}")

    @property
    def common(self) -> Row:
        """What every document has."""
        return {"legal_entity_id": named(self.entity), "currency": self.currency}


def named(name: str) -> UUID:
    """The id of a row that tests call by `name`."""
    return uuid5(_NAMES, name)


def family(document_type: str, place: Place) -> Family:
    """A sound document of a type, with what it names."""
    own, beside = _MAKERS[document_type](place)
    return Family(document_type, place.id(document_type), own, beside)


def _invoice(place: Place) -> tuple[Rows, Rows]:
    return list(_invoice_rows(place, "invoice")), []


def _invoice_rows(place: Place, name: str) -> Iterator[tuple[str, Row]]:
    """120.00 for a year and 80.00 at once, with 10.00 of tax on what is delivered at once."""
    yield (
        "invoices",
        place.common
        | {"id": place.id(name), "customer_id": named(f"C-{place.entity}"), "number": f"{place.mark}-{name}"}
        | {"status": "issued", "issue_date": date(2026, 1, 10), "voided_at": None, "written_off_at": None}
        | {"subtotal_minor": 20000, "discount_minor": 0, "tax_minor": 1000, "total_minor": 21000},
    )
    line = {"invoice_id": place.id(name), "line_kind": "charge", "discount_minor": 0, "tax_inclusive": False}
    line |= dict.fromkeys(("recognition_date", "recognition_amount_minor", "credited_line_id"))
    yield (
        "invoice_lines",
        line
        | {"id": place.id(f"{name}/1"), "line_no": 1, "product_id": named("PLAN"), "amount_minor": 12000}
        | {"tax_minor": 0, "service_start": date(2026, 1, 1), "service_end": date(2026, 12, 31)}
        | {"department": "sales", "region": "emea"},
    )
    yield (
        "invoice_lines",
        line
        | {"id": place.id(f"{name}/2"), "line_no": 2, "product_id": named("SETUP"), "amount_minor": 8000}
        | {"tax_minor": 1000, "service_start": None, "service_end": None, "department": None, "region": None},
    )
    yield (
        "invoice_line_taxes",
        {"id": place.id(f"{name}/2/tax"), "invoice_line_id": place.id(f"{name}/2"), "jurisdiction": "X"}
        | {"rate": "0.125", "taxable_minor": 8000, "tax_minor": 1000, "tax_local_minor": None},
    )


def _credit_memo(place: Place) -> tuple[Rows, Rows]:
    own: Rows = [
        (
            "credit_notes",
            place.common
            | {"id": place.id("credit_memo"), "customer_id": named(f"C-{place.entity}"), "number": place.mark}
            | {"invoice_id": place.id("invoice"), "status": "issued", "kind": "ar_reduction", "dispute_id": None}
            | {"issue_date": date(2026, 1, 20), "voided_at": None}
            | {"subtotal_minor": 2000, "tax_minor": 100, "total_minor": 2100},
        ),
        (
            "credit_note_lines",
            {"id": place.id("credit_memo/1"), "credit_note_id": place.id("credit_memo"), "line_no": 1}
            | {"invoice_line_id": place.id("invoice/2"), "product_id": named("SETUP"), "amount_minor": 800}
            | {"tax_minor": 100, "revenue_effect": "price_reduction", "effective_date": None},
        ),
        (
            "credit_note_lines",
            {"id": place.id("credit_memo/2"), "credit_note_id": place.id("credit_memo"), "line_no": 2}
            | {"invoice_line_id": place.id("invoice/1"), "product_id": named("PLAN"), "amount_minor": 1200}
            | {"tax_minor": 0, "revenue_effect": "price_reduction", "effective_date": None},
        ),
        (
            "credit_note_line_taxes",
            {"id": place.id("credit_memo/1/tax"), "credit_note_line_id": place.id("credit_memo/1")}
            | {"jurisdiction": "X", "rate": "0.125", "taxable_minor": 800, "tax_minor": 100, "tax_local_minor": None},
        ),
    ]
    return own, list(_invoice_rows(place, "invoice"))


def _payment(place: Place) -> tuple[Rows, Rows]:
    allocation = {
        "id": place.id("payment/1"),
        "payment_id": place.id("payment"),
        "credit_note_id": None,
        "invoice_id": place.id("invoice"),
        "amount_minor": 21000,
        "currency": place.currency,
        "payment_amount_minor": None,
        "payment_currency": None,
        "adjustment_minor": 0,
        "adjustment_kind": None,
        "allocated_date": date(2026, 1, 15),
        "reversed_date": None,
    }
    return [
        ("payments", _payment_row(place, "payment")),
        ("payment_allocations", allocation),
    ], list(_invoice_rows(place, "invoice"))


def _payment_row(place: Place, name: str) -> Row:
    return (
        place.common
        | {"id": place.id(name), "customer_id": named(f"C-{place.entity}"), "status": "succeeded", "method": "card"}
        | {"received_at": datetime.fromisoformat("2026-01-15T15:00+00:00"), "value_date": date(2026, 1, 15)}
        | {"amount_minor": 21000, "processor": "stripe", "processor_account": "acct", "bank_account_ref": None}
        | dict.fromkeys(("failed_at", "reversed_at", "settlement_currency", "settlement_amount_minor", "settled_at"))
    )


def _refund(place: Place) -> tuple[Rows, Rows]:
    row = {
        "id": place.id("refund"),
        "payment_id": place.id("payment"),
        "credit_note_id": None,
        "legal_entity_id": None,
        "status": "succeeded",
        "refund_date": date(2026, 1, 22),
        "succeeded_at": datetime.fromisoformat("2026-01-22T15:00+00:00"),
        "failed_date": None,
        "currency": place.currency,
        "amount_minor": 700,
        "processor_account": "acct",
    } | dict.fromkeys(("settlement_currency", "settlement_amount_minor", "settled_at"))
    return [("refunds", row)], [("payments", _payment_row(place, "payment"))]


def _dispute(place: Place) -> tuple[Rows, Rows]:
    own: Rows = [
        (
            "disputes",
            {"id": place.id("dispute"), "payment_id": place.id("payment"), "status": "open"}
            | {"opened_date": date(2026, 1, 24), "closed_date": None, "currency": place.currency}
            | {"amount_minor": 500, "processor_account": "acct"},
        ),
        (
            "dispute_movements",
            {"id": place.id("dispute/1"), "dispute_id": place.id("dispute"), "movement_kind": "withdrawn"}
            | {"movement_date": date(2026, 1, 24), "currency": place.currency, "amount_minor": 500}
            | dict.fromkeys(("settlement_currency", "settlement_amount_minor", "settled_at")),
        ),
    ]
    return own, [("payments", _payment_row(place, "payment"))]


def _processor_fee(place: Place) -> tuple[Rows, Rows]:
    row = place.common | {
        "id": place.id("processor_fee"),
        "processor": "stripe",
        "processor_account": "acct",
        "payment_id": place.id("payment"),
        "refund_id": None,
        "dispute_id": None,
        "fee_kind": "processing",
        "incurred_date": date(2026, 1, 15),
        "amount_minor": 330,
        "tax_minor": 30,
        "reverse_charge": False,
        "settled": "deducted",
    }
    return [("processor_fees", row)], [("payments", _payment_row(place, "payment"))]


def _payout(place: Place) -> tuple[Rows, Rows]:
    own: Rows = [
        (
            "payouts",
            place.common
            | {"id": place.id("payout"), "processor": "stripe", "processor_account": "acct", "bank_account_ref": "bank"}
            | {"status": "paid", "initiated_date": date(2026, 1, 18), "arrival_date": date(2026, 1, 19)}
            | {"failed_date": None, "amount_minor": 21000},
        ),
        (
            "payout_items",
            {"id": place.id("payout/1"), "payout_id": place.id("payout"), "item_kind": "payment"}
            | {"source_id": place.id("payment"), "amount_minor": 21000},
        ),
    ]
    return own, [("payments", _payment_row(place, "payment"))]


_MAKERS: Mapping[str, Callable[[Place], tuple[Rows, Rows]]] = {
    "invoice": _invoice,
    "credit_memo": _credit_memo,
    "payment": _payment,
    "refund": _refund,
    "dispute": _dispute,
    "processor_fee": _processor_fee,
    "payout": _payout,
}
