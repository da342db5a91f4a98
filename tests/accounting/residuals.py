"""What is left of an invoice that credit memos took back wholly, in plain Python: as the billing source tells it beside its lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.accounting.billing import Billing, Document

Row = dict[str, Any]
Use = tuple[int, date, date | None]  # minor units, since when, and until when: None while it stands


def residual_lines(billing: Billing, document: Document) -> Iterator[Row]:
    """The rows of kind `residual` of an invoice: what stands on it, and on each of its credit memos, debit positive."""
    for number, (memo, amount, on) in enumerate(left_over(billing, document), start=1):
        yield {
            "line_id": f"{memo or document.row['native_id']}/residual",
            "line_no": -number,
            "line_kind": "residual",
            "amount_minor": amount,
            "discount_minor": 0,
            "tax_minor": 0,
            "is_tax_inclusive": False,
            "invoice_line_id": memo,
            "effective_date": on,
        }


def residual_reliefs(billing: Billing, document: Document) -> Iterator[Row]:
    """What they settle of foreign open items: the last of each."""
    for memo, amount, _ in left_over(billing, document):
        item = billing.documents["credit_memo", memo] if memo else document
        settled = -amount if memo else amount
        yield {
            "document_type": "invoice",
            "native_id": document.row["native_id"],
            "application_id": f"{item.row['native_id']}/residual",
            "is_undone": False,
            "item_type": item.key[0],
            "item_id": item.key[1],
            "item_date": document.row["document_date"],
            "item_total_minor": item.row["total_minor"],
            "before_minor": item.row["total_minor"] - settled,
            "amount_minor": settled,
        }


def left_over(billing: Billing, document: Document) -> list[tuple[str | None, int, date]]:
    """The credit memo (None: the invoice itself), the balance and its day, for each balance that nothing else explains."""
    row = document.row
    if row["document_type"] != "invoice" or row["status"] not in ("issued", "paid") or row["is_deleted"]:
        return []
    if row["total_minor"] is None or row["tax_minor"] is None:  # it is quarantined
        return []
    memos = [each for each in billing.applying() if _credits(each, document)]
    standing = [each for each in memos if each.row["status"] == "issued"]
    total = sum(each.row["total_minor"] for each in standing)
    net = sum(each.row["total_minor"] - each.row["tax_minor"] for each in standing)
    of_lines = sum(len(each.lines) for each in standing)
    residual = row["total_minor"] - total
    if row["total_minor"] <= 0 or not residual or 2 * abs(row["total_minor"] - row["tax_minor"] - net) > of_lines:
        return []
    uses = {None: list(_settlements(billing, document, memos))}
    uses |= {each.row["native_id"]: list(_uses(billing, each)) for each in memos}
    left: dict[str | None, int] = {None: row["total_minor"] - _standing(uses[None])}
    for each in standing:
        if each.row["kind"] != "write_off":
            left[each.row["native_id"]] = _standing(uses[each.row["native_id"]]) - each.row["total_minor"]
    is_unapplied = any(amount < 0 for name, amount in left.items() if name)
    if sum(left.values()) != residual or (left[None] > 0 and is_unapplied):
        return []
    days = [row["document_date"], *(each.row["document_date"] for each in memos)]
    days += [each.row.get("voided_date") for each in memos]
    days += [on for each in uses.values() for _, *since in each for on in since]
    last = max(on for on in days if on)
    told = [(name, amount, last) for name, amount in left.items() if amount]
    return sorted(told, key=lambda each: f"{each[0] or row['native_id']}/residual")


def _credits(memo: Document, document: Document) -> bool:
    """Whether it is a credit memo of this invoice that takes its receivable, or did."""
    row, credited = memo.row, document.row
    return bool(
        row["document_type"] == "credit_memo"
        and row.get("invoice_id") == credited["native_id"]
        and row["currency"] == credited["currency"]
        and row["legal_entity_code"] == credited["legal_entity_code"]
        and row["status"] in ("issued", "void")
        and row["kind"] != "chargeback"
        and not row["is_deleted"]
        and row["total_minor"] is not None
        and row["tax_minor"] is not None
    )


def _standing(uses: list[Use]) -> int:
    return sum(amount for amount, _, until in uses if until is None)


def _settlements(billing: Billing, document: Document, memos: list[Document]) -> Iterator[Use]:
    """All that settles the receivable, or did."""
    for each in memos:
        if each.row["kind"] == "write_off":
            yield each.row["total_minor"], each.row["document_date"], each.row.get("voided_date")
    for other in billing.documents.values():
        if _applies(other):
            for applied in other.applications:
                if applied["invoice_id"] == document.row["native_id"]:
                    amount = applied["amount_minor"] + (applied.get("adjustment_minor") or 0)
                    yield amount, applied["applied_date"], _until(billing, other, applied)


def _uses(billing: Billing, memo: Document) -> Iterator[Use]:
    """All that uses a credit memo, or did: applications and refunds."""
    if _applies(memo):
        for applied in memo.applications:
            amount = applied.get("payment_amount_minor") or applied["amount_minor"]
            yield amount, applied["applied_date"], _until(billing, memo, applied)
    for other in billing.documents.values():
        row = other.row
        if row["document_type"] == "refund" and row.get("credit_memo_id") == memo.row["native_id"]:
            has_left = row["status"] == "succeeded" or (row["status"] == "failed" and row.get("succeeded_date"))
            if has_left and not row["is_deleted"]:
                yield row["total_minor"], row["document_date"], row.get("failed_date")


def _applies(document: Document) -> bool:
    row = document.row
    return bool(
        not row["is_deleted"]
        and row.get("status") in ("succeeded", "reversed", "issued", "void")
        and row.get("kind") not in ("write_off", "chargeback")
    )


def _until(billing: Billing, owner: Document, applied: Row) -> date | None:
    voided = billing._frozen(applied).get("invoice_voided_date")
    days = (applied["reversed_date"], voided, owner.row.get("voided_date"), owner.row.get("reversed_date"))
    return min((each for each in days if each), default=None)
