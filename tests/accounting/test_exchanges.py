"""One currency for another: payments of invoices in another currency, and processors that convert. Two entries each, through
currency exchange clearing, which is zero in the books' own currency afterwards.
"""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from include.finance.tie_out import TieOutStatus
from include.pipelines.post import post_entity
from include.pipelines.tie_out_desk import EntityDesk
from include.pipelines.tie_out_entity import tie_out_entity
from include.ports.erp import ErpAccount
from include.store.database import FinanceDatabase
from include.store.postings import PostingStore
from tests.accounting.billing import day, dispute, invoice, line, moved, payment, payout, refund, to
from tests.accounting.company import FIRST_NIGHT, SHIPPED, Company, written
from tests.accounting.conversions import settled
from tests.accounting.rates import publish
from tests.posting.fake_erp import FakeErp

pytestmark = pytest.mark.long  # `make test` runs those marked core

RATES = (
    "01-10 EUR/USD 1.1",
    "01-10 GBP/USD 1.3",
    "01-15 EUR/USD 1.05",
    "01-20 EUR/USD 1.08",
    "01-20 GBP/USD 1.25",
    "01-25 EUR/USD 1.2",
    "01-25 GBP/USD 1.4",
)


@pytest.fixture
def company(module_books: FinanceDatabase, tmp_path: Path, one_bucket: None) -> Company:
    """A company with exchange rates on file."""
    publish(module_books, *RATES)
    return Company(module_books, tmp_path, f"billing-{uuid4().hex[:8]}")


def used(amount: int, currency: str) -> dict[str, object]:
    """What an application used of its payment."""
    return {"payment_amount_minor": amount, "payment_currency": currency}


@pytest.mark.core
def test_s10_with_a_processor_that_converts(company: Company) -> None:
    """Paid EUR 1,000 at 1.0800; the processor gives USD 1,075.00 for it, and pays that out."""
    company.night(invoice("INV-1", "01-10", line(100000, "ratable"), currency="EUR"))
    converted = payment(
        "PAY-1", "01-20", 100000, to("INV-1", 100000, "01-20"), currency="EUR", **settled("USD", 107500, day("01-22"))
    )
    company.night(converted, payout("PO-1", "01-25", 107500, ("payment", 107500, "PAY-1")))
    assert company.ledger() == written("""
        2026-01-10 US invoices
          1100 Billing receivables            1000.00 EUR   1100.00 USD
          2100 Deferred revenue              -1000.00 EUR  -1100.00 USD
        2026-01-20 US applications
          1100 Billing receivables           -1000.00 EUR  -1100.00 USD
          2050 Customer credits               1000.00 EUR   1080.00 USD
          7000 Realised exchange differences     0.00 EUR     20.00 USD
        2026-01-20 US receipts
          1050 Processor clearing             1000.00 EUR   1080.00 USD
          2050 Customer credits              -1000.00 EUR  -1080.00 USD
        2026-01-22 US payouts
          1050 Processor clearing            -1000.00 EUR  -1080.00 USD
          1065 Currency exchange clearing     1000.00 EUR   1080.00 USD
        2026-01-22 US payouts
          1050 Processor clearing             1075.00 USD
          1065 Currency exchange clearing    -1080.00 USD
          7020 FX conversion cost                5.00 USD
        2026-01-25 US payouts
          1050 Processor clearing            -1075.00 USD
          1060 Payouts in transit             1075.00 USD
    """)
    assert [company.worth()[code] for code in ("1050", "1065", "1100", "2050")] == [0, 0, 0, 0]


def test_what_comes_in_a_third_currency_is_worth_what_it_is_on_its_day(company: Company) -> None:
    """EUR 100.00 at 1.08 become GBP 85.00 at 1.25; paid out at 1.40 the balance is zero in pounds and dollars."""
    company.night(payment("PAY-1", "01-20", 10000, currency="EUR", **settled("GBP", 8500)))
    assert company.worth() == {"1050": 10625, "1065": 0, "2050": -10800, "7020": 175}
    company.night(payout("PO-1", "01-25", 8500, ("payment", 8500, "PAY-1"), currency="GBP"))
    assert company.worth() == {"1050": 0, "1060": 11900, "1065": 0, "2050": -10800, "7000": -1275, "7020": 175}


