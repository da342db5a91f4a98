"""What a credit memo takes back of an invoice line, in plain Python: as the billing source tells it on and beside its lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.accounting.billing import Billing, Document

Row = dict[str, Any]
_NOTHING = {"discount_minor": 0, "tax_minor": 0, "is_tax_inclusive": False}
_FROZEN = {
    "credited_service_start": "service_start",
    "credited_service_end": "service_end",
    "credited_recognition_date": "recognition_date",
}


def net_of(line: Row) -> int:
    """What a line comes to without its tax."""
    inclusive: int = line["tax_minor"] if line["is_tax_inclusive"] else 0
    net: int = line["amount_minor"] - line["discount_minor"] - inclusive
    return net


def recognised_of(line: Row) -> int:
    """What is recognised of an invoice line: its net, unless it says an amount of its own."""
    own: int | None = line.get("recognition_amount_minor")
    return net_of(line) if own is None else own


def credit_lines(billing: Billing, document: Document) -> Iterator[Row]:
    """The lines of a credit memo with what is frozen of the invoice lines that they correct, and the credits before them."""
    for line in document.lines:
        credited = line.get("invoice_line_id")
        base = invoice_line(billing, credited) if credited else None
        yield line | (frozen(base) if base else {})
        order = _order(document, line)
        for memo, other in credits_of(billing, credited) if credited else ():
            if _order(memo, other) < order:
                yield credited_row(memo, other, line)


def credits_of(billing: Billing, line_id: str) -> list[tuple[Document, Row]]:
    """All that credit memos in force take of an invoice line, but goodwill."""
    return [
        (memo, line)
        for memo in billing.documents.values()
        if memo.row["document_type"] == "credit_memo" and memo.row["status"] == "issued" and not memo.row["is_deleted"]
        for line in memo.lines
        if line.get("invoice_line_id") == line_id and line["revenue_effect"] != "goodwill"
    ]


def credited_row(memo: Document, credit: Row, beside: Row) -> Row:
    """The row that tells of a credit beside a line that takes back part of the same invoice line, or was lost of it."""
    return _NOTHING | {
        "line_id": f"{beside['line_id']}/{credit['line_id']}",
        "line_no": beside["line_no"],
        "line_kind": "credited",
        "amount_minor": net_of(credit),
        "revenue_effect": credit["revenue_effect"],
        "effective_date": credit.get("effective_date") or memo.row["document_date"],
    }


def invoice_line(billing: Billing, line_id: str) -> Row | None:
    """The line of an invoice of that name."""
    invoice = billing.documents.get(("invoice", line_id.rpartition("/")[0]))
    found = [each for each in invoice.lines if each["line_id"] == line_id] if invoice else []
    return found[0] if found else None


def frozen(base: Row) -> Row:
    """What a line that takes back part of another says of it."""
    known = {name: base.get(of) for name, of in _FROZEN.items()} | {"credited_net_minor": recognised_of(base)}
    return known | {name: base.get(name) for name in ("revenue_treatment", "recognition_method", "product_line")}


def _order(memo: Document, line: Row) -> tuple[Any, ...]:
    return memo.row["document_date"], memo.row["native_id"], line["line_no"]
