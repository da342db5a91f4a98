"""What the books of two legal entities must hold of documents that concern both, read off their newest versions in plain Python: positions,
no paths, in each entity's own currency. It shares nothing with the engine.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from tests.accounting.billing import Billing, Document, Row
from tests.accounting.plain_worth import half_up

HOME = {"US": "USD", "UK": "GBP"}
# What one unit is worth on the first day of a month, in ten-thousandths: another for each day, by another step.
_START = {"EUR/USD": (10000, 397), "GBP/USD": (12000, 211), "EUR/GBP": (8000, 307), "USD/GBP": (7000, 103)}

Moved = Iterator[tuple[str, str, int]]  # legal entity, account, minor units of its own currency


def rate(entity: str, currency: str, on: date) -> Fraction:
    """What one unit of a currency is worth in the books of an entity on a day: some rate of four decimals."""
    if currency == HOME[entity]:
        return Fraction(1)
    start, step = _START[f"{currency}/{HOME[entity]}"]
    return Fraction(start + on.day * on.day * step % 2000, 10000)


def worth(entity: str, currency: str, minor: int, on: date) -> int:
    return half_up(minor * rate(entity, currency, on))


def balances(billing: Billing) -> Counter[tuple[str, str]]:
    """Minor units of the books' own currency by legal entity and account; what remains after all others is exchange, realised."""
    sums: Counter[tuple[str, str]] = Counter()
    for document in billing.documents.values():
        read = {"invoice": _invoice, "payment": _credit, "credit_memo": _credit, "refund": _refund, "dispute": _dispute}
        for entity, account, minor in read[document.key[0]](billing, document):
            sums[entity, account] += minor
    left: dict[str, int] = defaultdict(int)
    for (entity, _), minor in sums.items():
        left[entity] -= minor
    for entity, minor in left.items():
        sums[entity, "7000"] = minor
    return Counter({key: minor for key, minor in sums.items() if minor})


def _invoice(billing: Billing, document: Document) -> Moved:
    row, entity = document.row, document.row["legal_entity_code"]
    if row["status"] == "void":
        return
    item = worth(entity, row["currency"], row["total_minor"], row["document_date"])
    settled = sum(
        each["amount_minor"]
        for owner in billing.documents.values()
        for each in _standing(billing, owner)
        if each["invoice_id"] == document.key[1]
    )
    yield entity, "4020", -item
    yield entity, "1100", item - half_up(Fraction(item * settled, row["total_minor"]))


def _credit(billing: Billing, document: Document) -> Moved:
    """A payment or a credit memo: what of it is not used is the customer's, what it settles for a sister entity is owed to that."""
    row, entity = document.row, document.row["legal_entity_code"]
    total, used = row["total_minor"], 0
    item = worth(entity, row["currency"], total, row["document_date"])
    for each in _standing(billing, document):
        used += each["amount_minor"]
        yield from _owed(entity, _biller(billing, each), row["currency"], each["amount_minor"], each["applied_date"])
    for other in billing.documents.values():
        if other.row.get("payment_id") == document.key[1] and other.row["document_type"] == "refund":
            used += other.row["total_minor"] if other.row["status"] == "succeeded" else 0
    is_there = row["status"] in ("succeeded", "issued")
    yield entity, "2050", half_up(Fraction(item * used, total)) - (item if is_there else 0)
    if is_there:
        yield entity, "1050" if document.key[0] == "payment" else "4900", item


def _refund(_: Billing, document: Document) -> Moved:
    row, entity = document.row, document.row["legal_entity_code"]
    if row["status"] == "succeeded":
        yield entity, "1050", -worth(entity, row["currency"], row["total_minor"], row["document_date"])
        yield from _owed(row["parent_entity_code"], entity, row["currency"], row["total_minor"], row["document_date"])


def _dispute(_: Billing, document: Document) -> Moved:
    """Of a lost one each entity bears what of its invoices the payment settled, at what they were billed for."""
    row, entity = document.row, document.row["legal_entity_code"]
    [withdrawn] = [each for each in document.lines if each["line_kind"] == "withdrawn"]
    item = worth(entity, row["currency"], withdrawn["amount_minor"], withdrawn["effective_date"])
    yield entity, "1050", -item
    if row["status"] != "lost":
        yield entity, "1300", item
        return
    for each in document.lines:
        if each["line_kind"] == "settled":
            bearer = each.get("invoice_entity_code") or entity
            billed = each["effective_date"] or row["document_date"]
            yield bearer, "6200", worth(bearer, row["currency"], each["amount_minor"], billed)
            yield from _owed(bearer, entity, row["currency"], each["amount_minor"], row["closed_date"])


def _owed(debtor: str, creditor: str, currency: str, minor: int, on: date) -> Moved:
    """What one owes the other arises on a day, in both books."""
    if debtor != creditor:
        yield debtor, _ACCOUNTS[0], -worth(debtor, currency, minor, on)
        yield creditor, _ACCOUNTS[1], worth(creditor, currency, minor, on)


_ACCOUNTS = (
    "owed",
    "owed",
)  # 1500 and 2500 together: which of the two a leg stands on is told by the tests of each case


def _standing(billing: Billing, document: Document) -> Iterator[Row]:
    """The applications of a document that have not ended, to invoices that are there."""
    if document.row.get("status") not in ("succeeded", "issued"):
        return
    for each in document.applications:
        target = billing.documents.get(("invoice", each["invoice_id"]))
        if target is not None and target.row["status"] != "void" and not each["reversed_date"]:
            yield each


def _biller(billing: Billing, application: Row) -> str:
    code: str = billing.documents["invoice", application["invoice_id"]].row["legal_entity_code"]
    return code
