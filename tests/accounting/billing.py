"""A billing system in memory, written down compactly: documents by name, each with its lines and applications.

It speaks the port of billing systems, so that the real extract and account run on it. What a real source derives from
other rows (the entity of an application's invoice, whether that is void) is derived here as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from include.ports.billing import Reading, SourcePosition
from include.ports.canonical import DATASETS
from tests.accounting.conversions import conversions
from tests.accounting.credits import credit_lines
from tests.accounting.losses import is_lost, loss_lines
from tests.accounting.reliefs import RELIEVING, reliefs, shaken_by
from tests.accounting.residuals import residual_lines

Row = dict[str, Any]
Key = tuple[str, str]


@dataclass(slots=True)
class Document:
    """A document as it stands now, with its children."""

    row: Row
    lines: list[Row] = field(default_factory=list)
    taxes: list[Row] = field(default_factory=list)
    applications: list[Row] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.row["document_type"], self.row["native_id"]


def day(text: str | date | None) -> date | None:
    """A day of 2026 as MM-DD, or any other in full."""
    if text is None or isinstance(text, date):
        return text
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def line(net: int, treatment: str = "immediate", **given: Any) -> Row:
    """A line of `net` before its discount; `tax` in all, `inclusive` when the amount holds the tax already.

    One that is earned over time serves the year 2026, unless it says otherwise.
    """
    tax, discount = given.pop("tax", 0), given.pop("discount", 0)
    served = {"service_start": date(2026, 1, 1), "service_end": date(2026, 12, 31)} if treatment == "ratable" else {}
    return (
        served
        | {
            "product_sku": "SKU",
            "product_line": "platform",
            "revenue_treatment": treatment,
            "line_kind": "charge",
            "amount_minor": net,
            "discount_minor": discount,
            "tax_minor": tax,
            "is_tax_inclusive": given.pop("inclusive", False),
        }
        | given
    )


def invoice(name: str, issued: str | None, *lines: Row, entity: str | None = "US", **given: Any) -> Document:
    """An issued invoice; its totals are those of its lines unless given."""
    return _document("invoice", name, issued, lines, {"legal_entity_code": entity, "status": "issued"} | given)


def credit_memo(name: str, issued: str, *lines: Row, entity: str = "US", **given: Any) -> Document:
    """An issued credit memo; without another word its lines reduce the price."""
    told = [{"revenue_effect": "price_reduction"} | each for each in lines]
    defaults = {"legal_entity_code": entity, "status": "issued", "kind": "ar_reduction"}
    applied = given.pop("applied", ())
    document = _document("credit_memo", name, issued, told, defaults | given)
    document.applications = _applications(document, applied)
    return document


def payment(name: str, received: str, amount: int, *applied: Row, entity: str = "US", **given: Any) -> Document:
    """A payment that succeeded, by card through a processor."""
    defaults = {"legal_entity_code": entity, "status": "succeeded", "method": "card", "processor": "stripe"}
    document = _document("payment", name, received, (), defaults | {"total_minor": amount} | given)
    document.applications = _applications(document, applied)
    return document


def refund(name: str, paid: str, amount: int, *, entity: str = "US", **given: Any) -> Document:
    """A refund that succeeded; `unapplied` is what its payment had left."""
    defaults = {
        "legal_entity_code": entity,
        "status": "succeeded",
        "method": "card",
        "processor": "stripe",
        "succeeded_date": day(paid),
        "payment_unapplied_minor": given.pop("unapplied", 0),
    }
    return _document("refund", name, paid, (), defaults | {"total_minor": amount} | given)


def fee(
    name: str, incurred: str, amount: int, fee_kind: str = "processing", *, entity: str = "US", **given: Any
) -> Document:
    """What a processor took; deducted from what it holds for us."""
    defaults = {
        "legal_entity_code": entity,
        "kind": fee_kind,
        "total_minor": amount,
        "tax_minor": given.pop("tax", 0),
        "settled": "deducted",
        "is_reverse_charge": False,
        "processor": "stripe",
    }
    return _document("processor_fee", name, incurred, (), defaults | given)


def payout(
    name: str, initiated: str, amount: int, *items: tuple[Any, ...], entity: str = "US", **given: Any
) -> Document:
    """A payout under way, with its items as (kind, amount) or (kind, amount, name of the document it stands for)."""
    defaults = {"legal_entity_code": entity, "status": "in_transit", "processor": "stripe", "total_minor": amount}
    document = _document("payout", name, initiated, (), defaults | given)
    named = [(kind, amount, source[0] if source else None) for kind, amount, *source in items]
    parts = [moved(kind, amount) | {"source": name, "item_document_id": name} for kind, amount, name in named]
    document.lines = _numbered(name, parts)
    return document


def dispute(name: str, opened: str, amount: int, *parts: Row, entity: str = "US", **given: Any) -> Document:
    """A dispute of a card payment with its movements (`moved`) and what the payment settled (`behind`)."""
    defaults = {
        "legal_entity_code": entity,
        "status": "open",
        "method": "card",
        "processor": "stripe",
        "payment_id": "PAY-1",
        "total_minor": amount,
        "payment_minor": amount,
        "refunded_minor": 0,
        "covered_minor": 0,
        "payment_unapplied_minor": 0,
    }
    document = _document("dispute", name, opened, (), defaults | given)
    document.lines = _numbered(name, parts)
    return document


def moved(kind: str, amount: int, on: str | None = None) -> Row:
    """A part of a payout or dispute: no product, no tax, only money."""
    return {
        "line_kind": kind,
        "amount_minor": amount,
        "discount_minor": 0,
        "tax_minor": 0,
        "is_tax_inclusive": False,
        "effective_date": day(on),
    }


def behind(net: int, treatment: str = "immediate", **given: Any) -> Row:
    """What the disputed payment settled of a line of `whole` net (all of it unless said); `tax` beside it."""
    facts = {"line_kind": "settled", "recognition_amount_minor": given.pop("whole", net)}
    return line(net, treatment, **facts | given)


def to(invoice_name: str, amount: int, on: str, **given: Any) -> Row:
    """An application to an invoice; `undone` is the day on which it was taken back."""
    return {
        "invoice_id": invoice_name,
        "amount_minor": amount,
        "applied_date": day(on),
        "reversed_date": day(given.pop("undone", None)),
        "is_implied": False,
        "adjustment_minor": 0,
    } | given


def _numbered(name: str, parts: Sequence[Row]) -> list[Row]:
    return [{"line_no": no, "line_id": f"{name}/{no}"} | each for no, each in enumerate(parts, start=1)]


def _applications(document: Document, applied: Sequence[Row]) -> list[Row]:
    name = document.row["native_id"]
    return [
        {"application_id": f"{name}>{each['invoice_id']}#{number}", "currency": document.row["currency"]} | each
        for number, each in enumerate(applied, start=1)
    ]


_CURRENCIES = {"US": "USD", "UK": "GBP", "DE": "EUR", "JP": "JPY"}
_DATES = (
    "voided_date",
    "written_off_date",
    "failed_date",
    "reversed_date",
    "succeeded_date",
    "arrival_date",
    "closed_date",
    "parent_voided_date",
    "parent_date",
    "settled_date",
)


def _document(kind: str, name: str, on: str | None, lines: Sequence[Row], given: Row) -> Document:
    row: Row = {
        "document_type": kind,
        "native_id": name,
        "number": name,
        "customer_ref": "C-1",
        "currency": _CURRENCIES.get(given["legal_entity_code"] or "", "USD"),
        "document_date": day(on),
        "is_deleted": False,
        "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    if kind in ("invoice", "credit_memo"):
        inclusive = sum(each["tax_minor"] for each in lines if each["is_tax_inclusive"])
        row["subtotal_minor"] = sum(each["amount_minor"] for each in lines)
        row["discount_minor"] = sum(each["discount_minor"] for each in lines)
        row["tax_minor"] = sum(each["tax_minor"] for each in lines)
        row["total_minor"] = row["subtotal_minor"] - row["discount_minor"] - inclusive + row["tax_minor"]
    row |= given | {name: day(given[name]) for name in _DATES if name in given}
    numbered = _numbered(name, lines)
    taxes = [
        {
            "line_id": each["line_id"],
            "tax_id": f"{each['line_id']}/tax",
            "jurisdiction": "NY",
            "tax_minor": each["tax_minor"],
        }
        for each in numbered
        if each["tax_minor"]
    ]
    return Document(row, numbered, taxes)


@dataclass
class Billing:
    """All documents of a company as they stand; `put` is a committed transaction of billing's."""

    identifier: str = "life-1"
    clock: int = 100
    documents: dict[Key, Document] = field(default_factory=dict)
    changed: dict[Key, int] = field(default_factory=dict)
    deleted: dict[Key, int] = field(default_factory=dict)
    # Where to look among ten thousand: which have, or once had, applications or are credit memos; and lines that lessen a line.
    _applying: dict[Key, None] = field(default_factory=dict)
    _lessening: dict[str | None, set[Key]] = field(default_factory=dict)

    def applying(self) -> list[Document]:
        """The credit memos, and what else has applications."""
        return [self.documents[key] for key in self._applying if key in self.documents]

    def hold(self, document: Document) -> None:
        """Have a document, without a word about its being changed."""
        self.documents[document.key] = document
        if document.applications or document.row["document_type"] == "credit_memo":
            self._applying[document.key] = None
        for each in document.lines:
            self._lessening.setdefault(each.get("invoice_line_id"), set()).add(document.key)

    def put(self, *documents: Document) -> None:
        self.clock += 1
        for document in documents:
            before = self.documents.get(document.key)
            self.hold(document)
            self._touch(document.key)
            self._touch_losses(document, *([before] if before else []))

    def change(self, name: str, **given: Any) -> None:
        """Change fields of the one document of this name."""
        [document] = [each for each in self.documents.values() if each.row["native_id"] == name]
        document.row |= given | {each: day(given[each]) for each in (*_DATES, "document_date") if each in given}
        self.put(document)

    def delete_for_good(self, *keys: Key) -> None:
        self.clock += 1
        for key in keys:
            gone = self.documents.pop(key)
            del self.changed[key]
            self.deleted[key] = self.clock
            self._touch_losses(gone)

    def restore(self, identifier: str, clock: int) -> None:
        """Another database with the same documents, whose transactions start lower."""
        self.identifier, self.clock = identifier, clock
        self.changed = dict.fromkeys(self.changed, clock)

    def position(self) -> SourcePosition:
        return SourcePosition(self.identifier, self.clock + 1, self.clock + 1)

    @contextmanager
    def read(
        self,
        since_horizon: int,
        retry_documents: Sequence[Key],
        owners_of_deleted: Callable[[Sequence[Key]], Sequence[Key]],
    ) -> Iterator[Reading]:
        wanted = {key for key, changed in self.changed.items() if changed >= since_horizon}
        wanted |= {key for key in map(tuple, retry_documents) if key in self.documents}
        rows: dict[str, list[Row]] = {name: [] for name in DATASETS}
        for key in sorted(wanted):
            document, owner = self.documents[key], {"document_type": key[0], "native_id": key[1]}
            rows["documents"].append(document.row | self._parent(document) | {"row_xid": self.changed[key]})
            rows["lines"].extend(owner | each for each in self.lines_of(document))
            rows["line_taxes"].extend(owner | each for each in document.taxes)
            rows["applications"].extend(owner | self._frozen(each) for each in document.applications)
        rows["reliefs"] = [each for each in reliefs(self) if (each["document_type"], each["native_id"]) in wanted]
        rows["conversions"] = [
            each for each in conversions(self) if (each["document_type"], each["native_id"]) in wanted
        ]
        rows["deletions"] = [
            {"document_type": kind, "native_id": name, "deleted_at": datetime(2026, 1, 1, tzinfo=UTC), "row_xid": at}
            for (kind, name), at in self.deleted.items()
            if at >= since_horizon
        ]
        yield Reading(self.position(), {name: self._stream(name, rows[name]) for name in DATASETS})

    def lines_of(self, document: Document) -> list[Row]:
        """Its lines as the source tells them, with what it tells beside them."""
        own = credit_lines(self, document) if document.row["document_type"] == "credit_memo" else document.lines
        return [*own, *loss_lines(self, document), *residual_lines(self, document)]

    def _parent(self, document: Document) -> Row:
        """What is frozen of the invoice of a credit memo."""
        credited = self.documents.get(("invoice", document.row.get("invoice_id") or ""))
        is_memo = document.row["document_type"] == "credit_memo"
        return {"parent_currency": credited.row["currency"]} if is_memo and credited else {}

    def _touch(self, key: Key) -> None:
        self.changed[key] = self.clock
        self.deleted.pop(key, None)
        if key[0] == "invoice":  # what is applied to it is read again with it
            for other in self.applying():
                if any(each["invoice_id"] == key[1] for each in other.applications):
                    self.changed[other.key] = self.clock
        if key[0] in RELIEVING:  # and so is what settles the same foreign item
            self.changed |= dict.fromkeys(shaken_by(self, key), self.clock)

    def _touch_losses(self, *versions: Document) -> None:
        """A loss is read again with what settles or lessens it, or did before; and a credit with the line that it lessens."""
        lessened = {each.get("invoice_line_id") for document in versions for each in document.lines}
        lessened |= {each["line_id"] for document in versions for each in document.lines}
        for line_id in lessened - {None}:
            for other in map(self.documents.get, self._lessening.get(line_id, ())):
                if other and any(each.get("invoice_line_id") == line_id for each in other.lines):
                    self.changed[other.key] = self.clock
        settled = {each["invoice_id"] for document in versions for each in document.applications}
        settled |= {document.row.get("invoice_id") for document in versions}
        settled |= {name for document in versions for name in self._credited_through(document)}
        for name in settled:
            other = self.documents.get(("invoice", name or ""))
            if other and (is_lost(other) or self._is_credited(other)):
                self.changed[other.key] = self.clock

    def _credited_through(self, document: Document) -> Iterator[str | None]:
        """The invoices of the credit memos that a refund pays out, or that stand on an invoice."""
        for memo in self.applying():
            is_on_it = any(("invoice", each["invoice_id"]) == document.key for each in memo.applications)
            is_paid_out = memo.key == ("credit_memo", document.row.get("credit_memo_id"))
            if is_on_it or is_paid_out:
                yield memo.row.get("invoice_id")

    def _is_credited(self, document: Document) -> bool:
        return any(each.row.get("invoice_id") == document.row["native_id"] for each in self.documents.values())

    def _frozen(self, application: Row) -> Row:
        target = self.documents.get(("invoice", application["invoice_id"]))
        if target is None:
            known = {"invoice_entity_code": "US", "invoice_currency": application["currency"]}
        else:
            known = {
                "invoice_entity_code": target.row["legal_entity_code"],
                "invoice_currency": target.row["currency"],
                "invoice_voided_date": target.row.get("voided_date"),
            }
        return known | application

    @staticmethod
    def _stream(name: str, rows: list[Row]) -> Callable[[], Iterator[pa.RecordBatch]]:
        return lambda: iter(pa.Table.from_pylist(rows, schema=DATASETS[name]).to_batches())
