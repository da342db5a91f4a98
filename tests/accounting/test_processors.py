"""What payment processors take, keep back and pay out. Debit is positive, credit negative."""

from __future__ import annotations

import pytest

from tests.accounting.billing import fee, invoice, line, payment, payout, refund, to
from tests.accounting.company import Company, written

pytestmark = pytest.mark.long  # `make test` runs those marked core


@pytest.mark.core
def test_a_batch_of_charges_a_refund_and_fees_leaves_nothing_in_the_clearing_once_paid_out(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-15", line(142651)),
        invoice("INV-2", "01-15", line(50000)),
        payment("PAY-1", "01-15", 142651, to("INV-1", 142651, "01-15")),
        payment("PAY-2", "01-15", 50000, to("INV-2", 50000, "01-15")),
        refund("REF-1", "01-20", 10888, payment_id="PAY-1", credit_memo_id="CN-1"),
    )
    assert company.balances()["1050"] == 142651 + 50000 - 10888
    paid_out = company.night(
        fee("FEE-1", "01-15", 4167, payment_id="PAY-1"),
        fee("FEE-2", "01-15", 1480, payment_id="PAY-2"),
        payout(
            "OUT-1",
            "01-30",
            176116,
            ("payment", 142651),
            ("payment", 50000),
            ("refund", -10888),
            ("fee", -4167),
            ("fee", -1480),
        ),
    )
    assert company.ledger(paid_out.batch_id) == written("""
        2026-01-15 US fees
          1050 Processor clearing     -56.47 USD
          6000 Processing fees         56.47 USD
        2026-01-30 US payouts
          1050 Processor clearing   -1761.16 USD
          1060 Payouts in transit    1761.16 USD
    """)
    assert company.balances()["1050"] == 0


def test_the_tax_in_a_fee_is_input_tax(company: Company) -> None:
    company.night(fee("FEE-1", "01-31", 1200, "account", tax=200, entity="UK"))
    assert company.ledger() == written("""
        2026-01-31 UK fees
          1050 Processor clearing     -12.00 GBP
          1450 Input tax                2.00 GBP
          6000 Processing fees         10.00 GBP
    """)


def test_an_invoiced_fee_waits_for_payables_and_leaves_the_clearing_alone(company: Company) -> None:
    company.night(fee("FEE-1", "01-31", 1200, "account", tax=200, settled="invoiced", entity="UK"))
    assert company.ledger() == written("""
        2026-01-31 UK fees
          1450 Input tax                2.00 GBP
          2080 Accrued processor fees -12.00 GBP
          6000 Processing fees         10.00 GBP
    """)


def test_under_reverse_charge_the_tax_is_ours_to_declare_and_no_part_of_what_was_taken(company: Company) -> None:
    company.night(fee("FEE-1", "01-31", 900, tax=171, is_reverse_charge=True, entity="DE"))
    assert company.ledger() == written("""
        2026-01-31 DE fees
          1050 Processor clearing      -9.00 EUR
          1450 Input tax                1.71 EUR
          2000 Tax payable             -1.71 EUR
          6000 Processing fees          9.00 EUR
    """)


def test_a_dispute_fee_has_an_expense_of_its_own_and_one_given_back_changes_the_sides(company: Company) -> None:
    company.night(fee("FEE-1", "01-20", 1500, "dispute"), fee("FEE-2", "01-31", -1500, "dispute"))
    assert company.ledger() == written("""
        2026-01-20 US fees
          1050 Processor clearing     -15.00 USD
          6050 Dispute fees            15.00 USD
        2026-01-31 US fees
          1050 Processor clearing      15.00 USD
          6050 Dispute fees           -15.00 USD
    """)


def test_a_kind_of_fee_that_nobody_mapped_waits_for_a_rule(company: Company) -> None:
    night = company.night(fee("FEE-1", "01-20", 1500, "radar"))
    assert company.outcomes(night) == {"FEE-1": "quarantined no_posting_rule"}
    assert company.ledger() == ""


