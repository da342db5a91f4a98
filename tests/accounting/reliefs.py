"""What foreign documents settle of open items, in plain Python: as the billing source tells it beside the documents."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.accounting.residuals import residual_reliefs

if TYPE_CHECKING:
    from tests.accounting.billing import Billing, Document

Row = dict[str, Any]
Key = tuple[str, str]
HOME = {"US": "USD", "UK": "GBP", "DE": "EUR", "JP": "JPY"}
RELIEVING = ("payment", "credit_memo", "refund", "invoice", "dispute", "processor_fee", "payout")
_OF_ITEM = {"payment": "payment", "refund": "refund", "fee": "processor_fee"}


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
    yield from _chargebacks(billing)
    yield from _paid_out(billing)
    for document in billing.documents.values():
        if _is_foreign(document):
            yield from residual_reliefs(billing, document)
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
    """Documents that settle a foreign item which this document settles too, or is."""
    rows = list(reliefs(billing)) if any(map(_is_foreign, billing.documents.values())) else []
    mine = {
        _item(row)
        for row in rows
        if key in ((row["document_type"], row["native_id"]), (row["item_type"], row.get("item_id")))
    }
    shaken = {(row["document_type"], row["native_id"]) for row in rows if _item(row) in mine}
    if key[0] in ("invoice", "payment", "refund", "dispute", "processor_fee"):  # what stands on it
        shaken |= {
            each.key
            for each in billing.documents.values()
            if key[1] in (each.row.get("invoice_id"), each.row.get("dispute_id"))
            or any(line.get("source") == key[1] for line in each.lines)
        }
    return shaken


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
        yield from _settlements(billing, document, owner)
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


def _settlements(billing: Billing, document: Document, owner: Row) -> Iterator[tuple[Key, date, Row, str]]:
    """What a payment or credit memo settles by applications, or by itself."""
    if document.row.get("kind") in ("write_off", "chargeback"):
        if document.row["kind"] == "write_off":
            yield from _written_off(billing, document, owner)
        return
    for applied in document.applications:
        told = owner | {"application_id": applied["application_id"]}
        is_own = applied["currency"] == document.row["currency"]
        own = applied.get("payment_amount_minor") or (applied["amount_minor"] if is_own else None)
        settled = applied["amount_minor"] + (applied.get("adjustment_minor") or 0)
        for item, amount in ((("invoice", applied["invoice_id"]), settled), (document.key, own)):
            if amount is None:
                continue
            yield (
                item,
                applied["applied_date"],
                told | {"is_undone": False, "amount_minor": amount},
                applied["application_id"],
            )
            if ended := _ended(billing, document, applied):
                yield item, ended, told | {"is_undone": True, "amount_minor": -amount}, applied["application_id"]


def _written_off(billing: Billing, document: Document, owner: Row) -> Iterator[tuple[Key, date, Row, str]]:
    """A credit memo that writes off settles the receivable itself, by the day of the write-off."""
    item, row = ("invoice", document.row.get("invoice_id") or ""), document.row
    if item not in billing.documents:
        return
    lost = billing.documents[item].row
    on = min(each for each in (row["document_date"], lost.get("written_off_date")) if each)
    yield item, on, owner | {"is_undone": False, "amount_minor": row["total_minor"]}, ""
    if ends := [each for each in (row.get("voided_date"), lost.get("voided_date")) if each]:
        yield item, max(on, min(ends)), owner | {"is_undone": True, "amount_minor": -row["total_minor"]}, ""


def _chargebacks(billing: Billing) -> Iterator[Row]:
    """What chargeback credit memos take over of money that disputes withdrew: after what was given back, in order of days."""
    memos = [
        each
        for each in billing.documents.values()
        if each.row.get("kind") == "chargeback"
        and each.row["status"] in ("issued", "void")
        and not each.row["is_deleted"]
    ]
    before: dict[str, int] = {}
    for memo in sorted(memos, key=lambda each: (each.row["document_date"], each.key[1])):
        row, dispute = memo.row, billing.documents.get(("dispute", memo.row.get("dispute_id") or ""))
        if dispute is None or not _is_foreign(memo):
            continue
        moves = sorted(
            (
                (each["effective_date"], each["line_id"], each)
                for each in dispute.lines
                if each["line_kind"] != "settled"
            ),
            key=lambda each: (each[0], hashlib.md5(each[1].encode()).hexdigest()),
        )
        given_back = sum(each["amount_minor"] for *_, each in moves if each["line_kind"] == "reinstated")
        start = before.get(dispute.key[1], given_back)
        layers = [(on, each["amount_minor"]) for on, _, each in moves if each["line_kind"] == "withdrawn"]
        owner = {"document_type": "credit_memo", "native_id": memo.key[1], "item_type": "dispute"}
        yield from _layered(owner, layers, start, row["total_minor"], 1, is_undone=False)
        if row["status"] == "void":
            yield from _layered(owner, layers, start + row["total_minor"], -row["total_minor"], 1, is_undone=True)
        else:
            before[dispute.key[1]] = start + row["total_minor"]


def _paid_out(billing: Billing) -> Iterator[Row]:
    """What foreign payouts empty of a processor's balance, by the documents that filled it."""
    moves = []
    for payout in billing.documents.values():
        row = payout.row
        if payout.key[0] != "payout" or row["is_deleted"] or not _is_foreign(payout):
            continue
        for each in payout.lines:
            if each.get("source") and _is_of(billing, each, row["currency"]):
                place = (each["line_kind"], each["source"], 1 if each["amount_minor"] > 0 else -1)
                moves.append((row["document_date"], False, payout.key[1], place, abs(each["amount_minor"])))
                if row["status"] in ("failed", "canceled"):
                    moves.append((row["failed_date"], True, payout.key[1], place, -abs(each["amount_minor"])))
    before: dict[tuple[str, str, int], int] = {}
    for _, is_undone, name, place, amount in sorted(moves, key=lambda each: each[:3]):
        owner = {"document_type": "payout", "native_id": name, "item_type": "clearing"}
        start = before.get(place, 0)
        yield from _layered(owner, _brought(billing, *place), start, amount, place[2], is_undone=is_undone)
        before[place] = start + amount