def test_the_books_own_currency_may_be_settled_in_another(company: Company) -> None:
    came = company.night(payment("PAY-1", "01-20", 10800, **settled("EUR", 9950)))
    assert company.ledger(came.batch_id) == written("""
        2026-01-20 US payouts
          1050 Processor clearing            99.50 EUR   107.46 USD
          1065 Currency exchange clearing   -99.50 EUR  -108.00 USD
          7020 FX conversion cost             0.00 EUR     0.54 USD
        2026-01-20 US payouts
          1050 Processor clearing           -108.00 USD
          1065 Currency exchange clearing    108.00 USD
        2026-01-20 US receipts
          1050 Processor clearing            108.00 USD
          2050 Customer credits             -108.00 USD
    """)


def test_a_reversed_payment_takes_its_conversion_along(company: Company) -> None:
    company.night(payment("PAY-1", "01-20", 10000, currency="EUR", **settled("USD", 10750, day("01-22"))))
    company.billing.change("PAY-1", status="reversed", reversed_date="01-25")
    company.night()
    assert company.worth() == {"1050": 0, "1065": 0, "2050": 0, "7020": 0}


def test_a_refund_is_taken_out_of_the_balance_that_it_was_converted_into(company: Company) -> None:
    company.night(payment("PAY-1", "01-10", 10000, currency="EUR", **settled("USD", 10950)))
    given = company.night(
        refund("REF-1", "01-20", 4000, payment_id="PAY-1", unapplied=4000, currency="EUR", **settled("USD", 4350))
    )
    assert company.ledger(given.batch_id) == written("""
        2026-01-20 US payouts
          1050 Processor clearing             40.00 EUR  43.20 USD
          1065 Currency exchange clearing    -40.00 EUR -43.20 USD
        2026-01-20 US payouts
          1050 Processor clearing            -43.50 USD
          1065 Currency exchange clearing     43.20 USD
          7020 FX conversion cost              0.30 USD
        2026-01-20 US refunds
          1050 Processor clearing            -40.00 EUR -43.20 USD
          2050 Customer credits               40.00 EUR  44.00 USD
          7000 Realised exchange differences   0.00 EUR  -0.80 USD
    """)
    company.billing.change("REF-1", status="failed", failed_date="01-25")
    company.night()
    assert company.worth() == {"1050": 10950, "1065": 0, "2050": -11000, "7000": 0, "7020": 50}


def test_each_movement_of_a_dispute_is_converted_by_itself(company: Company) -> None:
    company.night(
        dispute(
            "D-1",
            "01-10",
            10000,
            moved("withdrawn", 10000, "01-20") | settled("USD", 10900),
            moved("reinstated", 10000, "01-25") | settled("USD", 11900),
            currency="EUR",
            status="won",
        )
    )
    assert company.worth() == {"1050": 1000, "1065": 0, "1300": 0, "7000": -1200, "7020": 200}


@pytest.mark.core
def test_dollars_settle_an_invoice_in_euros(company: Company) -> None:
    """EUR 100.00 of 01-10 (110.00) settled with USD 108.00: two dollars are lost on the way."""
    company.night(invoice("INV-1", "01-10", line(10000), currency="EUR"))
    paid = company.night(
        payment("PAY-1", "01-20", 10800, to("INV-1", 10000, "01-20", currency="EUR", **used(10800, "USD")))
    )
    assert company.ledger(paid.batch_id) == written("""
        2026-01-20 US applications
          1065 Currency exchange clearing      100.00 EUR  108.00 USD
          1100 Billing receivables            -100.00 EUR -110.00 USD
          7000 Realised exchange differences     0.00 EUR    2.00 USD
        2026-01-20 US applications
          1065 Currency exchange clearing     -108.00 USD
          2050 Customer credits                108.00 USD
        2026-01-20 US receipts
          1050 Processor clearing              108.00 USD
          2050 Customer credits               -108.00 USD
    """)


