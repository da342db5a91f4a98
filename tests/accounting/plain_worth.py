"""What the books of a company that keeps dollars must hold of documents in any currency, read off their newest versions in plain
Python: positions, no paths. Whatever an open item went through, what is left of its worth is what its position says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from tests.accounting.billing import Billing, Document, Row

HOME = "USD"


def rate(currency: str, on: date) -> Fraction:
    """What one unit is worth on a day: some rate of four decimals, another for each day."""
    if currency == HOME:
        return Fraction(1)
    return Fraction({"EUR": 10000, "GBP": 12000}[currency] + on.day * on.day * 397 % 2000, 10000)


def half_up(value: Fraction) -> int:
    whole = (2 * abs(value) + 1) // 2
    return int(whole if value >= 0 else -whole)


def worth(minor: int, currency: str, on: date) -> int:
    return half_up(minor * rate(currency, on))


class Item:
    """An open item: its total, and what that was worth on the day it arose."""

    def __init__(self, total: int, currency: str, on: date) -> None:
        self._total, self.worth = total, worth(total, currency, on)

    def upto(self, minor: int) -> int:
        """What stands for the first so many minor units of it."""
        return half_up(Fraction(minor * self.worth, self._total))


def balances(billing: Billing) -> Counter[str]:
    """Minor units of dollars by account; what remains after all others is exchange, realised."""
    sums: Counter[str] = Counter()
    for document in billing.documents.values():
        read = {"invoice": _invoice, "payment": _payment, "payout": _payout, "dispute": _dispute}[document.key[0]]
        for account, minor in read(billing, document):
            sums[account] += minor
        for minor in _paid_out(billing, document):
            sums["1050"] -= minor
    sums["7000"] = -sum(sums.values())
    return Counter({account: minor for account, minor in sums.items() if minor})


Moved = Iterator[tuple[str, int]]


def _invoice(billing: Billing, document: Document) -> Moved:
    row = document.row
    item, total = Item(row["total_minor"], row["currency"], row["document_date"]), row["total_minor"]
    settled = _settled(billing, document, None)
    yield "4020", -item.worth
    if row["status"] != "written_off" or (by_then := _settled(billing, document, row["written_off_date"])) >= total:
        yield "1100", item.worth - item.upto(settled)
        return
    recovered = by_then + min(max(settled - by_then, 0), total - by_then)
    yield "1190", item.worth - item.upto(recovered)
    yield "1100", item.upto(recovered) - item.upto(settled)


def _settled(billing: Billing, document: Document, by: date | None) -> int:
    """What applications have settled of an invoice by a day, or in the end."""
    sums = 0
    for payment, each in _applications(billing):
        if each["invoice_id"] == document.key[1] and (by is None or each["applied_date"] <= by):
            ended = _ended(payment, each)
            if ended is None or (by is not None and ended > by):
                sums += each["amount_minor"] + each["adjustment_minor"]
    return sums


def _payment(billing: Billing, document: Document) -> Moved:
    row = document.row
    if row["status"] == "reversed":
        return
    item, used = Item(row["total_minor"], row["currency"], row["document_date"]), 0
    for payment, each in _applications(billing):
        if payment is document and _ended(payment, each) is None:
            used += each["payment_amount_minor"]
            yield "6010", worth(each["adjustment_minor"], each["currency"], row["document_date"])
    yield "2050", item.upto(used) - item.worth
    yield "1050", item.worth
    if into := row.get("settlement_currency"):
        came = worth(row["settlement_minor"], into, max(row["document_date"], row["settled_date"]))
        yield "1050", came - item.worth
        yield "7020", item.worth - came


def _payout(billing: Billing, document: Document) -> Moved:
    """Money in transit; if no payment brought it, it has no other worth in the balance."""
    row, [line] = document.row, document.lines
    if row["status"] == "failed":
        return
    moved = worth(row["total_minor"], row["currency"], row["document_date"])
    yield "1060", moved
    source = billing.documents.get(("payment", line["source"]))
    if source is None or _brought(source)[1] != row["currency"]:
        yield "1050", -moved


def _brought(document: Document) -> tuple[int, str, date]:
    """What a payment brought into the balance of its processor: itself, or what came of its conversion."""
    row = document.row
    if into := row.get("settlement_currency"):
        return row["settlement_minor"], into, max(row["document_date"], row["settled_date"])
    return row["total_minor"], row["currency"], row["document_date"]


def _paid_out(billing: Billing, document: Document) -> Iterator[int]:
    """What of the worth of a payment in the balance has been paid out."""
    if document.key[0] != "payment":
        return
    outs = [each for each in billing.documents.values() if each.key[0] == "payout" and each.row["status"] != "failed"]
    outs = [each for each in outs if each.lines[0]["source"] == document.key[1]]
    outs = [each for each in outs if each.row["currency"] == _brought(document)[1]]
    yield Item(*_brought(document)).upto(sum(each.row["total_minor"] for each in outs))


def _dispute(_: Billing, document: Document) -> Moved:
    """Money withdrawn is a claim until it is given back, or lost; what came first goes first."""
    row = document.row
    moves = [(each["effective_date"], each["amount_minor"], each["line_kind"]) for each in document.lines]
    layers = [(Item(minor, row["currency"], on), minor) for on, minor, kind in sorted(moves) if kind == "withdrawn"]
    given_back = 0
    for on, minor, kind in moves:
        if kind == "reinstated":
            given_back += minor
        if kind != "settled":
            yield "1050", worth(minor if kind == "reinstated" else -minor, row["currency"], on)
    taken = sum(minor for _, minor in layers)
    if row["status"] == "lost":
        [(billed_on, *_)] = [each for each in moves if each[2] == "settled"]
        yield "6200", worth(taken - given_back, row["currency"], billed_on)
        given_back = taken
    for item, minor in layers:
        gone = min(given_back, minor)
        yield "1300", item.worth - item.upto(gone)
        given_back -= gone


def _applications(billing: Billing) -> Iterator[tuple[Document, Row]]:
    """Applications to invoices that are there."""
    for document in billing.documents.values():
        for each in document.applications:
            if ("invoice", each["invoice_id"]) in billing.documents:
                yield document, each


def _ended(payment: Document, application: Row) -> date | None:
    ends = [each for each in (application["reversed_date"], payment.row.get("reversed_date")) if each]
    return max(application["applied_date"], min(ends)) if ends else None
