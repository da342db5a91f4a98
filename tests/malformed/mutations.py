"""What a slip, a bug or a bad hand does to a row: every column that billing is read by, with every value of its type that is odd."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from tests.malformed.families import TABLES, Family, Place, Row, Rows, family, named

_CONTRACT = Path(__file__).parents[2] / "include" / "adapters" / "billing" / "contract.yaml"
MOST, LEAST = 2**63 - 1, -(2**63)
LIMIT = 10**15
# Text and instants that decide on nothing: a few values are enough.
_NAMES = (
    "number",
    "jurisdiction",
    "department",
    "region",
    "method",
    "processor_account",
    "bank_account_ref",
    "adjustment_kind",
)
_IDLE = ("updated_at", "deleted_at", "settled_at")
_STATUSES = ("Issued", "PAID", "deleted", "archived", "0")
_UNTOUCHED = ("id", "row_xid")  # the name of the row, and what the database itself writes
# To which row above it a row belongs. Rows of an unknown document stop their source and are tried apart; what names no row that is
# there below a document is not read, and billing's own keys keep it from being.
PARENTS = (
    "invoice_lines.invoice_id",
    "invoice_line_taxes.invoice_line_id",
    "credit_note_lines.credit_note_id",
    "credit_note_line_taxes.credit_note_line_id",
    "payment_allocations.payment_id",
    "payment_allocations.credit_note_id",
    "dispute_movements.dispute_id",
    "payout_items.payout_id",
)


@dataclass(frozen=True)
class Raw:
    """A value in PostgreSQL's own notation, for what Python has no value for."""

    text: str


@dataclass(frozen=True)
class Mutation:
    """One change to a sound document: where (table.column, or table), and what became of it."""

    document_type: str
    where: str
    what: str
    value: Any = None

    @property
    def name(self) -> str:
        """How tests call it."""
        return f"{self.where} {self.what}"


_DAYS: dict[str, Any] = {
    "missing": None,
    "year 1": Raw("0001-06-01"),
    "year 9999": Raw("9999-12-31"),
    "before Christ": Raw("0044-03-15 BC"),
    "year 200000": Raw("200000-01-01"),
    "infinity": Raw("infinity"),
    "minus infinity": Raw("-infinity"),
    "in two years": Raw("2028-01-15"),
    "two years ago": Raw("2024-01-15"),
}
_TEXTS: dict[str, Any] = {
    "missing": None,
    "empty": "",
    "blank": " ",
    "control characters": "a\x01\x1f\x7f\r\n\tb",
    "formula": '=HYPERLINK("http://x")+1',
    "very long": "x" * 20_000,
    "quotes": "'; drop table x; -- {total_minor} %s $1 \\",
    "right to left": "\u202etxet\u0000"[:-1],
}
_CURRENCIES: dict[str, Any] = _TEXTS | {"unknown": "ZZZ", "small letters": "usd", "no money": "XXX", "foreign": "CHF"}
_CURRENCIES |= {"too short": "US", "a word": "Dollar", "a sign": "$", "a number": "840", "no longer money": "DEM"}
_IDS: dict[str, Any] = {"missing": None, "unknown": named("nobody"), "itself": "itself"}
_RATES: dict[str, Any] = {"missing": None, "no number": Raw("NaN"), "negative": Raw("-1"), "fine": Raw("0.1234567891")}
# How each type can end, without the day on which it did.
_ENDS: dict[str, tuple[str, ...]] = {
    "invoices": ("void", "written_off"),
    "credit_notes": ("void",),
    "payments": ("reversed",),
    "refunds": ("failed",),
    "disputes": ("lost",),
    "payouts": ("failed",),
}
_RATES |= {"huge": Raw("1e30"), "infinity": Raw("infinity")}


@cache
def mutations() -> tuple[Mutation, ...]:
    """All of them, in a fixed order."""
    return tuple(_of_columns()) + tuple(_of_rows())


