"""The trial balance of a legal entity and period, from the entries that are posted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from include.finance.errors import UnknownNameError
from include.finance.money import Currency
from include.finance.trial_balance import AccountBalance, ForeignBalance, TrialBalance
from include.store.close_facts import close_query
from include.store.database import Connection, FinanceDatabase, Row


@dataclass(frozen=True, slots=True)
class Books:
    """A legal entity's books of one period: its days, both inclusive, and the books' own currency."""

    legal_entity_code: str
    period_name: str
    fiscal_year: str
    start_date: date
    end_date: date
    currency: Currency


def trial_balance(database: FinanceDatabase, legal_entity_code: str, period_name: str) -> TrialBalance:
    """Opening balance, turnover and closing balance of each account, of entries that the ERP has confirmed.

    Opening balances are all that was ever booked before: what income and expenses were in earlier years is in them. Raises
    UnknownNameError for a period that the ERP of the legal entity does not have.
    """
    with database.transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        return read_trial_balance(connection, read_books(connection, legal_entity_code, period_name))


def read_books(connection: Connection, legal_entity_code: str, period_name: str) -> Books:
    """The days and the currency of a period. Raises UnknownNameError when the ERP does not have it."""
    [*found] = close_query(connection, "books", entity=legal_entity_code, period=period_name)
    if not found or found[0]["currency"] is None:
        raise UnknownNameError(
            f"Legal entity {legal_entity_code} has no period {period_name} in its ERP, as far as the finance database knows; write it as "
            "the ERP does, for instance 2026-01. A night's preflight reads periods and currency from the ERP."
        )
    row = found[0]
    return Books(
        legal_entity_code,
        period_name,
        row["fiscal_year"],
        row["start_date"],
        row["end_date"],
        Currency(row["currency"], row["exponent"]),
    )


def read_trial_balance(connection: Connection, books: Books) -> TrialBalance:
    """As `trial_balance`, in the caller's transaction."""
    rows = close_query(connection, "trial_balance", entity=books.legal_entity_code, period=books.period_name)
    accounts = [_account(code, list(of), books) for code, of in groupby(rows, key=lambda row: str(row["account_code"]))]
    return TrialBalance(books.legal_entity_code, books.period_name, books.currency, tuple(accounts))


def _account(code: str, rows: list[Row], books: Books) -> AccountBalance:
    foreign = tuple(
        ForeignBalance(row["currency"], row["exponent"], row["opening_minor"], row["debit_minor"], row["credit_minor"])
        for row in rows
        if row["currency"] != books.currency.code
    )

    def total(name: str) -> Any:
        return sum(row[f"functional_{name}_minor"] for row in rows)

    return AccountBalance(code, total("opening"), total("debit"), total("credit"), foreign)