def test_euros_settle_an_invoice_in_dollars(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10500)))
    paid = company.night(
        payment(
            "PAY-1", "01-20", 10000, to("INV-1", 10500, "01-25", currency="USD", **used(10000, "EUR")), currency="EUR"
        )
    )
    assert company.ledger(paid.batch_id) == written("""
        2026-01-20 US receipts
          1050 Processor clearing              100.00 EUR  108.00 USD
          2050 Customer credits               -100.00 EUR -108.00 USD
        2026-01-25 US applications
          1065 Currency exchange clearing     -100.00 EUR -108.00 USD
          2050 Customer credits                100.00 EUR  108.00 USD
        2026-01-25 US applications
          1065 Currency exchange clearing      108.00 USD
          1100 Billing receivables            -105.00 USD
          7000 Realised exchange differences    -3.00 USD
    """)


def test_pounds_settle_an_invoice_in_euros_each_at_what_it_was_worth(company: Company) -> None:
    """In thirds, and the last is taken back: all four accounts come to what is left."""
    company.night(invoice("INV-1", "01-15", line(10001), currency="EUR"))
    parts = [
        to("INV-1", 3333, "01-20", currency="EUR", **used(2900, "GBP")),
        to("INV-1", 3333, "01-21", currency="EUR", **used(2901, "GBP")),
        to("INV-1", 3335, "01-22", currency="EUR", undone="01-25", **used(2902, "GBP")),
    ]
    company.night(payment("PAY-1", "01-10", 8703, *parts, currency="GBP"))
    assert company.worth() == {"1050": 11314, "1065": 0, "1100": 3502, "2050": -3773, "4020": -10501, "7000": -542}
    company.night(payment("PAY-1", "01-10", 8703, *parts[:2], parts[2] | {"reversed_date": None}, currency="GBP"))
    assert company.worth() == {"1050": 11314, "1065": 0, "1100": 0, "2050": 0, "4020": -10501, "7000": -813}


def test_a_bank_charge_in_the_invoices_currency_settles_the_rest(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000), currency="EUR"))
    part = to(
        "INV-1",
        9900,
        "01-20",
        currency="EUR",
        adjustment_minor=100,
        adjustment_kind="bank_charge",
        **used(10692, "USD"),
    )
    company.night(payment("PAY-1", "01-20", 10692, part))
    assert company.worth() == {"1050": 10692, "1065": 0, "1100": 0, "2050": 0, "4020": -11000, "6010": 108, "7000": 200}


def test_a_bank_charge_on_a_foreign_payment_settles_the_rest_at_the_rate_of_the_payment(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000), currency="EUR"))
    part = to("INV-1", 9900, "01-25", adjustment_minor=100, adjustment_kind="bank_charge")
    company.night(payment("PAY-1", "01-20", 9900, part, currency="EUR"))
    assert company.worth() == {"1050": 10692, "1100": 0, "2050": 0, "4020": -11000, "6010": 108, "7000": 200}


def test_what_is_settled_without_cash_is_tolerated_by_its_worth(company: Company) -> None:
    """50.00 USD are tolerated; 47.00 EUR at 1.08 are more."""
    company.night(invoice("INV-1", "01-10", line(10000), currency="EUR"))
    part = to("INV-1", 5300, "01-20", adjustment_minor=4700, adjustment_kind="bank_charge")
    company.night(payment("PAY-1", "01-20", 5300, part, currency="EUR"))
    assert company.exceptions() == {"PAY-1": ["adjustment_above_tolerance"]}
    assert company.worth() == {"1050": 5724, "1100": 11000, "2050": -5724, "4020": -11000}
    company.night(payment("PAY-1", "01-20", 5300, part | {"adjustment_minor": 4600}, currency="EUR"))
    assert company.exceptions() == {}
    assert company.worth()["6010"] == 4968


