"""Roll-forwards and flux over two months: they close to the minor unit, and what differs is shown."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.finance.close_package import JournalLine
from include.finance.flux import EXCHANGE, LATE, RULES, Turnover, explain_change
from include.store.close_facts import journal_lines
from tests.accounting.billing import invoice, line
from tests.accounting.company import Company, close_period
from tests.accounting.summarised import summarised
from tests.accounting.test_recognition import at, plan
from tests.close.world import confirm, figures, schedule

MINOR = st.integers(-(10**12), 10**12)
TURNOVERS = st.lists(
    st.builds(
        Turnover,
        st.just("4000"),
        st.sampled_from(("USD", "EUR", "JPY")),
        st.sampled_from(("invoices", "credits", "recognition", "late", "revaluation")),
        st.booleans(),
        MINOR,
        MINOR,
    ),
    max_size=8,
)


@given(before=TURNOVERS, now=TURNOVERS, opening=MINOR, is_of_statement=st.booleans())
def test_the_causes_of_a_change_add_up_to_it(
    *, before: list[Turnover], now: list[Turnover], opening: int, is_of_statement: bool
) -> None:
    earlier, later = (sum(each.functional_minor for each in turnovers) for turnovers in (before, now))
    figures = (earlier, later) if is_of_statement else (opening, opening + later)
    row = explain_change("4000", figures, before, now, is_of_statement=is_of_statement)
    assert row.unexplained_minor == 0
    assert all(minor for _, minor in row.causes)


def test_revenue_in_another_currency_is_told_apart_into_volume_and_rate() -> None:
    """1000.00 EUR at 1.10 were 1100.00 USD; now 1200.00 EUR at 1.20 are 1440.00: 220.00 by volume, 120.00 by the rate."""
    turnovers = [
        Turnover("4000", "EUR", "invoices", is_rule_change=False, amount_minor=amount, functional_minor=worth)
        for amount, worth in ((100000, 110000), (120000, 144000))
    ]
    late = Turnover("4000", "USD", "late", is_rule_change=False, amount_minor=500, functional_minor=500)
    anew = Turnover("4000", "USD", "invoices", is_rule_change=True, amount_minor=70, functional_minor=70)
    row = explain_change("4000", (110000, 144570), turnovers[:1], [turnovers[1], late, anew], is_of_statement=True)
    assert dict(row.causes) == {"invoices": 22000, EXCHANGE: 12000, LATE: 500, RULES: 70}


def test_what_is_not_in_the_figures_stays_unexplained() -> None:
    row = explain_change(
        "1100",
        (100, 350),
        [],
        [Turnover("1100", "USD", "invoices", is_rule_change=False, amount_minor=249, functional_minor=249)],
        is_of_statement=False,
    )
    assert row.unexplained_minor == 1


APART = {"entries": "all", "amounts": "net", "reversal_style": "negative", "dimensions": ("region", "product_line")}


@pytest.mark.parametrize(("told", "region"), [({}, ""), (APART, "CA")])
def test_late_changed_void_and_written_off_documents_have_their_own_columns_and_causes(
    own_company: Company, told: dict[str, Any], region: str
) -> None:
    """However entries are added up, and whatever side reversals stand on."""
    company = own_company
    company.configuration = summarised(**told)
    company.night(
        invoice("INV-1", "01-15", line(10000, tax=800, region="CA")),
        invoice("INV-2", "01-20", line(20000)),
        invoice("INV-3", "01-22", plan(36500, end="2027-01-14")),
        instant=at("2026-02-01"),
    )
    company.recognise(at("2026-02-01"))
    confirm(company)
    close_period(company.finance, "2026-01")
    company.billing.change("INV-1", status="void", voided_date=date(2026, 2, 3))
    company.billing.change("INV-2", status="written_off", written_off_date=date(2026, 2, 4))
    company.night(
        invoice("INV-4", "01-28", line(5000)),
        invoice("INV-5", "02-10", line(7000)),
        instant=at("2026-02-20"),
    )
    company.billing.put(invoice("INV-5", "02-10", line(7500)))
    company.night(instant=at("2026-02-21"))
    company.recognise(at("2026-03-01"))
    confirm(company)
    for period in ("2026-01", "2026-02"):
        package = figures(company, period)
        assert package.differing == ()
        balance = package.trial_balance
        debits = sum(row.debit_minor for row in balance.rows)
        assert debits == sum(line.sides[0] for line in lines_of(company, period))
    assert schedule(package, "receivables", "1100") == {
        "opening": 67300, "invoiced": -3300, "written off": -20000, "late": 5000, "closing": 49000,
    }  # fmt: skip
    assert {each.key for each in package.rollforwards if each.kind == "tax"} == {region}
    [revenue] = [row for row in package.flux if row.account_code == "4020"]
    assert dict(revenue.causes)[LATE] == -5000


def lines_of(company: Company, period: str) -> list[JournalLine]:
    with company.finance.transaction() as connection:
        return list(journal_lines(connection, "US", period))
