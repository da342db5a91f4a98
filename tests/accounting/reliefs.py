"""What foreign documents settle of open items, in plain Python: as the billing source tells it beside the documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.accounting.billing import Billing, Document

Row = dict[str, Any]
Key = tuple[str, str]
HOME = {"US": "USD", "UK": "GBP", "DE": "EUR", "JP": "JPY"}
RELIEVING = ("payment", "credit_memo", "refund")


def reliefs(billing: Billing) -> Iterator[Row]:
    """All rows of the dataset, those of one item in the order in which it is settled."""
    settled = sorted(
        _movements(billing), key=lambda each: (each[1], each[2]["is_undone"], each[3], each[2]["native_id"])
    )
    before: dict[Key, int] = {}
    for item, _, row, _ in settled:
        document = billing.documents.get(item)
        if document is None or not _is_foreign(document) or not document.row["total_minor"]:
            continue
        yield row | {
            "item_type": item[0],
            "item_id": item[1],
            "item_date": _rate_day(billing, document),
            "item_total_minor": document.row["total_minor"],
            "before_minor": before.get(item, 0),
        }
        before[item] = before.get(item, 0) + row["amount_minor"]
    for document in billing.documents.values():
        if document.key[0] == "credit_memo" and _is_foreign(document):
            yield {
                "document_type": "credit_memo",
                "native_id": document.key[1],
                "application_id": None,
                "is_undone": False,
                "item_type": "origin",
                "item_id": None,
                "item_date": _rate_day(billing, document),
                "item_total_minor": 0,
                "before_minor": 0,
                "amount_minor": 0,
            }


def shaken_by(billing: Billing, key: Key) -> set[Key]:
    """Documents that settle a foreign item which this document settles too."""
    rows = list(reliefs(billing))
    mine = {_item(row) for row in rows if (row["document_type"], row["native_id"]) == key} | {key}
    return {(row["document_type"], row["native_id"]) for row in rows if _item(row) in mine}


def _item(row: Row) -> tuple[Any, ...]:
    return row["item_type"], row["item_date"], row["item_total_minor"]


def _movements(billing: Billing) -> Iterator[tuple[Key, date, Row, str]]:
    """Item, day, row and what orders rows of one day."""
    for document in billing.documents.values():
        kind, name = document.key
        if document.row["is_deleted"] or document.row.get("status") not in (
            "succeeded",
            "reversed",
            "issued",
            "void",
            "failed",
        ):
            continue
        owner = {"document_type": kind, "native_id": name, "application_id": None}
        for applied in document.applications:
            told = owner | {"application_id": applied["application_id"]}
            own = applied.get("payment_amount_minor") or applied["amount_minor"]
            for item, amount in ((("invoice", applied["invoice_id"]), applied["amount_minor"]), (document.key, own)):
                yield (
                    item,
                    applied["applied_date"],
                    told | {"is_undone": False, "amount_minor": amount},
                    applied["application_id"],
                )
                if ended := _ended(billing, document, applied):
                    yield item, ended, told | {"is_undone": True, "amount_minor": -amount}, applied["application_id"]
        if kind == "refund":
            memo = document.row.get("credit_memo_id")
            item = ("credit_memo", memo) if memo else ("payment", document.row.get("payment_id"))
            yield (
                item,
                document.row["document_date"],
                owner | {"is_undone": False, "amount_minor": document.row["total_minor"]},
                "",
            )
            if document.row["status"] == "failed":
                undone = owner | {"is_undone": True, "amount_minor": -document.row["total_minor"]}
                yield item, document.row["failed_date"], undone, ""


def _ended(billing: Billing, document: Document, applied: Row) -> date | None:
    voided = billing._frozen(applied).get("invoice_voided_date")
    days = (applied["reversed_date"], voided, document.row.get("voided_date"), document.row.get("reversed_date"))
    ended = [each for each in days if each]
    return max(applied["applied_date"], min(ended)) if ended else None


def _is_foreign(document: Document) -> bool:
    row = document.row
    return bool(row["currency"] != HOME.get(row["legal_entity_code"], row["currency"]))


def _rate_day(billing: Billing, document: Document) -> date | None:
    row = document.row
    corrected = billing.documents.get(("invoice", row.get("invoice_id") or ""))
    is_its_memo = row["document_type"] == "credit_memo" and corrected is not None
    if is_its_memo and corrected and corrected.row["currency"] == row["currency"]:
        day: date | None = corrected.row["document_date"]
        return day
    own: date | None = row["document_date"]
    return own
