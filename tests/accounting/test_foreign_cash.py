"""What processors take and pay out, and what is lost, in another currency than the books': cash at the rate of its day, open items
at what they were worth.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from include.store.database import FinanceDatabase
from tests.accounting.billing import behind, credit_memo, dispute, fee, invoice, line, moved, payment, payout, to
from tests.accounting.company import Company, written
from tests.accounting.rates import publish

pytestmark = pytest.mark.long  # `make test` runs those marked core

RATES = (
    "01-10 EUR/USD 1.1",
    "01-15 EUR/USD 1.0865",
    "01-20 EUR/USD 1.2",
    "01-25 EUR/USD 1.3",
    "01-30 EUR/USD 1.25",
)


@pytest.fixture
def company(module_books: FinanceDatabase, tmp_path: Path, one_bucket: None) -> Company:
    """A company with exchange rates on file."""
    publish(module_books, *RATES)
    return Company(module_books, tmp_path, f"billing-{uuid4().hex[:8]}")


def test_a_fee_is_worth_what_it_is_on_its_day_and_its_tax_adds_up_to_it(company: Company) -> None:
    company.night(
        fee("FEE-1", "01-15", 3333, tax=533, currency="EUR"),
        fee("FEE-2", "01-15", 1000, tax=190, currency="EUR", is_reverse_charge=True),
    )
    assert company.ledger() == written("""
        2026-01-15 US fees
          1050 Processor clearing    -43.33 EUR  -47.08 USD
          1450 Input tax               7.23 EUR    7.85 USD
          2000 Tax payable            -1.90 EUR   -2.06 USD
          6000 Processing fees        38.00 EUR   41.29 USD
    """)


@pytest.mark.core
def test_a_payout_empties_the_balance_of_what_came_into_it(company: Company) -> None:
    """100.00 at 1.10 less a fee of 5.00 at 1.20, paid out at 1.30: the balance is zero in both currencies."""
    company.night(payment("PAY-1", "01-10", 10000, currency="EUR"), fee("FEE-1", "01-20", 500, currency="EUR"))
    paid = company.night(
        payout("PO-1", "01-25", 9500, ("payment", 10000, "PAY-1"), ("fee", -500, "FEE-1"), currency="EUR")
    )
    assert company.ledger(paid.batch_id) == written("""
        2026-01-25 US payouts
          1050 Processor clearing             -95.00 EUR -104.00 USD
          1060 Payouts in transit              95.00 EUR  123.50 USD
          7000 Realised exchange differences    0.00 EUR  -19.50 USD
    """)
    assert company.worth()["1050"] == 0


def test_a_failed_payout_goes_back_as_it_came(company: Company) -> None:
    company.night(payment("PAY-1", "01-10", 10000, currency="EUR"))
    items = ("payment", 10000, "PAY-1")
    company.night(payout("PO-1", "01-20", 10000, items, currency="EUR"))
    company.night(payout("PO-1", "01-20", 10000, items, currency="EUR", status="failed", failed_date="01-25"))
    assert company.worth() == {"1050": 11000, "1060": 0, "2050": -11000, "7000": 0}
    company.night(payout("PO-2", "01-30", 10000, items, currency="EUR"))
    assert company.worth() == {"1050": 0, "1060": 12500, "2050": -11000, "7000": -1500}


def test_what_a_processor_keeps_back_or_adjusts_takes_the_rate_of_its_day(company: Company) -> None:
    company.night(payment("PAY-1", "01-10", 10000, currency="EUR"))
    items = (("payment", 10000, "PAY-1"), ("reserve", -1000), ("adjustment", -100))
    company.night(payout("PO-1", "01-20", 8900, *items, currency="EUR"))
    assert company.worth() == {
        "1050": 0,
        "1055": 120,
        "1056": 1200,
        "1060": 10680,
        "2050": -11000,
        "7000": -1000,
    }


def test_a_dispute_won_clears_the_claim_and_realises_what_the_money_gained(company: Company) -> None:
    withdrawn = moved("withdrawn", 10000, "01-10")
    company.night(dispute("D-1", "01-10", 10000, withdrawn, currency="EUR"))
    won = company.night(
        dispute("D-1", "01-10", 10000, withdrawn, moved("reinstated", 10000, "01-25"), currency="EUR", status="won")
    )
    assert company.ledger(won.batch_id) == written("""
        2026-01-25 US disputes
          1050 Processor clearing             100.00 EUR  130.00 USD
          1300 Disputes receivable           -100.00 EUR -110.00 USD
          7000 Realised exchange differences    0.00 EUR  -20.00 USD
    """)


def lost() -> dict[str, Any]:
    return {"status": "lost", "closed_date": "01-30", "currency": "EUR", "parent_date": "01-20"}


@pytest.mark.core
def test_a_dispute_lost_takes_back_revenue_as_it_was_booked_and_the_claim_as_it_was_opened(company: Company) -> None:
    """Billed at 1.10, withdrawn at 1.30: the loss and its tax are those of the invoice, the rest is exchange."""
    company.night(
        dispute(
            "D-1",
            "01-25",
            10887,
            moved("withdrawn", 10887, "01-25"),
            behind(10000, tax=887, effective_date=date(2026, 1, 10)),
            **lost(),
        )
    )
    assert company.ledger() == written("""
        2026-01-25 US disputes
          1050 Processor clearing            -108.87 EUR -141.53 USD
          1300 Disputes receivable            108.87 EUR  141.53 USD
        2026-01-30 US disputes
          1300 Disputes receivable           -108.87 EUR -141.53 USD
          2000 Tax payable                      8.87 EUR    9.76 USD
          6200 Chargeback losses              100.00 EUR  110.00 USD
          7000 Realised exchange differences    0.00 EUR   21.77 USD
    """)


def test_two_withdrawals_are_settled_in_order_of_days(company: Company) -> None:
    """Withdrawn at 1.10, given back, withdrawn again at 1.30 and lost: the loss is of the second."""
    parts = (
        moved("withdrawn", 10000, "01-10"),
        moved("reinstated", 10000, "01-20"),
        moved("withdrawn", 10000, "01-25"),
        behind(10000, effective_date=date(2026, 1, 10)),
    )
    company.night(dispute("D-1", "01-10", 10000, *parts, **lost()))
    assert company.worth() == {"1050": -12000, "1300": 0, "6200": 11000, "7000": 1000}


def test_what_the_payment_left_unapplied_is_gone_at_what_it_was_received_for(company: Company) -> None:
    company.night(payment("PAY-1", "01-20", 10000, currency="EUR"))
    company.night(
        dispute("D-1", "01-25", 10000, moved("withdrawn", 10000, "01-25"), payment_unapplied_minor=10000, **lost())
    )
    assert company.worth() == {"1050": -1000, "1300": 0, "2050": 0, "7000": 1000}


def test_a_chargeback_takes_over_the_claim_and_the_loss_has_what_is_left(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10001), currency="EUR"))
    withdrawn, settled = moved("withdrawn", 10001, "01-25"), behind(10001, effective_date=date(2026, 1, 10))
    company.night(
        dispute("D-1", "01-25", 10001, withdrawn, settled, covered_minor=3333, **lost()),
        credit_memo(
            "CN-1", "01-30", line(3333, revenue_effect="goodwill"), kind="chargeback", dispute_id="D-1",
            invoice_id="INV-1", currency="EUR",
        ),
    )  # fmt: skip
    assert company.worth() == {
        "1050": -13001,
        "1100": 11001,
        "1300": 0,
        "4020": -11001,
        "4900": 3666,
        "6200": 7335,
        "7000": 2000,
    }


def test_a_write_off_takes_what_is_left_of_the_worth_of_the_receivable(company: Company) -> None:
    """108.65 USD for 100.00 EUR, a third paid: 72.44 are left, whatever the rates of later days."""
    night = company.night
    night(invoice("INV-1", "01-15", line(10000), currency="EUR"))
    night(payment("PAY-1", "01-20", 3333, to("INV-1", 3333, "01-20"), currency="EUR"))
    off = night(invoice("INV-1", "01-15", line(10000), currency="EUR", status="written_off", written_off_date="01-25"))
    assert company.ledger(off.batch_id) == written("""
        2026-01-25 US credits
          1100 Billing receivables             -66.67 EUR  -72.44 USD
          1190 Allowance for credit losses      66.67 EUR   72.44 USD
    """)
    assert company.worth()["1100"] == 0


def test_a_recovery_brings_back_what_its_payment_then_settles(company: Company) -> None:
    night = company.night
    night(
        invoice("INV-1", "01-15", line(10000, tax=1900), currency="EUR", status="written_off", written_off_date="01-20")
    )
    night(payment("PAY-1", "01-25", 3333, to("INV-1", 3333, "01-25"), currency="EUR"))
    came = night(payment("PAY-2", "01-30", 3334, to("INV-1", 3334, "01-30"), currency="EUR"))
    assert company.worth()["1100"] == 0
    assert company.ledger(came.batch_id) == written("""
        2026-01-30 US applications
          1100 Billing receivables             -33.34 EUR  -36.22 USD
          2050 Customer credits                 33.34 EUR   41.68 USD
          7000 Realised exchange differences     0.00 EUR   -5.46 USD
        2026-01-30 US credits
          1100 Billing receivables              33.34 EUR   36.22 USD
          1190 Allowance for credit losses     -28.02 EUR  -30.44 USD
          2000 Tax payable                      -5.32 EUR   -5.78 USD
        2026-01-30 US receipts
          1050 Processor clearing               33.34 EUR   41.68 USD
          2050 Customer credits                -33.34 EUR  -41.68 USD
    """)


def test_a_credit_memo_that_writes_off_is_part_of_the_write_off(company: Company) -> None:
    night = company.night
    night(invoice("INV-1", "01-15", line(10000), currency="EUR", status="written_off", written_off_date="01-20"))
    memo = line(3333, invoice_line_id="INV-1/1")
    night(credit_memo("CN-1", "01-25", memo, kind="write_off", invoice_id="INV-1", currency="EUR"))
    assert company.worth() == {"1100": 0, "1190": 7244, "4020": -10865, "4900": 3621}
    company.billing.change("CN-1", status="void", voided_date="01-30")
    night()
    assert company.worth() == {"1100": 0, "1190": 10865, "4020": -10865, "4900": 0}


def test_without_a_rate_of_the_day_of_the_money_a_dispute_waits(own_company: Company) -> None:
    company = own_company
    publish(company.finance, "01-10 EUR/USD 1.1")
    opened = dispute("D-1", "01-10", 10000, moved("withdrawn", 10000, "01-25"), currency="EUR")
    assert company.outcomes(company.night(opened)) == {"D-1": "quarantined no_fx_rate"}
    publish(company.finance, "01-24 EUR/USD 1.2")
    assert company.outcomes(company.night()) == {"D-1": "new"}
    publish(company.finance, "01-25 EUR/USD 1.4")
    again = company.night(is_full=True)
    assert company.ledger(again.batch_id) == ""
    assert company.worth() == {"1050": -12000, "1300": 12000}


def test_reading_everything_again_changes_nothing(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-15", line(9999, "ratable"), currency="EUR", status="written_off", written_off_date="01-20"),
        payment("PAY-1", "01-20", 3333, to("INV-1", 3333, "01-25"), currency="EUR"),
        fee("FEE-1", "01-20", 333, tax=33, currency="EUR"),
        payout("PO-1", "01-25", 3000, ("payment", 3333, "PAY-1"), ("fee", -333, "FEE-1"), currency="EUR"),
        dispute("D-1", "01-25", 3333, moved("withdrawn", 3333, "01-25"), behind(3333, effective_date=date(2026, 1, 15)), **lost()),
    )  # fmt: skip
    again = company.night(is_full=True)
    assert company.ledger(again.batch_id) == ""
