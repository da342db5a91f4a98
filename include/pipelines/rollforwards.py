"""The roll-forwards of a legal entity and period: balances by the journals, movements by the subledger in evidence."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa

from include.config.currencies import CURRENCIES
from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.evidence.store import EvidenceStore
from include.finance.chart import AccountType, Chart
from include.finance.events import CATALOGUE
from include.finance.money import Currency
from include.finance.rollforward import KINDS, Rollforward, RollforwardKind
from include.pipelines.trial_balance import Books, read_balances
from include.store.close_facts import close_query
from include.store.database import Connection, Row
from include.subledger.recognition import BOOKED
from include.tie_out.workspace import open_workspace

_ENTRIES = pa.schema([("id", pa.string()), ("category", pa.string())])
_ACCOUNTS = pa.schema([("account_code", pa.string())])
_EVENT_NAMES = {event.code: event.name for event in CATALOGUE}
# What runs book is evidence of its own, that names no event.
_EVENTS_OF_RUNS = {"recognised_event": "revenue.recognized", "revalued_event": "fx.revalued"}
_CREDIT_SIDE = (AccountType.LIABILITY, AccountType.EQUITY, AccountType.INCOME)
_Place = tuple[str, str, str]  # account, key, currency of documents


def rollforwards(
    connection: Connection, evidence: EvidenceStore, chart: Chart, books: Books
) -> tuple[Rollforward, ...]:
    """The lines of every schedule, of posted entries: per account and currency of documents, and for foreign ones another in the
    books' own.

    What the two ways differ by stands in each line's `difference_minor`. Raises EvidenceError when a file is lost.
    """
    about = {"entity": books.legal_entity_code, "period": books.period_name}
    accounts = sorted({code for kind in KINDS for code in _accounts(chart, kind)})
    places = read_balances(connection, books)
    posted = close_query(connection, "posted_entries", **about)
    files = [
        file for row in close_query(connection, "batches", **about) for file in manifest_from_json(row["manifest"])
    ]
    moved = _movements(evidence, files, posted, accounts)
    return tuple(line for kind in KINDS for line in _told_apart(kind, chart, books, places, moved))


def is_credit_side(chart: Chart, account_code: str) -> bool:
    """Whether what an account is for stands on its credit side; of one outside the chart nobody knows."""
    account = chart.accounts.get(account_code)
    return account is not None and account.type in _CREDIT_SIDE


def _movements(
    evidence: EvidenceStore, files: Iterable[EvidenceFile], posted: list[Row], accounts: list[str]
) -> list[dict[str, Any]]:
    named = [file for file in files if file.dataset in BOOKED]
    evidence.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="rollforwards-", dir=evidence.scratch))
    try:
        with open_workspace(folder) as work:
            for dataset, schema in BOOKED.items():
                work.view(dataset, evidence.fetch([file for file in named if file.dataset == dataset]), schema)
            work.table("posted_entries", pa.Table.from_pylist(posted, _ENTRIES))
            work.table(
                "closing_accounts", pa.Table.from_pylist([{"account_code": code} for code in accounts], _ACCOUNTS)
            )
            for variable, name in _EVENTS_OF_RUNS.items():
                work.set(variable, next(code for code, known in _EVENT_NAMES.items() if known == name))
            return work.rows("period_movements")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told_apart(
    kind: RollforwardKind, chart: Chart, books: Books, places: list[Row], moved: list[dict[str, Any]]
) -> list[Rollforward]:
    """The lines of a schedule, by region where that is asked and the journals do tell regions apart, as the subledger always does."""
    lines = list(_schedule(kind, chart, books, places, moved, is_by_region=kind.is_by_region))
    if kind.is_by_region and any(line.difference_minor for line in lines):
        return list(_schedule(kind, chart, books, places, moved, is_by_region=False))
    return lines


def _schedule(
    kind: RollforwardKind,
    chart: Chart,
    books: Books,
    places: list[Row],
    moved: list[dict[str, Any]],
    *,
    is_by_region: bool,
) -> Iterator[Rollforward]:
    accounts = _accounts(chart, kind)
    stood, went = (_by_place(accounts, rows, is_by_region=is_by_region) for rows in (places, moved))
    for place in sorted(stood.keys() | went.keys()):
        account, key, code = place
        sign = -1 if is_credit_side(chart, account) else 1
        known = stood.get(place, [])
        own = Currency(code, known[0]["exponent"]) if known else CURRENCIES[code]
        in_books = [] if code == books.currency.code else [(books.currency, "functional_", "functional_minor")]
        for currency, of, amount in [(own, "", "amount_minor"), *in_books]:
            columns = dict.fromkeys(kind.all_columns, 0)
            for row in went.get(place, []):
                event = _EVENT_NAMES.get(row["event_type"], "")
                columns[kind.column_of(event, is_late=row["is_late"], has_amount=row["has_amount"])] += (
                    sign * row[amount]
                )
            opening, debit, credit = (
                sign * sum(row[f"{of}{name}_minor"] for row in known) for name in ("opening", "debit", "credit")
            )
            closing, moved_by = opening + debit - credit, tuple(columns.items())
            yield Rollforward(kind.name, account, key, code, currency, opening, moved_by, closing)


def _by_place(
    accounts: frozenset[str], rows: Iterable[Mapping[str, Any]], *, is_by_region: bool
) -> dict[_Place, list[Mapping[str, Any]]]:
    found: dict[_Place, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["account_code"] in accounts:
            place = (row["account_code"], row["region"] if is_by_region else "", row["currency"])
            found.setdefault(place, []).append(row)
    return found


def _accounts(chart: Chart, kind: RollforwardKind) -> frozenset[str]:
    return frozenset(code for role in kind.roles for code in chart.codes_of(role))
