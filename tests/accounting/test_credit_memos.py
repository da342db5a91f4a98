"""What a credit memo takes out of deferred revenue, and what out of revenue: by what it does to the service, and by the day.

The plan is 1,200.00 for the year 2026, earned by the month, unless a test says otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from include.finance.entity_settings import UncreditedRest
from tests.accounting.billing import Document, Row, credit_memo, invoice, line, to
from tests.accounting.company import Company, written
from tests.accounting.test_recognition import at, night
from tests.accounting.test_recognition_proof import rolled

pytestmark = pytest.mark.long  # `make test` runs those marked core

PLAN = line(120000, "ratable", tax=10650, recognition_method="monthly")


def sold() -> Document:
    return invoice("INV-1", "01-01", PLAN)


def memo(name: str, on: str, amount: int, effect: str = "price_reduction", **given: object) -> Document:
    """A credit memo on the plan, kept on account."""
    return credit_memo(name, on, credited(amount, effect, **given), kind="on_account", invoice_id="INV-1")


def credited(amount: int, effect: str = "price_reduction", **given: object) -> Row:
    facts: Row = {"invoice_line_id": "INV-1/1", "revenue_effect": effect}
    return line(amount, "ratable", **(facts | given))


def stands(company: Company) -> dict[str, int]:
    balances = company.balances()
    return {account: balances[account] for account in ("2100", "4000", "4900") if balances.get(account)}


def test_s5_a_price_reduction_takes_of_both_what_is_earned_and_what_is_not(company: Company) -> None:
    # 146 of 365 days of a daily plan are over: 40 % is earned.
    daily = line(100000, "ratable", tax=8880)
    night(company, "2026-06-01", invoice("INV-1", "01-01", daily), credit_memo(
        "CN-1", "05-26", credited(10000, tax=888), kind="refund", invoice_id="INV-1",
    ))  # fmt: skip
    assert "2026-05-26 US credits" in company.ledger()
    assert (
        written("""
        2026-05-26 US credits
          2000 Tax payable              8.88 USD
          2050 Customer credits      -108.88 USD
          2100 Deferred revenue        60.00 USD
          4900 Refunds and credits     40.00 USD
    """)
        in company.ledger()
    )


@pytest.mark.core
def test_s6_a_termination_takes_all_that_is_not_earned(company: Company) -> None:
    ended = credited(90000, "termination", tax=7988)
    implied = to("INV-1", 97988, "03-31", is_implied=True)
    given = credit_memo("CN-1", "03-31", ended, applied=[implied], invoice_id="INV-1")
    night(company, "2026-04-01", sold(), given)
    assert (
        written("""
        2026-03-31 US credits
          2000 Tax payable             79.88 USD
          2050 Customer credits      -979.88 USD
          2100 Deferred revenue       900.00 USD
    """)
        in company.ledger()
    )
    assert company.balances()["1100"] == 32662
    company.recognise(at("2027-01-01"))
    assert stands(company) == {"4000": -30000}


@pytest.mark.core
def test_a_credit_above_what_is_not_earned_takes_revenue_back_with_its_tax(company: Company) -> None:
    night(company, "2026-04-01", sold(), memo("CN-1", "03-31", 100000, "termination", tax=8875))
    assert (
        written("""
        2026-03-31 US credits
          2000 Tax payable             88.75 USD
          2050 Customer credits     -1088.75 USD
          2100 Deferred revenue       900.00 USD
          4900 Refunds and credits    100.00 USD
    """)
        in company.ledger()
    )
    company.recognise(at("2027-01-01"))
    assert stands(company) == {"4000": -30000, "4900": 10000}


def test_a_service_that_ended_before_its_credit_memo_gives_back_what_was_earned_since(company: Company) -> None:
    ended = memo("CN-1", "05-31", 90000, "termination", effective_date=date(2026, 3, 31))
    night(company, "2026-06-01", sold(), ended)
    company.recognise(at("2026-06-01"))
    assert stands(company) == {"4000": -30000}


def test_what_a_termination_leaves_uncredited_goes_on_being_earned(company: Company) -> None:
    night(company, "2026-04-01", sold(), memo("CN-1", "03-31", 45000, "termination"))
    company.recognise(at("2026-07-01"))
    # Half of each month that is left.
    assert stands(company) == {"2100": -30000, "4000": -45000}


def test_before_its_service_begins_all_of_a_credit_is_deferred_and_after_its_end_none(company: Company) -> None:
    half = PLAN | {"service_start": date(2026, 2, 1), "service_end": date(2026, 6, 30)}
    short = invoice("INV-1", "01-01", half)
    night(company, "2026-08-01", short, memo("CN-1", "01-15", 12000), memo("CN-2", "07-31", 12000))
    company.recognise(at("2026-08-01"))
    assert stands(company) == {"4000": -108000, "4900": 12000}


def test_two_credits_that_take_all_of_a_plan_leave_nothing_to_earn(company: Company) -> None:
    night(company, "2026-04-01", sold(), memo("CN-1", "02-28", 20000), memo("CN-2", "03-31", 100000))
    company.recognise(at("2026-04-01"))
    # 166.67 and 750.00 of them were not earned yet; of the reduced plan 283.33 was earned by the end of March.
    assert stands(company) == {"4000": -28333, "4900": 28333}
    company.recognise(at("2027-01-01"))
    assert stands(company) == {"4000": -28333, "4900": 28333}


def test_what_a_reduction_left_can_be_ended_no_further_than_to_nothing(company: Company) -> None:
    night(company, "2026-07-01", sold(), memo("CN-1", "03-31", 60000), memo("CN-2", "06-30", 60000, "termination"))
    # Half of each day is gone: 300.00 are left of the second half year.
    company.recognise(at("2027-01-01"))
    assert stands(company) == {"4000": -45000, "4900": 15000 + 30000}


def test_a_second_termination_finds_what_the_first_left_of_each_day(company: Company) -> None:
    first, second = memo("CN-1", "03-31", 45000, "termination"), memo("CN-2", "06-30", 40000, "termination")
    night(company, "2026-07-01", sold(), first, second)
    company.recognise(at("2027-01-01"))
    # 300.00 a quarter, then half of it for a quarter, then nothing: 450.00; of the 400.00 only 300.00 was not earned.
    assert stands(company) == {"4000": -45000, "4900": 10000}


def test_a_reduction_before_the_day_of_an_earlier_termination_finds_all_that_it_did_not_take(company: Company) -> None:
    ended = memo("CN-1", "01-31", 60000, "termination", effective_date=date(2026, 6, 30))
    night(company, "2026-03-01", sold(), ended, memo("CN-2", "02-28", 12000))
    # Ten months of twelve are to come at the end of February: 100.00 of the 120.00, and 400.00 are left for it.
    assert stands(company) == {"2100": -120000 + 60000 + 10000 + 20000, "4000": -20000, "4900": 2000}


def releasing(company: Company) -> Company:
    """Its legal entities release what a termination leaves uncredited."""
    entities = company.configuration.entity_settings.items()
    released = {code: replace(each, uncredited_rest=UncreditedRest.RELEASE) for code, each in entities}
    company.configuration = replace(company.configuration, entity_settings=released)
    return company


def test_what_a_termination_leaves_uncredited_is_released_on_its_day_where_the_entity_says_so(company: Company) -> None:
    night(releasing(company), "2026-07-01", sold(), memo("CN-1", "03-31", 45000, "termination"))
    company.recognise(at("2026-07-01"))
    assert stands(company) == {"4000": -75000}
    assert "2026-03-31 US recognition\n  2100 Deferred revenue 550.00 USD" in company.ledger()
    company.recognise(at("2027-01-01"))
    assert stands(company) == {"4000": -75000}


def test_it_is_released_on_the_effective_date_and_not_before(company: Company) -> None:
    ended = memo("CN-1", "01-31", 30000, "termination", effective_date=date(2026, 6, 30))
    night(releasing(company), "2026-02-01", sold(), ended)
    company.recognise(at("2026-06-01"))
    assert stands(company) == {"2100": -40000, "4000": -50000}
    company.recognise(at("2026-07-01"))
    assert stands(company) == {"4000": -90000}


def test_after_a_release_nothing_is_deferred_for_later_credits_until_it_is_void(company: Company) -> None:
    memos = memo("CN-1", "03-31", 45000, "termination"), memo("CN-2", "06-30", 20000)
    night(releasing(company), "2026-07-01", sold(), *memos)
    company.recognise(at("2026-07-01"))
    assert stands(company) == {"4000": -75000, "4900": 20000}
    company.billing.change("CN-1", status="void", voided_date="07-01")
    night(company, "2026-07-02")
    company.recognise(at("2027-01-01"))
    # Half of the 200.00 was not earned at the end of June.
    assert stands(company) == {"4000": -110000, "4900": 10000}


def test_the_roll_forward_holds_over_a_release(own_company: Company) -> None:
    company = releasing(own_company)
    night(company, "2026-07-01", sold(), memo("CN-1", "03-31", 45000, "termination"))
    [march] = rolled(company, "2026-03")
    assert (march.closing_minor, march.remaining_minor) == (0, 0)


@pytest.mark.parametrize("later", ["CN-1", "CN-2"])
def test_credits_of_one_line_come_out_the_same_in_either_order_of_arrival(company: Company, later: str) -> None:
    memos = {"CN-1": memo("CN-1", "03-31", 60000), "CN-2": memo("CN-2", "06-30", 60000, "termination")}
    night(company, "2026-07-01", sold(), *(each for name, each in memos.items() if name != later))
    night(company, "2026-07-02", memos[later])
    company.recognise(at("2027-01-01"))
    assert stands(company) == {"4000": -45000, "4900": 45000}


def test_a_credit_takes_what_an_earlier_one_gave_back_when_that_is_void(company: Company) -> None:
    night(company, "2026-07-01", sold(), memo("CN-1", "03-31", 60000), memo("CN-2", "06-30", 60000, "termination"))
    company.billing.change("CN-1", status="void", voided_date="07-01")
    night(company, "2026-07-02")
    company.recognise(at("2027-01-01"))
    assert stands(company) == {"4000": -60000}


def test_a_write_off_after_a_partial_termination_finds_what_that_left(company: Company) -> None:
    # Ended in half after three months, lost after six: of 750.00, 450.00 is earned and 300.00 is not.
    night(company, "2026-07-01", sold(), memo("CN-1", "03-31", 45000, "termination"))
    company.billing.change("INV-1", status="written_off", written_off_date="06-30")
    night(company, "2026-07-02")
    company.recognise(at("2027-01-01"))
    assert stands(company) == {"4000": -45000}


def test_a_loss_of_a_line_that_was_credited_has_one_schedule(own_company: Company) -> None:
    company = own_company
    night(company, "2026-07-01", sold(), memo("CN-1", "03-31", 45000, "termination"))
    company.billing.change("INV-1", status="written_off", written_off_date="06-30")
    night(company, "2026-07-02")
    [june] = rolled(company, "2026-06")
    assert (june.closing_minor, june.remaining_minor) == (0, 0)


def test_a_credit_for_a_plan_of_no_line_stays_in_deferred_revenue(company: Company) -> None:
    unknown = line(5000, "ratable", service_start=None, service_end=None)
    night(company, "2026-02-01", credit_memo("CN-1", "01-31", unknown, kind="on_account"))
    assert stands(company) == {"2100": 5000}