def test_a_fee_that_turns_out_to_be_invoiced_moves_from_the_clearing_to_what_is_owed(company: Company) -> None:
    company.night(fee("FEE-1", "01-20", 1500))
    company.billing.change("FEE-1", settled="invoiced")
    changed = company.night()
    assert company.ledger(changed.batch_id) == written("""
        2026-01-20 US fees
          2080 Accrued processor fees -15.00 USD
          6000 Processing fees         15.00 USD
        2026-01-20 US reversal
          1050 Processor clearing      15.00 USD
          6000 Processing fees        -15.00 USD
    """)


@pytest.mark.core
def test_a_payout_that_was_paid_and_then_fails_goes_back_on_the_day_of_the_failure(company: Company) -> None:
    company.night(payout("OUT-1", "01-20", 15000, ("payment", 15000)))
    company.billing.change("OUT-1", status="paid", arrival_date="01-22")
    arrived = company.night()
    assert (company.outcomes(arrived), company.ledger(arrived.batch_id)) == ({"OUT-1": "unchanged"}, "")
    company.billing.change("OUT-1", status="failed", failed_date="01-25")
    failed = company.night()
    assert company.ledger(failed.batch_id) == written("""
        2026-01-25 US payouts
          1050 Processor clearing     150.00 USD
          1060 Payouts in transit    -150.00 USD
    """)
    assert company.balances() == {"1050": 0, "1060": 0}


def test_a_failed_payout_without_the_day_of_its_failure_waits(company: Company) -> None:
    night = company.night(payout("OUT-1", "01-20", 15000, status="failed"))
    assert company.outcomes(night) == {"OUT-1": "quarantined missing_document_date"}


def test_a_negative_payout_is_money_that_the_processor_draws_from_us(company: Company) -> None:
    company.night(payout("OUT-1", "01-20", -10000, ("dispute", -10000)))
    assert company.ledger() == written("""
        2026-01-20 US payouts
          1050 Processor clearing     100.00 USD
          1060 Payouts in transit    -100.00 USD
    """)


def test_a_canceled_payout_that_was_booked_is_taken_back_and_one_never_seen_books_nothing(company: Company) -> None:
    company.night(payout("OUT-1", "01-20", 15000, ("payment", 15000)))
    company.billing.change("OUT-1", status="canceled")
    night = company.night(payout("OUT-2", "01-21", 500, status="canceled"))
    assert company.outcomes(night)["OUT-2"] == "excluded canceled"
    assert company.ledger(night.batch_id) == written("""
        2026-01-20 US reversal
          1050 Processor clearing     150.00 USD
          1060 Payouts in transit    -150.00 USD
    """)


def test_a_reserve_is_kept_back_and_released_with_a_later_payout(company: Company) -> None:
    company.night(payout("OUT-1", "01-20", 9000, ("payment", 10000), ("reserve", -1000)))
    assert company.ledger() == written("""
        2026-01-20 US payouts
          1050 Processor clearing    -100.00 USD
          1056 Processor reserves      10.00 USD
          1060 Payouts in transit      90.00 USD
    """)
    company.night(payout("OUT-2", "01-27", 1000, ("release", 1000)))
    assert company.balances() == {"1050": -10000, "1056": 0, "1060": 10000}


def test_an_adjustment_that_no_document_explains_lies_in_suspense_and_is_reported(company: Company) -> None:
    night = company.night(payout("OUT-1", "01-20", 10120, ("payment", 10000), ("adjustment", 120)))
    assert company.outcomes(night) == {"OUT-1": "new"}
    assert company.ledger() == written("""
        2026-01-20 US payouts
          1050 Processor clearing    -100.00 USD
          1055 Processor suspense      -1.20 USD
          1060 Payouts in transit     101.20 USD
    """)
    assert company.exceptions() == {"OUT-1": ["processor_adjustment"]}


def test_a_payout_whose_items_do_not_add_up_to_it_waits_until_they_do(company: Company) -> None:
    first = company.night(payout("OUT-1", "01-20", 10000, ("payment", 9000)))
    assert company.outcomes(first) == {"OUT-1": "quarantined payout_items_do_not_sum"}
    second = company.night(payout("OUT-1", "01-20", 10000, ("payment", 9000), ("release", 1000)))
    assert company.ledger(second.batch_id) == written("""
        2026-01-20 US payouts
          1050 Processor clearing     -90.00 USD
          1056 Processor reserves     -10.00 USD
          1060 Payouts in transit     100.00 USD
    """)
    assert company.exceptions() == {}