def test_an_application_that_does_not_say_what_it_used_waits_and_the_cash_does_not(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-10", line(10000), currency="EUR"),
        payment("PAY-1", "01-20", 9000, to("INV-1", 10000, "01-20", currency="EUR")),
    )
    assert company.exceptions() == {"PAY-1": ["exchange_amount_missing"]}
    assert company.retries() == {"PAY-1": "exchange_amount_missing"}
    assert company.worth() == {"1050": 9000, "1100": 11000, "2050": -9000, "4020": -11000}
    company.night(payment("PAY-1", "01-20", 9000, to("INV-1", 10000, "01-20", currency="EUR", **used(9000, "USD"))))
    assert (company.exceptions(), company.retries()) == ({}, {})
    assert company.worth()["1100"] == 0


def test_a_conversion_without_its_amount_is_an_exception_and_the_cash_is_booked(company: Company) -> None:
    company.night(payment("PAY-1", "01-20", 10000, currency="EUR", **settled("USD", None)))
    assert company.exceptions() == {"PAY-1": ["exchange_amount_missing"]}
    assert company.worth() == {"1050": 10800, "2050": -10800}


def test_a_conversion_into_a_currency_without_a_rate_waits_and_the_cash_does_not(own_company: Company) -> None:
    company = own_company
    company.night(payment("PAY-1", "01-20", 10000, **settled("EUR", 9000)))
    assert company.retries() == {"PAY-1": "no_fx_rate"}
    assert company.exceptions() == {"PAY-1": ["no_fx_rate"]}
    assert company.worth() == {"1050": 10000, "2050": -10000}
    publish(company.finance, "01-20 EUR/USD 1.1")
    company.night()
    assert (company.exceptions(), company.retries()) == ({}, {})
    assert company.worth() == {"1050": 9900, "1065": 0, "2050": -10000, "7020": 100}


def test_an_exchange_follows_what_its_payment_is_worth(company: Company) -> None:
    """The payment moves to another day, and with it the worth of what was given; nothing stays in the clearing."""
    company.night(invoice("INV-1", "01-10", line(10500)))
    part = to("INV-1", 10500, "01-25", currency="USD", **used(10000, "EUR"))
    company.night(payment("PAY-1", "01-20", 10000, part, currency="EUR", **settled("USD", 10700, day("01-25"))))
    assert company.worth() == {
        "1050": 10700,
        "1065": 0,
        "1100": 0,
        "2050": 0,
        "4020": -10500,
        "7000": -300,
        "7020": 100,
    }
    company.night(payment("PAY-1", "01-15", 10000, part, currency="EUR", **settled("USD", 10700, day("01-25"))))
    assert company.worth() == {"1050": 10700, "1065": 0, "1100": 0, "2050": 0, "4020": -10500, "7000": 0, "7020": -200}
    again = company.night(is_full=True)
    assert company.ledger(again.batch_id) == ""


def test_the_tie_out_sees_that_nothing_is_left_between_two_currencies(own_company: Company) -> None:
    company = own_company
    publish(company.finance, *RATES)
    company.night(payment("PAY-1", "01-20", 10000, currency="EUR", **settled("GBP", 8500)))
    us = SHIPPED.legal_entities["US"]
    erp, assignments = FakeErp(us), SHIPPED.assignments()
    erp.accounts = {
        code: ErpAccount(code, code, is_active=True, is_party_required=False)
        for code in SHIPPED.chart_of("US").accounts
    }
    post_entity(erp, PostingStore(company.finance, assignments), us, "tryton", FIRST_NIGHT, actor="test")
    desk = EntityDesk(company.finance, erp, us, SHIPPED.chart_of("US"), assignments)
    rows = tie_out_entity(desk, FIRST_NIGHT, "test")
    assert {row.status for row in rows} == {TieOutStatus.EQUAL}
    [clearing] = [row for row in rows if row.check_name == "exchange_clearing"]
    assert (clearing.left.debit_minor, clearing.right.debit_minor) == (10800, 10800)
    with company.finance.transaction() as connection:
        connection.execute(
            "update control_balance set functional_credit_minor = 10799 where account_code = '1065' and functional_credit_minor > 0"
        )
    [clearing] = [row for row in tie_out_entity(desk, FIRST_NIGHT, "test") if row.check_name == "exchange_clearing"]
    assert (clearing.status, clearing.difference_minor) == (TieOutStatus.DIFFERENT, 1)
    assert clearing.exception_name == "exchange_clearing_not_zero"
