"""What the loss of a written-off invoice is made of, in plain Python: as the billing source tells it beside its lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.accounting.credits import credited_row, credits_of, net_of, recognised_of

if TYPE_CHECKING:
    from tests.accounting.billing import Billing, Document

Row = dict[str, Any]
_NOTHING = {"discount_minor": 0, "tax_minor": 0, "is_tax_inclusive": False}


def is_lost(document: Document) -> bool:
    """Whether it is an invoice that is written off and not void."""
    row = document.row
    return bool(row["document_type"] == "invoice" and row.get("written_off_date") and not row.get("voided_date"))


def loss_lines(billing: Billing, document: Document) -> Iterator[Row]:
    """The rows of kind `written_off`, `credited` and `settled` of an invoice."""
    if not is_lost(document):
        return
    last = max((each["line_no"] for each in document.lines), default=0)
    for number, each in enumerate(document.lines, start=last + 1):
        credited = list(_credited(billing, document, each["line_id"]))
        net, tax = net_of(each), each["tax_minor"]
        lost = each | {
            "line_id": f"{each['line_id']}/written_off",
            "line_no": number,
            "line_kind": "written_off",
            "amount_minor": net - sum(map(net_of, credited)),
            "discount_minor": 0,
            "tax_minor": tax - sum(one["tax_minor"] for one in credited),
            "is_tax_inclusive": False,
            "recognition_amount_minor": recognised_of(each),
            "invoice_line_id": each["line_id"],
        }
        yield lost
        yield from (credited_row(memo, credit, lost) for memo, credit in credits_of(billing, each["line_id"]))
    for number, (on, name, amount) in enumerate(sorted(_settlements(billing, document)), start=1):
        told = {
            "line_id": name,
            "line_no": -number,
            "line_kind": "settled",
            "amount_minor": amount,
            "effective_date": on,
        }
        yield _NOTHING | told


def _settlements(billing: Billing, document: Document) -> Iterator[tuple[date, str, int]]:
    """Day, name and amount of all that settled the receivable of an invoice, or was taken back from it."""
    name, lost_on = document.row["native_id"], document.row["written_off_date"]
    for other in billing.documents.values():
        row = other.row
        if row["is_deleted"] or row.get("status") not in ("succeeded", "reversed", "issued", "void"):
            continue
        if row.get("kind") == "write_off":
            if row.get("invoice_id") == name and row["status"] == "issued":
                yield min(row["document_date"], lost_on), row["native_id"], row["total_minor"]
            continue
        for applied in other.applications:
            if applied["invoice_id"] != name:
                continue
            amount = applied["amount_minor"] + (applied.get("adjustment_minor") or 0)
            yield applied["applied_date"], applied["application_id"], amount
            ends = [
                each for each in (applied["reversed_date"], row.get("voided_date"), row.get("reversed_date")) if each
            ]
            if ends:
                yield max(applied["applied_date"], min(ends)), f"{applied['application_id']}/ended", -amount


def _credited(billing: Billing, document: Document, line_id: str) -> Iterator[Row]:
    for other in billing.documents.values():
        row = other.row
        is_memo = row["document_type"] == "credit_memo" and row.get("invoice_id") == document.row["native_id"]
        if is_memo and row["status"] == "issued" and row["kind"] != "chargeback" and not row["is_deleted"]:
            yield from (each for each in other.lines if each.get("invoice_line_id") == line_id)
