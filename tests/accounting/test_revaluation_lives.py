"""Invoices in euros are issued, paid in parts, late and early, month after month: on each last day they are worth the closing rate."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.finance.fx import RatePurpose
from include.finance.revaluation import Revaluer
from include.pipelines.revalue import Revalued
from tests.accounting.billing import Row, invoice, line, payment, to
from tests.accounting.company import Company
from tests.accounting.rates import publish
from tests.accounting.test_recognition_lives import half_up
from tests.accounting.test_revaluation import with_revaluation
from tests.examples import examples

MONTHS = (1, 2, 3)
RATES = {date(2026, month, day): Decimal(100 + 7 * month + day) / 97 for month in MONTHS for day in range(2, 29, 2)}
RATES = {day: round(rate, 10) for day, rate in RATES.items()}
days = st.integers(2, 28)
# In each month, before its end is valued and once more late: invoices by day and amount, payments by invoice, day and per cent.
INVOICES = st.lists(st.tuples(days, st.integers(1, 200_000)), max_size=2)
PAYMENTS = st.lists(st.tuples(st.integers(0, 5), days, st.integers(1, 100)), max_size=3)
HALF = st.tuples(INVOICES, PAYMENTS)


def rate_on(day: date) -> Fraction:
    return Fraction(RATES[max(on for on in RATES if on <= day)])


@dataclass
class Item:
    """An invoice as billing has it, with what was paid of it and when."""

    name: str
    issued: date
    amount: int
    paid: list[tuple[date, int]] = field(default_factory=list)

    @property
    def left(self) -> int:
        return self.amount - sum(amount for _, amount in self.paid)

    def open_on(self, day: date) -> int:
        return self.amount - sum(amount for on, amount in self.paid if on <= day) if self.issued <= day else 0

    def worth_on(self, day: date) -> int:
        """What is left of what it was worth when it arose: those that settle it take their parts cumulatively."""
        if self.issued > day:
            return 0
        whole = half_up(self.amount * rate_on(self.issued))
        return whole - half_up(Fraction((self.amount - self.open_on(day)) * whole, self.amount))


@pytest.mark.long
@settings(max_examples=examples(2, 5), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(*(st.tuples(HALF, HALF) for _ in MONTHS)))
def test_on_the_last_day_of_each_month_receivables_are_worth_the_closing_rate(
    own_company: Company,
    tmp_path: Path,
    told: tuple[tuple[tuple[list[tuple[int, int]], list[tuple[int, int, int]]], ...], ...],
) -> None:
    mark = uuid4().hex[:8]
    company = Company(own_company.finance, tmp_path / mark, f"billing-{mark}")
    with_revaluation(company, {"accounts_receivable": Revaluer.TIEOUT})
    publish(company.finance, *(f"{day} EUR/USD {rate}" for day, rate in RATES.items()))
    items: list[Item] = []
    for month, halves in zip(MONTHS, told, strict=True):
        last = date(2026, month, calendar.monthrange(2026, month)[1])
        closing = round(Decimal(150 - 13 * month) / 93, 10)
        publish(company.finance, f"{last} EUR/USD {closing}", purpose=RatePurpose.CLOSING)
        for number, (invoices, payments) in enumerate(halves, start=1):
            issue(company, items, month, invoices)
            pay(company, items, month, payments)
            instant = datetime(last.year, last.month, last.day, 12, tzinfo=UTC) + timedelta(days=number)
            company.night(instant=instant)
            company.revalue(instant)
            assert company.revalue(instant) == Revalued()
            assert receivable(company, last) == sum(half_up(each.open_on(last) * Fraction(closing)) for each in items)
            next_day = last + timedelta(days=1)
            assert receivable(company, next_day) == sum(each.worth_on(next_day) for each in items)
        with company.finance.transaction() as connection:
            connection.execute(
                "update journal_entry set state = 'verified', held_reason = null where state in ('ready', 'held')"
            )


def issue(company: Company, items: list[Item], month: int, invoices: list[tuple[int, int]]) -> None:
    for day, amount in invoices:
        items.append(Item(f"INV-{len(items)}", date(2026, month, day), amount))
        company.billing.put(invoice(items[-1].name, str(items[-1].issued), line(amount), currency="EUR"))


def pay(company: Company, items: list[Item], month: int, payments: list[tuple[int, int, int]]) -> None:
    for which, day, percent in payments:
        open_items = [each for each in items if each.left]
        if not open_items:
            return
        item = open_items[which % len(open_items)]
        on, amount = max(date(2026, month, day), item.issued), -(-item.left * percent // 100)
        item.paid.append((on, amount))
        applied: Row = to(item.name, amount, str(on))
        name = f"PAY-{item.name}-{len(item.paid)}"
        company.billing.put(payment(name, str(on), amount, applied, currency="EUR"))


def receivable(company: Company, on: date) -> int:
    query = (
        "select coalesce(sum(l.functional_minor), 0)::bigint as minor from journal_entry as e join journal_line as l on l.entry_id = e.id"
        " join batch as b on b.batch_no = e.batch_no where b.source_code = %s and l.account_code = '1100' and e.state <> 'superseded'"
        " and e.posting_date <= %s"
    )
    [row] = company.rows(query, company.source_code, on)
    return int(row["minor"])
