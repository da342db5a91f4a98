"""What is earned of documents in another currency: released at the rate at which it was deferred, in both currencies to the cent."""

from __future__ import annotations

from datetime import date

import pytest

from include.finance.journal import EntryState
from include.pipelines.recognise import Recognised
from tests.accounting.billing import Row, credit_memo, invoice, line
from tests.accounting.company import Company, close_period, written
from tests.accounting.rates import publish
from tests.accounting.test_credit_memos import releasing
from tests.accounting.test_currencies import RATES
from tests.accounting.test_recognition import at, credited, night, plan, recognised

pytestmark = pytest.mark.long  # `make test` runs those marked core


@pytest.fixture
def company(company: Company) -> Company:
    """A company with exchange rates on file."""
    publish(company.finance, *RATES)
    return company


@pytest.fixture
def own_company(own_company: Company) -> Company:
    """The same with a finance database of its own."""
    publish(own_company.finance, *RATES, "01-29 EUR/USD 1.25")
    return own_company


def both(company: Company, account: str = "2100") -> tuple[int, int]:
    """What stands on an account, in the documents' currency and in the books' own."""
    return company.balances().get(account, 0), company.worth().get(account, 0)


def year(net: int = 120000, **given: object) -> Row:
    """A ratable line over the year 2026, by months."""
    return plan(net, "2026-01-01", "2026-12-31", **{"recognition_method": "monthly"} | given)


@pytest.mark.core
def test_s10_deferred_revenue_is_released_at_the_rate_of_the_invoice(company: Company) -> None:
    night(company, "2026-02-01", invoice("INV-1", "01-10", plan(100000, "2026-01-10", "2026-02-18"), currency="EUR"))
    company.recognise(at("2026-03-01"))
    assert recognised(company) == written(
        """
        2026-01-31 US recognition
          2100 Deferred revenue 550.00 EUR 605.00 USD
          4000 Subscription revenue -550.00 EUR -605.00 USD
        2026-02-28 US recognition
          2100 Deferred revenue 450.00 EUR 495.00 USD
          4000 Subscription revenue -450.00 EUR -495.00 USD
        """
    )


@pytest.mark.core
def test_the_months_add_up_in_both_currencies_to_what_the_line_was_booked_at(company: Company) -> None:
    """S14 and S1: 33.34 EUR of 100.00 take the cent, 36.23 USD; its twelve months are rounded cumulatively."""
    thirds = [year(net, product_line=name) for net, name in ((3333, "a"), (3333, "b"), (3334, "c"))]
    night(company, "2026-02-01", invoice("INV-1", "01-15", *thirds, currency="EUR"))
    for month in range(3, 14):
        company.recognise(at(f"{2026 + (month - 1) // 12}-{(month - 1) % 12 + 1:02}-01"))
    revenue = [each for each in company.lines() if each["account_code"] == "4000"]
    taken = {
        name: [each["functional_minor"] for each in revenue if each["product_line"] == name] for name in ("a", "b", "c")
    }
    assert {name: sum(each) for name, each in taken.items()} == {"a": -3621, "b": -3621, "c": -3623}
    assert taken["c"] == [-302, -302, -302, -301, -302, -303, -302, -302, -302, -301, -302, -302]
    assert both(company) == (0, 0)


def test_a_line_too_small_for_the_other_currency_loses_nothing(company: Company) -> None:
    """100 yen are 67 cents: nine yen a month are five, six or seven cents."""
    night(company, "2026-02-01", invoice("INV-1", "01-15", year(100), currency="JPY"))
    assert both(company, "4000") == (-8, -5)
    company.recognise(at("2027-01-01"))
    assert (both(company), both(company, "4000")) == ((0, 0), (-100, -67))


def test_a_late_invoice_catches_up_at_its_own_rate(own_company: Company) -> None:
    close_period(own_company.finance, "2026-01")
    night(own_company, "2026-02-06", invoice("INV-1", "01-29", plan(36500, "2026-01-29", "2027-01-28"), currency="EUR"))
    assert recognised(own_company) == written(
        """
        2026-02-01 US late
          2100 Deferred revenue 3.00 EUR 3.75 USD
          4000 Subscription revenue -3.00 EUR -3.75 USD
        """
    )


def test_a_void_takes_back_in_both_currencies_what_was_recognised(company: Company) -> None:
    """The invoice itself stays booked: its stored entries say what its lines were worth."""
    given = year(10001, product_line="a"), year(5000, tax=950, product_line="b")
    night(company, "2026-02-01", invoice("INV-1", "01-15", *given, currency="EUR"))
    night(
        company,
        "2026-03-12",
        invoice("INV-1", "01-15", *given, currency="EUR", status="void", voided_date="03-10"),
    )
    company.recognise(at("2026-04-01"))
    assert {account: minor for account, minor in company.worth().items() if minor} == {}
    assert {account: minor for account, minor in company.balances().items() if minor} == {}


def test_an_invoice_on_another_day_takes_its_rate_from_the_months_that_are_open(company: Company) -> None:
    """Nothing changes in euros: what changes is what they are worth, at 1.20 instead of 1.10."""
    night(company, "2026-02-01", invoice("INV-1", "01-10", year(), currency="EUR"))
    again = night(company, "2026-02-03", invoice("INV-1", "01-21", year(), currency="EUR"))
    assert company.ledger(again.batch_id) == written(
        """
        2026-01-31 US recognition
          2100 Deferred revenue 0.00 EUR 10.00 USD
          4000 Subscription revenue 0.00 EUR -10.00 USD
        """
    )
    assert both(company) == (-110000, -132000)


