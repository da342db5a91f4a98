"""The trial balance of a legal entity and period, from the entries that are posted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter

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


def read_balances(connection: Connection, books: Books) -> list[Row]:
    """What stood on each account, by currency of documents and region, and what was booked, in theirs and in the books' own currency."""
    return close_query(connection, "balances", entity=books.legal_entity_code, period=books.period_name)


def read_trial_balance(connection: Connection, books: Books) -> TrialBalance:
    """As `trial_balance`, in the caller's transaction."""
    by_account = groupby(read_balances(connection, books), key=itemgetter("account_code"))
    accounts = (_account(code, list(rows), books) for code, rows in by_account)
    return TrialBalance(books.legal_entity_code, books.period_name, books.currency, tuple(accounts))


def _account(code: str, rows: list[Row], books: Books) -> AccountBalance:
    by_currency = [(currency, list(of)) for currency, of in groupby(rows, key=itemgetter("currency"))]
    foreign = [
        ForeignBalance(currency, of[0]["exponent"], *_sums(of))
        for currency, of in by_currency
        if currency != books.currency.code
    ]
    return AccountBalance(code, *_sums(rows, "functional_"), tuple(foreign))


def _sums(rows: list[Row], of: str = "") -> tuple[int, int, int]:
    opening, debit, credit = (sum(row[f"{of}{name}_minor"] for row in rows) for name in ("opening", "debit", "credit"))
    return opening, debit, credit
