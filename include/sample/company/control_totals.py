"""Billing's own control totals: counts and sums by document day, kept beside the documents and not read from them."""

from __future__ import annotations

from collections import Counter
from datetime import date

from include.sample.company.billing import Billing
from include.sample.company.cash_rows import Payment, PaymentAllocation
from include.sample.company.judging import Document, date_of, documents, gross_of, home_of, key_of
from include.sample.company.rows import CreditNote, Invoice
from include.sample.company.story import Stage

Cell = tuple[str, str, date, str]  # legal entity or UNASSIGNED, document type, document day, currency


def changes_of_totals(stage: Stage) -> list[tuple[Cell, int, int, int]]:
    """What a stage adds to the totals: per cell the number of documents, their gross and what is open of them.

    Documents without a day are in no total: the contract's table has no place for them.
    """
    counts, totals, opens = Counter[Cell](), Counter[Cell](), Counter[Cell]()
    for sign, billing in ((-1, stage.before), (1, stage.after)):
        for row in documents(billing):
            cell = None if row.deleted_at else _cell_of(billing, row)
            if cell:
                counts[cell] += sign
                totals[cell] += sign * gross_of(row)
                opens[cell] += sign * _open_of(billing, row)
    cells = sorted(cell for cell in counts if counts[cell] or totals[cell] or opens[cell])
    return [(cell, counts[cell], totals[cell], opens[cell]) for cell in cells]


def _cell_of(billing: Billing, row: Document) -> Cell | None:
    home = home_of(billing, row)
    day = date_of(home, row)
    return (home.code if home else "UNASSIGNED", key_of(row)[0], day, row.currency) if day else None


def _open_of(billing: Billing, row: Document) -> int:
    if isinstance(row, Invoice):
        return row.open_minor
    if not isinstance(row, (Payment, CreditNote)):
        return 0
    return gross_of(row) - sum(part.used_minor for part in billing.children(PaymentAllocation, row.id) if part.is_live)
