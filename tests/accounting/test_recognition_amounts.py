"""Invoice lines of which another amount is recognised than their net: an allocation that was made elsewhere. Debit is positive."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.accounting.billing import credit_memo, invoice, line, to
from tests.accounting.company import Company, written

pytestmark = pytest.mark.long  # `make test` runs those marked core

# A licence at 600.00 with support at 365.00, worth 500.00 and 465.00 by their stand-alone prices.
LICENCE = line(60000, tax=6000, recognition_amount_minor=50000)
SUPPORT = line(36500, "ratable", tax=3650, recognition_amount_minor=46500)


def stands(company: Company) -> dict[str, int]:
    return {account: amount for account, amount in company.balances().items() if amount}


@pytest.mark.core
def test_revenue_takes_the_amounts_of_the_allocation_customer_and_tax_those_printed(company: Company) -> None:
    company.night(invoice("INV-1", "01-01", LICENCE, SUPPORT))
    assert company.ledger() == written("""
        2026-01-01 US invoices
          1100 Billing receivables   1061.50 USD
          2000 Tax payable            -96.50 USD
          2100 Deferred revenue      -465.00 USD
          4020 Onboarding revenue    -500.00 USD
    """)
    company.recognise(datetime(2027, 1, 1, 6, tzinfo=UTC))
    assert stands(company) == {"1100": 106150, "2000": -9650, "4000": -46500, "4020": -50000}


def test_an_allocation_that_loses_money_is_an_exception_and_one_line_alone_may_not_say_another_amount(
    company: Company,
) -> None:
    short = SUPPORT | {"recognition_amount_minor": 46499}
    night = company.night(invoice("INV-1", "01-01", LICENCE, short), invoice("INV-2", "01-01", LICENCE))
    assert company.outcomes(night) == dict.fromkeys(("INV-1", "INV-2"), "quarantined recognition_amounts_do_not_sum")
    assert company.ledger() == ""
    # A line that says nothing counts with its net.
    assert company.outcomes(company.night(invoice("INV-2", "01-01", LICENCE, line(10000), SUPPORT)))["INV-2"] == "new"


def test_a_termination_takes_no_more_out_of_deferred_revenue_than_was_put_there(company: Company) -> None:
    plan = line(36500, "ratable", recognition_amount_minor=18250)
    company.night(invoice("INV-1", "01-01", plan, line(100, recognition_amount_minor=18350)))
    ended = credit_memo(
        "CN-1", "01-31", line(33400, "ratable", invoice_line_id="INV-1/1", revenue_effect="termination"),
        invoice_id="INV-1", applied=[to("INV-1", 33400, "01-31")],
    )  # fmt: skip
    company.night(ended)
    # 31 of 365 days of 182.50 are earned: 167.00 are not.
    assert (stands(company)["2100"], stands(company)["4900"]) == (-1550, 16700)
    company.recognise(datetime(2027, 1, 1, 6, tzinfo=UTC))
    assert (company.balances()["2100"], company.balances()["4000"]) == (0, -1550)


def test_a_void_takes_back_what_was_booked(company: Company) -> None:
    company.night(invoice("INV-1", "01-01", LICENCE, SUPPORT))
    company.billing.change("INV-1", status="void", voided_date="01-31")
    company.night()
    assert stands(company) == {}


def test_a_change_of_the_allocation_books_the_invoice_anew(company: Company) -> None:
    company.night(invoice("INV-1", "01-01", LICENCE, SUPPORT))
    company.night(invoice("INV-1", "01-01", line(60000, tax=6000), line(36500, "ratable", tax=3650)))
    assert stands(company) == {"1100": 106150, "2000": -9650, "2100": -36500, "4020": -60000}


def test_a_write_off_takes_what_is_not_earned_of_the_amount_first(company: Company) -> None:
    company.night(invoice("INV-1", "01-01", LICENCE, SUPPORT, status="written_off", written_off_date="01-31"))
    # The price of the support is lost, 365.00; of its amount 425.51 are not earned, which bears all of it.
    assert stands(company)["2100"] == -46500 + 36500
