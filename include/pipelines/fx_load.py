"""Load exchange rates from a CSV file or a table: all of them or, after naming every bad line, none."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import psycopg

from include.config.currencies import CURRENCIES
from include.finance.errors import RatesRefusedError
from include.finance.fx import FxRate, RatePurpose
from include.store.database import FinanceDatabase
from include.store.fx_rates import RatesAdded, add_rates, rows_of_table

COLUMNS = ("source", "base", "quote", "date", "rate", "purpose")
_Numbered = tuple[int, Mapping[str, str | None]]


def load_rates_of_file(database: FinanceDatabase, path: Path, *, loaded_by: str) -> RatesAdded:
    """Load a CSV file with the columns source, base, quote, date, rate, purpose.

    Loading it again adds nothing; a rate that differs from the one on file becomes its next version. Raises
    RatesRefusedError with every bad line.
    """
    rates = read_rates(_lines_of(path), f"{path.name}, line")
    return add_rates(database, rates, origin=path.name, loaded_by=loaded_by)


def load_rates_of_table(database: FinanceDatabase, table: str, *, loaded_by: str) -> RatesAdded:
    """Load a table or view of the finance database with the same columns. Raises RatesRefusedError."""
    try:
        rows = list(enumerate(rows_of_table(database, table), start=1))
    except psycopg.errors.ProgrammingError as error:
        text = str(error).splitlines()[0]
        raise RatesRefusedError(
            f"Table {table}: it cannot be read ({text}). It must lie in the finance database, be readable for our login and "
            f"have the columns {', '.join(COLUMNS)}."
        ) from error
    return add_rates(database, read_rates(rows, f"{table}, row"), origin=table, loaded_by=loaded_by)


def read_rates(rows: Iterable[_Numbered], place: str) -> list[FxRate]:
    """The rates of numbered rows. Raises one RatesRefusedError that lists every fault."""
    found: dict[tuple[object, ...], tuple[int, FxRate]] = {}
    faults = []
    for number, row in rows:
        try:
            rate = _rate(row)
        except ValueError as fault:
            faults.append(f"{place} {number}: {fault}.")
            continue
        key = (rate.source, rate.base, rate.quote, rate.rate_date, rate.purpose)
        first, known = found.setdefault(key, (number, rate))
        if known.rate != rate.rate:
            faults.append(
                f"{place} {number}: {rate.source} has {rate.base}/{rate.quote} of {rate.rate_date} ({rate.purpose}) twice, "
                f"{known.rate} in {first} and {rate.rate} here; keep one."
            )
    if faults:
        raise RatesRefusedError("\n".join((*faults, "Nothing was loaded.")))
    return [rate for _, rate in found.values()]


def _lines_of(path: Path) -> Iterator[_Numbered]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise RatesRefusedError(
                    f"{path.name}, line 1: no column {', '.join(missing)}; the first line must name {', '.join(COLUMNS)}."
                )
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RatesRefusedError(f"{path}: it cannot be read as CSV in UTF-8 ({error}). Nothing was loaded.") from error


def _rate(row: Mapping[str, str | None]) -> FxRate:
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    empty = [name for name, text in given.items() if not text]
    if empty:
        raise ValueError(f"{' and '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty; fill in every column")
    for name in ("base", "quote"):
        if given[name] not in CURRENCIES:
            raise ValueError(f"{name} `{given[name]}` is no currency of ISO 4217; write a code like EUR")
    purposes = ", ".join(RatePurpose)
    if given["purpose"] not in list(RatePurpose):
        raise ValueError(f"purpose `{given['purpose']}` is unknown; write one of {purposes}")
    return FxRate(
        given["source"],
        given["base"],
        given["quote"],
        _date(given["date"]),
        RatePurpose(given["purpose"]),
        _decimal(given["rate"]),
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"date `{text}` is no day; write it as 2026-01-31") from None


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"rate `{text}` is no number; write it as 1.0865") from None
