"""What the books must hold, read off the newest valid version of each document in plain Python: no rules, no SQL, no history.

It shares nothing with the engine: accounts and event codes are written out as an accountant would.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from datetime import date
from uuid import UUID

from tests.accounting.billing import Billing, Document, Key, Row
from tests.accounting.credits import net_of, recognised_of
from tests.accounting.losses import is_lost, loss_lines
from tests.accounting.plain_losses import Part, credits_beside, lost_parts, taken_back, unearned_of_credit
from tests.accounting.residuals import left_over

Movement = tuple[str, str, int]  # legal entity, account, minor units
Event = tuple[str, int, str]  # document uid, event code, occurrence

_HOME = {"US": "USD", "UK": "GBP", "DE": "EUR", "JP": "JPY"}
_REVENUE = {"ratable": "2100", "immediate": "4020", "usage": "4010"}
_ONCE = str(UUID(int=0))
_SMALL = 100


class PlainBooks:
    """The newest valid version of every document, kept from night to night."""

    def __init__(self, source_code: str) -> None:
        self._source = source_code
        self._valid: dict[Key, Document] = {}
        self._behind: dict[Key, list[Row]] = {}  # what losses are made of
        self._left: dict[Key, list[tuple[str | None, int, date]]] = {}  # of what was credited wholly

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
                self._behind[key] = list(loss_lines(billing, document))
                self._left[key] = left_over(billing, document)
                seen.lines = [
                    each
                    for each in billing.lines_of(document)
                    if each["line_kind"] not in ("written_off", "settled", "residual")
                ]
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
        yield from _billed(document)
        if row["document_type"] == "payment" and row["status"] != "reversed":
            yield entity, "1050" if row["processor"] else "1010", row["total_minor"]
            yield entity, "2050", -row["total_minor"]
        for _, _, sign, parts in self._losses(document):
            for part in parts:
                yield entity, "1100", -sign * part.gross
                yield entity, "1190" if part.is_earned else "2100", sign * part.net
                yield entity, "2000", sign * part.tax
        for memo, amount in self._small_balances(document):
            yield entity, "2050" if memo else "1100", -amount
            yield entity, "7900", amount
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
        if row["document_type"] == "payment" or any(
            recognised_of(each) or each["tax_minor"] for each in _own_lines(document)
        ):
            yield uid, happened, _ONCE
            if row["status"] in ("void", "reversed"):
                yield uid, undone, _ONCE
        for code, name, _, parts in self._losses(document):
            if any(part.net or part.tax for part in parts):
                yield uid, code, _occurrence(name)
        for memo, _ in self._small_balances(document):
            yield uid, 72, _occurrence(f"{memo or row['native_id']}/residual")
        for each in self._applied(document):
            occurrence = _occurrence(each["application_id"])
            yield uid, applied, occurrence
            if _is_ended(row, each):
                yield uid, unapplied, occurrence

    def _losses(self, document: Document) -> Iterator[tuple[int, str, int, list[Part]]]:
        """Event, what it is named by, 1 for a loss and -1 for a recovery, and its parts."""
        if not is_lost(document):
            return
        behind, on = self._behind[document.key], document.row["written_off_date"]
        settled = sorted(
            (each["effective_date"], each["line_no"] * -1, each) for each in behind if each["line_kind"] == "settled"
        )
        before = sum(each["amount_minor"] for day, _, each in settled if day <= on)
        parts = lost_parts(behind, document.row["total_minor"] - before, on)
        yield 3, "written_off", 1, parts
        came_in, taken = 0, taken_back(parts, 0)
        for day, _, each in settled:
            if day > on:
                came_in += each["amount_minor"]
                now = taken_back(parts, came_in)
                step = [
                    Part(new.is_earned, new.net - old.net, new.tax - old.tax)
                    for new, old in zip(now, taken, strict=True)
                ]
                yield 4, each["line_id"], -1, step
                taken = now

    def _small_balances(self, document: Document) -> Iterator[tuple[str | None, int]]:
        """Credit memo (none: the invoice) and amount of what is left after full credit, if it is small."""
        left = self._left.get(document.key, [])
        if sum(abs(amount) for _, amount, _ in left) <= _SMALL:
            yield from ((memo, amount) for memo, amount, _ in left)

    def _applied(self, document: Document) -> Iterable[Row]:
        row = document.row
        for each in document.applications:
            is_home = each["invoice_entity_code"] == row["legal_entity_code"] and each["currency"] == row["currency"]
            if is_home and ("invoice", each["invoice_id"]) in self._valid:
                yield each


def _occurrence(name: str) -> str:
    return str(UUID(hashlib.md5(name.encode()).hexdigest()))


def _billed(document: Document) -> Iterator[Movement]:
    row, entity = document.row, document.row["legal_entity_code"]
    if row["document_type"] not in ("invoice", "credit_memo") or row["status"] == "void":
        return
    owed = "2050" if row["document_type"] == "credit_memo" or row["total_minor"] < 0 else "1100"
    sign = -1 if row["document_type"] == "credit_memo" else 1
    for each in _own_lines(document):
        net, tax = recognised_of(each) if sign > 0 else net_of(each), each["tax_minor"]
        yield entity, owed, sign * (net + tax)
        yield entity, "2000", -sign * tax
        if sign > 0:
            yield entity, _REVENUE[each["revenue_treatment"]], -net
        else:
            deferred = unearned_of_credit(each, net, row["document_date"], credits_beside(document.lines, each))
            yield entity, "2100", deferred
            yield entity, "4900", net - deferred


def _own_lines(document: Document) -> list[Row]:
    return [each for each in document.lines if each["line_kind"] != "credited"]


def _is_ended(row: Row, application: Row) -> bool:
    return bool(
        application["reversed_date"]
        or application.get("invoice_voided_date")
        or row.get("voided_date")
        or row.get("reversed_date")
    )
