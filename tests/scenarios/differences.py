"""Expected beside booked, both ways: what is missing and what is too much, as a table that an accountant can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from include.config.currencies import CURRENCIES
from include.finance.money import format_minor
from tests.scenarios.scenario import ExpectedRow


class Cell(NamedTuple):
    """Where an amount stands. `document_date` is empty where they are not told apart, as in the ERP's own figures."""

    legal_entity: str
    posting_date: str
    document_date: str
    account: str
    currency: str


class Worth(NamedTuple):
    """Net minor units, debit positive: in the document's currency, and in the books' own."""

    amount: int
    functional: int


Cells = Mapping[Cell, Worth]
_NOTHING = Worth(0, 0)


def add_up(rows: Iterable[tuple[Cell, Worth]]) -> dict[Cell, Worth]:
    """Net per cell; what cancels out is left out."""
    sums: dict[Cell, Worth] = {}
    for cell, worth in rows:
        before = sums.get(cell, _NOTHING)
        sums[cell] = Worth(before.amount + worth.amount, before.functional + worth.functional)
    return {cell: worth for cell, worth in sums.items() if worth != _NOTHING}


def expected_cells(rows: Iterable[ExpectedRow]) -> dict[Cell, Worth]:
    """What Tieout must book: rows that others enter are left out."""
    return add_up((_cell(row), Worth(row.amount_minor, row.functional_minor)) for row in rows if not row.source)


def _cell(row: ExpectedRow) -> Cell:
    posted, document = row.posting_date.isoformat(), row.document_date.isoformat()
    return Cell(row.legal_entity, posted, document, row.account, row.currency)


def table_of(expected: Cells, booked: Cells, functional: Mapping[str, str]) -> str:
    """The cells that differ, as a table; empty where all agree. `functional` is the currency of each entity's books."""
    lines = [_HEADING]
    for cell in sorted(expected.keys() | booked.keys()):
        wanted, found = expected.get(cell, _NOTHING), booked.get(cell, _NOTHING)
        if wanted == found:
            continue
        books = functional[cell.legal_entity]
        if wanted.amount != found.amount or cell.currency == books:
            lines.append(_line(cell, cell.currency, wanted.amount, found.amount))
        if wanted.functional != found.functional and cell.currency != books:
            lines.append(_line(cell, books, wanted.functional, found.functional))
    return "\n".join(lines) if len(lines) > 1 else ""


_HEADING = f"{'entity':<8}{'posted':<12}{'document':<12}{'account':<9}{'currency':<14}{'expected':>16}{'booked':>16}{'difference':>16}"


def _line(cell: Cell, shown: str, wanted: int, found: int) -> str:
    currency = shown if shown == cell.currency else f"{shown} of {cell.currency}"
    amounts = "".join(
        f"{format_minor(each, CURRENCIES[shown].exponent):>16}" for each in (wanted, found, found - wanted)
    )
    where = f"{cell.legal_entity:<8}{cell.posting_date:<12}{cell.document_date:<12}{cell.account:<9}"
    return f"{where}{currency:<14}{amounts}"