def _of_columns() -> Iterator[Mutation]:
    contract: dict[str, dict[str, str]] = yaml.safe_load(_CONTRACT.read_text(encoding="utf-8"))
    for document_type, tables in TABLES.items():
        for table in tables:
            for column, kind in contract[table].items():
                if column not in _UNTOUCHED and f"{table}.{column}" not in PARENTS:
                    for what, value in _values(column, kind).items():
                        yield Mutation(document_type, f"{table}.{column}", what, value)
                        if table == "invoice_lines" and kind == "date":
                            yield Mutation(
                                document_type, f"{table}.{column}", f"{what}, of what is earned over time", value
                            )


def _values(column: str, kind: str) -> dict[str, Any]:
    if kind in ("bigint", "integer"):
        most, least = (MOST, LEAST) if kind == "bigint" else (2**31 - 1, -(2**31))
        found = {"missing": None, "zero": 0, "one more": "one more", "negated": "negated", "most": most, "least": least}
        return found | ({"above the limit": LIMIT + 1, "below the limit": -LIMIT - 1} if kind == "bigint" else {})
    if kind == "text":
        if column in _NAMES:
            return {what: _TEXTS[what] for what in ("missing", "control characters", "formula", "very long")}
        if column == "status":
            return _TEXTS | dict(zip(_STATUSES, _STATUSES, strict=True))
        return _CURRENCIES if column.endswith("currency") else _TEXTS
    if kind in ("date", "timestamp with time zone"):
        return {what: _DAYS[what] for what in ("missing", "infinity", "in two years")} if column in _IDLE else _DAYS
    return {"uuid": _IDS, "numeric": _RATES, "boolean": {"missing": None, "turned": "turned"}}[kind]


def _of_rows() -> Iterator[Mutation]:
    """Rows that are gone, stand twice, or are all beyond what a sum can hold."""
    for document_type, (_, *below) in TABLES.items():
        for table in below:
            yield Mutation(document_type, table, "all gone")
            yield Mutation(document_type, table, "twice, one name")
            yield Mutation(document_type, table, "twice, two names")
    for where in ("invoice_lines", "credit_note_lines", "payout_items", "payment_allocations", "invoice_line_taxes"):
        kind = next(kind for kind, tables in TABLES.items() if where in tables)
        yield Mutation(kind, where, "sum beyond what an amount holds", MOST)
        yield Mutation(kind, where, "sum below what an amount holds", LEAST)
    for document_type, (table, *_) in TABLES.items():
        for status in _ENDS.get(table, ()):
            yield Mutation(document_type, f"{table}.status", f"{status}, without its day", status)
        yield Mutation(document_type, table, "twice, alike")
        yield Mutation(document_type, table, "twice, another amount")


def mutated(mutation: Mutation, mark: str) -> Family:
    """A family of its own in which the mutation has happened."""
    made = family(mutation.document_type, Place(mark))
    apply(mutation, made)
    return made


def apply(mutation: Mutation, made: Family) -> None:
    """Change the rows of a family in place."""
    table, _, column = mutation.where.partition(".")
    rows = [row for name, row in made.own if name == table]
    if column and rows:
        # of invoice lines, the last is the one with tax
        row = rows[0 if mutation.what.endswith("earned over time") else -1]
        row[column] = _value(mutation.value, row, column)
    elif not column:
        _change_rows(mutation, table, rows, made.own)


def _value(value: Any, row: Row, column: str) -> Any:
    before = row.get(column)
    match value:
        case "itself":
            return row["id"]
        case "one more":
            return (before or 0) + 1
        case "negated":
            return -(before or 1)
        case "turned":
            return not before
    return value


def _change_rows(mutation: Mutation, table: str, rows: list[Row], own: Rows) -> None:
    if mutation.what == "all gone":
        own[:] = [each for each in own if each[0] != table]
    elif mutation.what.startswith("sum"):
        for row in rows:
            own.append((table, row | {"id": _another(row["id"]), _amount(row): mutation.value}))
            row[_amount(row)] = mutation.value
    elif rows:
        again = dict(rows[-1])
        if mutation.what == "twice, two names":
            again["id"] = _another(again["id"])
        if mutation.what == "twice, another amount":
            again[_amount(again)] += 7
        own.append((table, again))


def _amount(row: Row) -> str:
    return next(name for name in ("total_minor", "amount_minor", "tax_minor") if name in row)


def _another(name: UUID) -> UUID:
    return named(f"{name} again")
