"""The figures of a close: gathered from the finance database and evidence, and compared with each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from include.config.configuration import Configuration
from include.config.currencies import CURRENCIES
from include.evidence.store import EvidenceStore
from include.finance.chart import AccountType, Chart
from include.finance.close_package import (
    Approval,
    Check,
    ClosePackage,
    JournalSum,
    OpenException,
    UnpostedEntries,
)
from include.finance.errors import UnknownNameError
from include.finance.flux import Flux, Turnover, explain_change
from include.finance.money import Currency
from include.finance.rollforward import KINDS, Rollforward
from include.finance.trial_balance import TrialBalance
from include.pipelines.aging import read_aging
from include.pipelines.rollforward import DeferredRow, deferred_rollforward
from include.pipelines.rollforwards import is_credit_side, rollforwards
from include.pipelines.trial_balance import Books, read_books, read_trial_balance
from include.store.close_facts import close_query
from include.store.database import Connection, FinanceDatabase
from include.store.tie_outs import TiedOut, current_tie_outs

_OF_STATEMENT = (AccountType.INCOME, AccountType.EXPENSE)
SHOWN = 5
_TITLES = {kind.name: kind.title for kind in KINDS}


def close_figures(
    database: FinanceDatabase,
    evidence: EvidenceStore,
    configuration: Configuration,
    connection: Connection,
    legal_entity_code: str,
    period_name: str,
    approvals: Sequence[Approval] = (),
) -> ClosePackage:
    """All figures of a legal entity's close, as the transaction of `connection` sees them.

    `approvals` are words given outside the books, beside those that the finance database has. Raises UnknownNameError for a legal entity
    or period that is not known, NightUnfinishedError while a night waits to be recognised, EvidenceError when a file is lost.
    """
    if legal_entity_code not in configuration.legal_entities:
        raise UnknownNameError(
            f"There is no legal entity {legal_entity_code} in legal_entities.yaml; there are {', '.join(sorted(configuration.legal_entities))}."
        )
    about = {"entity": legal_entity_code, "period": period_name}
    chart = configuration.chart_of(legal_entity_code)
    books = read_books(connection, legal_entity_code, period_name)
    balance = read_trial_balance(connection, books)
    before = next((str(row["period_name"]) for row in close_query(connection, "before", **about)), None)
    rolled = rollforwards(connection, evidence, chart, books)
    flux = tuple(_flux(connection, chart, balance, before)) if before else ()
    deferred = [
        row
        for row in deferred_rollforward(database, evidence, configuration, period_name)
        if row.legal_entity_code == legal_entity_code
    ]
    tied = _tied_out(connection, legal_entity_code)
    return ClosePackage(
        legal_entity_code=legal_entity_code,
        legal_entity_name=configuration.legal_entities[legal_entity_code].name,
        period_name=period_name,
        start_date=books.start_date,
        end_date=books.end_date,
        before_name=before,
        changed_at=_changed_at(connection, books),
        accounts=chart.accounts,
        trial_balance=balance,
        journals=tuple(JournalSum(**row) for row in close_query(connection, "journals", **about)),
        rollforwards=rolled,
        flux=flux,
        checks=(
            *_checks(chart, books, balance, rolled, flux, deferred),
            *_open_item_checks(connection, evidence, configuration, books),
        ),
        tied_at=max((each.tied_at for each in tied), default=None),
        tie_out=tuple(each.row for each in tied),
        unposted=tuple(UnpostedEntries(**row) for row in close_query(connection, "unposted", **about)),
        exceptions=tuple(
            OpenException(**row | {"at_risk_minor": int(row["at_risk_minor"])})
            for row in close_query(connection, "exceptions", entity=legal_entity_code)
        ),
        approvals=(*(Approval(**row) for row in close_query(connection, "approvals", **about)), *approvals),
    )


def _changed_at(connection: Connection, books: Books) -> datetime | None:
    [row] = close_query(connection, "changed", entity=books.legal_entity_code, until=books.end_date)
    changed_at: datetime | None = row["changed_at"]
    return changed_at


def _flux(connection: Connection, chart: Chart, now: TrialBalance, before_name: str) -> Iterator[Flux]:
    entity = now.legal_entity_code
    before = read_trial_balance(connection, read_books(connection, entity, before_name))
    moved_before, moved = (_turnovers(connection, entity, period) for period in (before_name, now.period_name))
    for code in sorted({row.account_code for row in (*before.rows, *now.rows)}):
        account = chart.accounts.get(code)
        is_of_statement = account is not None and account.type in _OF_STATEMENT
        earlier, later = moved_before.get(code, []), moved.get(code, [])
        figures = (
            (_worth(earlier), _worth(later)) if is_of_statement else (before.closing_of(code), now.closing_of(code))
        )
        yield explain_change(code, figures, earlier, later, is_of_statement=is_of_statement)


def _turnovers(connection: Connection, entity: str, period: str) -> Mapping[str, list[Turnover]]:
    rows = (Turnover(**row) for row in close_query(connection, "turnovers", entity=entity, period=period))
    return {code: list(of) for code, of in groupby(rows, key=lambda each: each.account_code)}


def _worth(turnovers: Iterable[Turnover]) -> int:
    return sum(each.functional_minor for each in turnovers)


def _checks(
    chart: Chart,
    books: Books,
    balance: TrialBalance,
    rolled: Sequence[Rollforward],
    flux: Sequence[Flux],
    deferred: Sequence[DeferredRow],
) -> Iterator[Check]:
    currency = books.currency
    debit, credit = (sum(getattr(row, f"{side}_minor") for row in balance.rows) for side in ("debit", "credit"))
    yield Check("Turnover of the trial balance", "debits", "credits", currency, debit, credit)
    yield Check("Closing balances", "all accounts", "nothing", currency, balance.out_of_balance_minor, 0)
    for (kind, code), lines in groupby(rolled, key=lambda each: (each.kind, each.account_code)):
        yield from _schedule_checks(kind, code, list(lines), chart, currency, balance)
    for row in deferred:
        own = Currency(row.currency, row.exponent)
        what = f"Deferred revenue, documents in {row.document_currency}"
        yield Check(what, "closing balance", "remaining schedules", own, row.closing_minor, row.remaining_minor)
    changed, unexplained = (
        sum(abs(getattr(row, f"{name}_minor")) for row in flux) for name in ("change", "unexplained")
    )
    yield Check("Flux", "changes", "causes", currency, changed, changed - unexplained)


def _schedule_checks(
    kind: str, code: str, lines: list[Rollforward], chart: Chart, currency: Currency, balance: TrialBalance
) -> Iterator[Check]:
    title = f"{_TITLES[kind]}, account {code}"
    for each in lines:
        if each.difference_minor:
            what = f"{title}, {each.key or 'all'}, documents in {each.document_currency}"
            moved = each.opening_minor + each.moved_minor
            yield Check(what, "opening and movements", "closing balance", each.currency, moved, each.closing_minor)
    in_books = sum(each.opening_minor + each.moved_minor for each in lines if each.currency == currency)
    sign = -1 if is_credit_side(chart, code) else 1
    yield Check(title, "roll-forward", "trial balance", currency, in_books, sign * balance.closing_of(code))


def _open_item_checks(
    connection: Connection, evidence: EvidenceStore, configuration: Configuration, books: Books
) -> Iterator[Check]:
    """Receivables and customer credits come to their open items at the period's end; and what is open now, to what billing says is."""
    entity = books.legal_entity_code
    for total in read_aging(connection, evidence, configuration, entity, books.end_date).controls:
        what = f"Open items of account {total.account_code}, documents in {total.currency}"
        yield Check(what, "items", "journals", _known(total.currency, books), total.items_minor, total.balance_minor)
    now = read_aging(connection, evidence, configuration, entity)
    for owed in now.billing:
        named = [
            f"{each.number or each.native_id} {each.amount_minor} here, {each.billing_minor} there"
            for each in now.differences
            if each.currency == owed.currency and not each.because
        ]
        told = f" (minor units: {'; '.join(named[:SHOWN])}{f'; and {len(named) - SHOWN} more' if len(named) > SHOWN else ''})"
        yield Check(
            f"Open invoices in {owed.currency} as read last{told if named else ''}",
            "our receivables",
            "billing's own open amounts and what waits as an exception",
            _known(owed.currency, books),
            owed.amount_minor,
            owed.billing_minor + owed.explained_minor,
        )
        # Two invoices may cancel out in the sum: each counts by itself.
        off = sum(
            abs(each.amount_minor - each.billing_minor)
            for each in now.differences
            if each.currency == owed.currency and not each.because
        )
        yield Check(
            f"Invoices in {owed.currency} that nothing explains",
            "what they are off by",
            "nothing",
            _known(owed.currency, books),
            off,
            0,
        )


def _known(currency: str, books: Books) -> Currency:
    """A currency by its code; one that nobody knows has its amounts in minor units."""
    return books.currency if currency == books.currency.code else CURRENCIES.get(currency, Currency(currency, 0))


def _tied_out(connection: Connection, entity: str) -> list[TiedOut]:
    [found] = close_query(connection, "tie_out", entity=entity)
    if found["read_instant"] is None:
        return []
    tied = current_tie_outs(connection, found["read_instant"])
    return [each for each in tied if each.row.legal_entity_code in (entity, "UNASSIGNED", "*")]