def test_a_line_that_became_cheaper_in_one_currency_and_dearer_in_the_other_stands_on_both_sides(
    company: Company,
) -> None:
    night(company, "2026-02-01", invoice("INV-1", "01-10", year(), currency="EUR"))
    night(company, "2026-02-03", invoice("INV-1", "01-21", year(114000), currency="EUR"))
    assert both(company) == (-104500, -125400)
    moved = [each for each in company.lines() if each["account_code"] == "4000"][1:]
    assert sorted((each["amount_minor"], each["functional_minor"]) for each in moved) == [(0, -400), (500, 0)]


def test_a_changed_line_of_a_closed_month_catches_up_in_the_open_one(own_company: Company) -> None:
    night(own_company, "2026-02-01", invoice("INV-1", "01-10", year(), currency="EUR"))
    close_period(own_company.finance, "2026-01")
    again = night(own_company, "2026-02-07", invoice("INV-1", "01-10", year(60000), currency="EUR"))
    assert own_company.ledger(again.batch_id) == written(
        """
        2026-02-01 US late
          2100 Deferred revenue -50.00 EUR -55.00 USD
          4000 Subscription revenue 50.00 EUR 55.00 USD
        """
    )


def test_s6_a_plan_terminated_after_three_months_stands_still_in_both_currencies(company: Company) -> None:
    """The credit memo takes the rate of the invoice, 1.10, and needs none of its own day."""
    ended = credited(90000, "termination", effective_date=date(2026, 3, 31))
    memo = credit_memo("CN-1", "03-31", ended, invoice_id="INV-1", currency="EUR")
    night(company, "2026-04-01", invoice("INV-1", "01-10", year(), currency="EUR"), memo)
    company.recognise(at("2027-01-01"))
    assert (both(company), both(company, "4000")) == ((0, 0), (-30000, -33000))


def test_what_a_termination_releases_is_worth_what_it_was_deferred_at(company: Company) -> None:
    ended = credited(45000, "termination", effective_date=date(2026, 3, 31))
    memo = credit_memo("CN-1", "03-31", ended, invoice_id="INV-1", currency="EUR")
    night(releasing(company), "2026-04-01", invoice("INV-1", "01-10", year(), currency="EUR"), memo)
    assert (both(company), both(company, "4000")) == ((0, 0), (-75000, -82500))
    company.recognise(at("2027-01-01"))
    assert (both(company), both(company, "4000")) == ((0, 0), (-75000, -82500))


def test_a_price_reduction_lowers_every_month_that_is_left(company: Company) -> None:
    lower = credit_memo("CN-1", "03-31", credited(36000, "price_reduction"), invoice_id="INV-1", currency="EUR")
    night(company, "2026-04-01", invoice("INV-1", "01-10", year(), currency="EUR"), lower)
    before = both(company, "4000")
    company.recognise(at("2026-05-01"))
    after = both(company, "4000")
    assert (before, (after[0] - before[0], after[1] - before[1])) == ((-30000, -33000), (-7000, -7700))


def test_a_corrected_rate_changes_nothing_of_what_is_deferred(own_company: Company) -> None:
    night(own_company, "2026-02-01", invoice("INV-1", "01-10", year(), currency="EUR"))
    publish(own_company.finance, "01-10 EUR/USD 1.9")
    night(own_company, "2026-03-01", invoice("INV-1", "01-10", year(tax=22800), currency="EUR"))
    assert both(own_company) == (-100000, -110000)


def test_an_entry_given_up_before_it_was_posted_is_recognised_anew_in_both_currencies(own_company: Company) -> None:
    night(own_company, "2026-02-01", invoice("INV-1", "01-10", year(), currency="EUR"))
    with own_company.finance.transaction() as connection:
        connection.execute(
            "update journal_entry set state = %s where category = 'recognition'", (EntryState.SUPERSEDED.value,)
        )
    close_period(own_company.finance, "2026-01")
    own_company.recognise(at("2026-02-05"))
    assert own_company.recognise(at("2026-02-05")) == Recognised(None)
    assert recognised(own_company) == written(
        """
        2026-02-01 US late
          2100 Deferred revenue 100.00 EUR 110.00 USD
          4000 Subscription revenue -100.00 EUR -110.00 USD
        """
    )


def test_the_text_of_a_line_tells_the_amount_that_an_erp_of_one_currency_cannot_show(company: Company) -> None:
    night(company, "2026-02-01", invoice("INV-1", "01-10", year(), currency="EUR"), invoice("INV-2", "01-10", year()))
    texts = {each["line_text"].rsplit(" ", 1)[0] for each in company.lines() if each["account_code"] == "4000"}
    assert texts == {"recognition 2026-01-10 EUR -100.00 1 lines", "recognition 2026-01-10 USD 1 lines"}


def test_a_line_that_is_gone_or_moves_to_another_entity_gives_back_what_it_had(company: Company) -> None:
    night(company, "2026-02-01", invoice("INV-1", "01-10", year(), line(100), currency="EUR"))
    night(company, "2026-02-03", invoice("INV-1", "01-10", line(100), currency="EUR"))
    assert both(company) == both(company, "4000") == (0, 0)
    night(company, "2026-02-04", invoice("INV-1", "01-10", year(), entity="DE", currency="EUR"))
    assert both(company) == (-110000, -110000)