def _is_of(billing: Billing, item: Row, currency: str) -> bool:
    """Whether the document of an item brought money of this currency."""
    source = billing.documents.get((_OF_ITEM.get(item["line_kind"], item["line_kind"]), item["source"]))
    return bool(source and (source.row.get("settlement_currency") or source.row["currency"]) == currency)


def _brought(billing: Billing, kind: str, name: str, side: int) -> list[tuple[date, int]]:
    """Days and amounts of the money in a processor's balance that an item of a payout stands for."""
    if kind == "dispute":
        lines, wanted = billing.documents["dispute", name].lines, "withdrawn" if side < 0 else "reinstated"
        return sorted((each["effective_date"], each["amount_minor"]) for each in lines if each["line_kind"] == wanted)
    source = billing.documents.get((_OF_ITEM[kind], name))
    if source is None:
        return []
    row, is_converted = source.row, source.row.get("settlement_currency")
    amount = row["settlement_minor"] if is_converted else row["total_minor"]
    return [(max(row["document_date"], row.get("settled_date") or row["document_date"]), abs(amount))]


def _layered(
    owner: Row, layers: list[tuple[date, int]], before: int, amount: int, side: int, *, is_undone: bool
) -> Iterator[Row]:
    """An amount settled of several days of money, what came first first."""
    start = 0
    for on, layer in layers:
        done, now = (min(max(each - start, 0), layer) for each in (before, before + amount))
        if now != done:
            yield owner | {
                "application_id": None,
                "is_undone": is_undone,
                "item_date": on,
                "item_total_minor": side * layer,
                "before_minor": side * done,
                "amount_minor": side * (now - done),
            }
        start += layer


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
