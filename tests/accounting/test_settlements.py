"""Receivables settled without cash, and by money that a sister entity collected. Debit is positive, credit negative."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from include.config.currencies import CURRENCIES
from tests.accounting.billing import invoice, line, payment, to
from tests.accounting.company import Company, close_period, written

pytestmark = pytest.mark.long  # `make test` runs those marked core


def short(amount: int, by: int, kind: str | None, **given: Any) -> Any:
    return to("INV-1", amount, "01-20", adjustment_minor=by, adjustment_kind=kind, **given)


@pytest.mark.parametrize(
    ("kind", "account"),
    [
        ("bank_charge", "6010 Bank charges"),
        ("withholding_tax", "1460 Withholding tax receivable"),
        ("cash_discount", "4910 Cash discounts"),
        ("small_balance", "7900 Rounding"),
    ],
)
def test_what_is_settled_without_cash_goes_to_the_account_of_its_kind(
    company: Company, kind: str, account: str
) -> None:
    company.night(invoice("INV-1", "01-10", line(10000)))
    paid = company.night(payment("PAY-1", "01-20", 9950, short(9950, 50, kind)))
    lines = sorted(["1100 Billing receivables -100.00 USD", "2050 Customer credits 99.50 USD", f"{account} 0.50 USD"])
    assert company.ledger(paid.batch_id).splitlines()[:4] == [
        "2026-01-20 US applications",
        *(f"  {each}" for each in lines),
    ]
    assert company.balances()["1100"] == 0


@pytest.mark.core
def test_an_adjustment_above_its_tolerance_waits_and_the_cash_does_not(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-10", line(10000)), payment("PAY-1", "01-20", 4000, short(4000, 6000, "bank_charge"))
    )
    assert company.balances() == {"1050": 4000, "1100": 10000, "2050": -4000, "4020": -10000}
    assert company.exceptions() == {"PAY-1": ["adjustment_above_tolerance"]}
    company.night(payment("PAY-1", "01-20", 4000, to("INV-1", 4000, "01-20")))
    assert (company.balances()["1100"], company.exceptions(), company.retries()) == (6000, {}, {})


def test_an_adjustment_without_a_kind_waits_and_the_cash_does_not(company: Company) -> None:
    night = company.night(
        invoice("INV-1", "01-10", line(10000)), payment("PAY-1", "01-20", 9950, short(9950, 50, None))
    )
    assert company.outcomes(night)["PAY-1"] == "new"
    assert company.balances()["2050"] == -9950


def test_a_void_gives_back_the_cash_and_takes_back_what_was_settled_without(company: Company) -> None:
    bought, paid = (
        invoice("INV-1", "01-10", line(10000)),
        payment("PAY-1", "01-20", 4000, short(4000, 20, "bank_charge")),
    )
    company.night(bought, paid)
    company.billing.change("INV-1", status="void", voided_date="01-31")
    company.night()
    assert {code: amount for code, amount in company.balances().items() if amount} == {"1050": 4000, "2050": -4000}


@pytest.fixture
def sisters(company: Company) -> Company:
    """The UK keeps its books in dollars, too."""
    return in_dollars(company)


def in_dollars(company: Company) -> Company:
    entities = company.configuration.legal_entities
    uk = replace(entities["UK"], functional_currency=CURRENCIES["USD"])
    company.configuration = replace(company.configuration, legal_entities={**entities, "UK": uk})
    return company


BILLED_IN_THE_UK = {"entity": "UK", "currency": "USD"}


@pytest.mark.core
def test_what_one_entity_collects_for_another_is_owed_between_them_and_each_balances(sisters: Company) -> None:
    sisters.night(
        invoice("INV-1", "01-10", line(100000), **BILLED_IN_THE_UK),
        payment("PAY-1", "01-20", 100000, to("INV-1", 100000, "01-20")),
    )
    assert sisters.ledger() == written("""
        2026-01-10 UK invoices
          1100 Billing receivables  1000.00 USD
          4020 Onboarding revenue  -1000.00 USD
        2026-01-20 UK intercompany
          1100 Billing receivables -1000.00 USD
          1500 Due from affiliates  1000.00 USD
        2026-01-20 US applications
          2050 Customer credits     1000.00 USD
          2500 Due to affiliates   -1000.00 USD
        2026-01-20 US receipts
          1050 Processor clearing   1000.00 USD
          2050 Customer credits    -1000.00 USD
    """)


def test_one_payment_over_two_entities_owes_the_sister_its_part_only(sisters: Company) -> None:
    sisters.night(
        invoice("INV-1", "01-10", line(60000), **BILLED_IN_THE_UK),
        invoice("INV-2", "01-10", line(30000)),
        payment("PAY-1", "01-20", 100000, to("INV-1", 60000, "01-20"), to("INV-2", 30000, "01-21")),
    )
    stands = {account: amount for account, amount in sisters.balances().items() if amount}
    assert stands == {"1050": 100000, "1500": 60000, "2050": -10000, "2500": -60000, "4020": -90000}


def test_an_unapplied_intercompany_payment_is_mirrored_in_both_books(sisters: Company) -> None:
    sisters.night(
        invoice("INV-1", "01-10", line(100000), **BILLED_IN_THE_UK),
        payment("PAY-1", "01-20", 100000, to("INV-1", 100000, "01-20")),
    )
    undone = sisters.night(payment("PAY-1", "01-20", 100000, to("INV-1", 100000, "01-20", undone="01-31")))
    assert sisters.ledger(undone.batch_id) == written("""
        2026-01-31 UK intercompany
          1100 Billing receivables  1000.00 USD
          1500 Due from affiliates -1000.00 USD
        2026-01-31 US applications
          2050 Customer credits    -1000.00 USD
          2500 Due to affiliates    1000.00 USD
    """)


def test_both_legs_carry_the_first_day_that_is_open_in_both_books(own_company: Company) -> None:
    company = in_dollars(own_company)
    close_period(company.finance, "2026-01", entities=("UK",))
    company.night(
        invoice("INV-1", "01-10", line(100000), **BILLED_IN_THE_UK),
        payment("PAY-1", "01-20", 100000, to("INV-1", 100000, "01-20")),
    )
    days = {
        (row["legal_entity_code"], str(row["posting_date"]))
        for row in company.rows(
            "select e.legal_entity_code, e.posting_date from journal_entry as e join journal_line as l on l.entry_id = e.id"
            " where l.account_code in ('1500', '2500')"
        )
    }
    assert days == {("UK", "2026-02-01"), ("US", "2026-02-01")}


def test_an_application_in_another_currency_than_the_invoice_of_the_sister_waits(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-10", line(100000), entity="UK"),
        payment("PAY-1", "01-20", 100000, to("INV-1", 100000, "01-20")),
    )
    assert company.retries() == {"PAY-1": "exchange_amount_missing"}
    assert company.exceptions() == {"PAY-1": ["exchange_amount_missing"]}
