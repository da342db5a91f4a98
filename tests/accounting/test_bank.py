"""Bank accounts that are booked here (`books_bank`), in place of the ERP's bank reconciliation. Debit is positive."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from include.store.database import FinanceDatabase
from tests.accounting.billing import dispute, invoice, line, moved, payment, payout, refund, to
from tests.accounting.company import Company, written
from tests.accounting.corrected import banked
from tests.accounting.rates import publish

pytestmark = pytest.mark.long  # `make test` runs those marked core

BANKED, CHASE_ONLY = banked(), banked("[CHASE]")


@pytest.fixture
def company(module_books: FinanceDatabase, tmp_path: Path, one_bucket: None) -> Company:
    publish(module_books, "01-10 EUR/USD 1.1", "01-15 EUR/USD 1.2", "01-20 EUR/USD 1.15", "01-25 EUR/USD 1.05")
    return Company(module_books, tmp_path, f"billing-{uuid4().hex[:8]}", configuration=BANKED)


@pytest.mark.core
def test_a_wire_is_on_the_bank_account_and_comes_off_it_when_it_bounces(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-10", line(50000)),
        payment("PAY-1", "01-20", 20000, to("INV-1", 20000, "01-20"), processor=None, method="bank_transfer"),
    )
    assert company.balances() == {"1000": 20000, "1100": 30000, "2050": 0, "4020": -50000}
    company.billing.change("PAY-1", status="reversed", reversed_date="01-25")
    company.night()
    assert company.balances() == {"1000": 0, "1100": 50000, "2050": 0, "4020": -50000}


def test_only_the_bank_accounts_that_are_named_are_booked(company: Company) -> None:
    company.configuration = CHASE_ONLY
    direct = {"processor": None, "method": "bank_transfer"}
    company.night(
        payment("PAY-1", "01-10", 100, bank_account_ref="CHASE", **direct),
        payment("PAY-2", "01-10", 20, bank_account_ref="CITI", **direct),
        payment("PAY-3", "01-10", 3, **direct),
        payment("PAY-4", "01-10", 4000, bank_account_ref="CHASE"),  # it goes through a processor
        payment("PAY-5", "01-10", 50000, bank_account_ref="CHASE", entity="DE", **direct),  # DE books no bank
        payout("OUT-1", "01-12", 600, ("payment", 600), bank_account_ref="CHASE", status="paid", arrival_date="01-14"),
        payout("OUT-2", "01-12", 70, ("payment", 70), bank_account_ref="CITI", status="paid", arrival_date="01-14"),
    )
    assert company.balances() == {
        "1000": 700,
        "1010": 23 + 50000,
        "1050": 4000 - 670,
        "1060": 70,
        "2050": -54123,
    }


def test_what_goes_straight_from_the_bank_comes_off_the_bank_account(company: Company) -> None:
    direct = {"processor": None, "method": "direct_debit", "bank_account_ref": "CHASE"}
    company.night(
        payment("PAY-1", "01-10", 1000, **direct),
        refund("REF-1", "01-12", 200, unapplied=1000, credit_memo_id="CN-1", **direct),
        refund("REF-2", "01-13", 30, **direct),
        dispute("DIS-1", "01-14", 4, moved("withdrawn", 4, "01-14"), **direct),
    )
    assert company.balances() == {"1000": 766, "1300": 4, "2050": -800, "2060": 30}
    company.billing.change("REF-1", status="failed", failed_date="01-20")
    company.billing.change("REF-2", status="failed", failed_date="01-20")
    company.billing.put(
        dispute("DIS-1", "01-14", 4, moved("withdrawn", 4, "01-14"), moved("reinstated", 4, "01-21"), **direct)
    )
    company.night()
    assert company.balances() == {"1000": 1000, "1300": 0, "2050": -1000, "2060": 0}


@pytest.mark.core
def test_a_payout_is_in_transit_until_it_arrives_and_moves_with_its_day(company: Company) -> None:
    company.night(payout("OUT-1", "01-20", 15000, ("payment", 15000), arrival_date="01-22"))
    assert company.balances() == {"1050": -15000, "1060": 15000}
    company.billing.change("OUT-1", status="paid")
    arrived = company.night()
    assert company.ledger(arrived.batch_id) == written("""
        2026-01-22 US payouts
          1000 Bank                   150.00 USD
          1060 Payouts in transit    -150.00 USD
    """)
    company.billing.change("OUT-1", arrival_date="01-23")
    moved_on = company.night()
    assert company.ledger(moved_on.batch_id) == written("""
        2026-01-22 US reversal
          1000 Bank                  -150.00 USD
          1060 Payouts in transit     150.00 USD
        2026-01-23 US payouts
          1000 Bank                   150.00 USD
          1060 Payouts in transit    -150.00 USD
    """)


def test_a_payout_that_fails_after_it_arrived_leaves_the_bank_on_that_day(company: Company) -> None:
    company.night(payout("OUT-1", "01-20", 15000, ("payment", 15000), status="paid", arrival_date="01-22"))
    company.billing.change("OUT-1", status="failed", failed_date="01-25")
    failed = company.night()
    assert company.ledger(failed.batch_id) == written("""
        2026-01-25 US payouts
          1000 Bank                  -150.00 USD
          1050 Processor clearing     150.00 USD
    """)
    assert company.balances() == {"1000": 0, "1050": 0, "1060": 0}


def test_one_that_failed_before_it_could_arrive_was_never_at_the_bank(company: Company) -> None:
    company.night(
        payout("OUT-1", "01-20", 100, ("payment", 100), status="failed", arrival_date="01-26", failed_date="01-25")
    )
    assert company.balances() == {"1050": 0, "1060": 0}


def test_a_paid_payout_without_its_day_stays_in_transit_and_says_so(company: Company) -> None:
    company.night(payout("OUT-1", "01-20", 100, ("payment", 100), status="paid"))
    assert company.exceptions() == {"OUT-1": ["missing_document_date"]}
    assert company.balances() == {"1050": -100, "1060": 100}
    company.billing.change("OUT-1", arrival_date="01-22")
    company.night()
    assert (company.exceptions(), company.balances()) == ({}, {"1000": 100, "1050": -100, "1060": 0})


def test_a_foreign_payout_comes_at_the_rate_of_its_day_and_leaves_nothing_in_transit(company: Company) -> None:
    company.night(
        payment("PAY-1", "01-10", 10000, currency="EUR"),
        payout(
            "OUT-1", "01-15", 10000, ("payment", 10000, "PAY-1"), currency="EUR", status="paid", arrival_date="01-20"
        ),
    )
    assert company.ledger() == written("""
        2026-01-10 US receipts
          1050 Processor clearing              100.00 EUR   110.00 USD
          2050 Customer credits               -100.00 EUR  -110.00 USD
        2026-01-15 US payouts
          1050 Processor clearing             -100.00 EUR  -110.00 USD
          1060 Payouts in transit              100.00 EUR   120.00 USD
          7000 Realised exchange differences     0.00 EUR   -10.00 USD
        2026-01-20 US payouts
          1000 Bank                            100.00 EUR   115.00 USD
          1060 Payouts in transit             -100.00 EUR  -120.00 USD
          7000 Realised exchange differences     0.00 EUR     5.00 USD
    """)
    company.billing.change("OUT-1", status="failed", failed_date="01-25")
    failed = company.night()
    # What leaves the bank is worth what it is on that day.
    assert company.ledger(failed.batch_id) == written("""
        2026-01-25 US payouts
          1000 Bank                           -100.00 EUR  -105.00 USD
          1050 Processor clearing              100.00 EUR   110.00 USD
          7000 Realised exchange differences     0.00 EUR    -5.00 USD
    """)
    assert {account: worth for account, worth in company.worth().items() if worth} == {
        "1000": 1000,
        "1050": 11000,
        "2050": -11000,
        "7000": -1000,
    }


def test_a_night_without_a_rate_for_the_arrival_waits_with_what_it_had(company: Company) -> None:
    company.night(payout("OUT-1", "01-15", 10000, ("adjustment", 10000), currency="EUR"))
    before = company.worth()
    company.billing.change("OUT-1", status="paid", arrival_date="2026-03-20")
    assert company.outcomes(company.night()) == {"OUT-1": "quarantined no_fx_rate"}
    assert company.worth() == before
