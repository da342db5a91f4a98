"""What the books must hold, read off the newest valid version of each document in plain Python: no rules, no SQL, no history.

It shares nothing with the engine: accounts and event codes are written out as an accountant would.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any
from uuid import UUID

from tests.accounting.billing import Billing, Document, Key, Row

Movement = tuple[str, str, int]  # legal entity, account, minor units
Event = tuple[str, int, str]  # document uid, event code, occurrence

_HOME = {"US": "USD", "UK": "GBP", "DE": "EUR", "JP": "JPY"}
_REVENUE = {"ratable": "2100", "immediate": "4020", "usage": "4010"}
_ONCE = str(UUID(int=0))


class PlainBooks:
    """The newest valid version of every document, kept from night to night."""

    def __init__(self, source_code: str) -> None:
        self._source = source_code
        self._valid: dict[Key, Document] = {}

    def see(self, billing: Billing) -> None:
        """Look at billing as it stands: what is sound counts, what is broken or deleted leaves the books as they are."""
        for key, document in billing.documents.items():
            row = document.row
            if row["is_deleted"]:
                continue
            if row["status"] in ("draft", "pending"):
                self._valid.pop(key, None)
            # Of another currency there is no rate on file.
            elif not row.get("is_broken") and row["currency"] == _HOME[row["legal_entity_code"]]:
                seen = deepcopy(document)
                seen.applications = [billing._frozen(each) for each in document.applications]
                self._valid[key] = seen

    def balances(self) -> Counter[tuple[str, str]]:
        """Minor units per legal entity and account, those that come to nothing left out."""
        sums: Counter[tuple[str, str]] = Counter()
        for document in self._valid.values():
            for entity, account, amount in self._movements(document):
                sums[entity, account] += amount
        return Counter({key: amount for key, amount in sums.items() if amount})

    def events(self) -> set[Event]:
        """Every event that must stand in the books exactly once."""
        return {event for document in self._valid.values() for event in self._events(document)}

    def uid(self, key: Key) -> str:
        """The name of a document."""
        text = "|".join(f"{len(part)}:{part}" for part in (self._source, "main", *key))
        return str(UUID(hashlib.sha256(text.encode()).hexdigest()[:32]))

    def _movements(self, document: Document) -> Iterator[Movement]:
        row, entity = document.row, document.row["legal_entity_code"]
        if row["document_type"] in ("invoice", "credit_memo") and row["status"] != "void":
            owed = "2050" if row["document_type"] == "credit_memo" or row["total_minor"] < 0 else "1100"
            sign = -1 if row["document_type"] == "credit_memo" else 1
            for each in document.lines:
                net, tax = _net(each), each["tax_minor"]
                yield entity, owed, sign * (net + tax)
                yield entity, "2000", -sign * tax
                yield entity, _counterpart(row, each), -sign * net
        if row["document_type"] == "payment" and row["status"] != "reversed":
            yield entity, "1050" if row["processor"] else "1010", row["total_minor"]
            yield entity, "2050", -row["total_minor"]
        for each in self._applied(document):
            if not _is_ended(row, each):
                yield entity, "2050", each["amount_minor"]
                yield entity, "1100", -each["amount_minor"]

    def _events(self, document: Document) -> Iterator[Event]:
        row, uid = document.row, self.uid(document.key)
        happened, undone, applied, unapplied = {
            "invoice": (1, 2, 0, 0),
            "credit_memo": (10, 11, 12, 13),
            "payment": (20, 21, 22, 23),
        }[row["document_type"]]
        if row["document_type"] == "payment" or any(_net(each) or each["tax_minor"] for each in document.lines):
            yield uid, happened, _ONCE
            if row["status"] in ("void", "reversed"):
                yield uid, undone, _ONCE
        for each in self._applied(document):
            occurrence = str(UUID(hashlib.md5(each["application_id"].encode()).hexdigest()))
            yield uid, applied, occurrence
            if _is_ended(row, each):
                yield uid, unapplied, occurrence

    def _applied(self, document: Document) -> Iterable[Row]:
        row = document.row
        for each in document.applications:
            is_home = each["invoice_entity_code"] == row["legal_entity_code"] and each["currency"] == row["currency"]
            if is_home and ("invoice", each["invoice_id"]) in self._valid:
                yield each


def _net(line: dict[str, Any]) -> int:
    inclusive: int = line["tax_minor"] if line["is_tax_inclusive"] else 0
    net: int = line["amount_minor"] - line["discount_minor"] - inclusive
    return net


def _counterpart(row: Row, line: Row) -> str:
    if row["document_type"] == "invoice":
        return _REVENUE[line["revenue_treatment"]]
    is_deferred = line["revenue_treatment"] == "ratable" and line["revenue_effect"] != "goodwill"
    return "2100" if is_deferred else "4900"


def _is_ended(row: Row, application: Row) -> bool:
    return bool(
        application["reversed_date"]
        or application.get("invoice_voided_date")
        or row.get("voided_date")
        or row.get("reversed_date")
    )
