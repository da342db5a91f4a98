"""The accounting scenarios, from billing rows to journal entries, to the cent.

Debit is positive, credit negative. Each entry is what an accountant would write; the numbers are those of the scenarios.
"""

from __future__ import annotations

import pytest

from tests.accounting.billing import credit_memo, invoice, line, payment, refund, to
from tests.accounting.company import Company, written

pytestmark = pytest.mark.long  # `make test` runs those marked core

PLAN = line(120000, "ratable", discount=12000, tax=9585)
ONBOARDING = line(15000, "immediate", tax=1331)
USAGE = line(8735, "usage")


def test_an_invoice_with_tax_discount_and_three_kinds_of_revenue(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", PLAN, ONBOARDING, USAGE))
    assert company.ledger() == written("""
        2026-01-15 US invoices
          1100 Billing receivables   1426.51 USD
          2000 Tax payable           -109.16 USD
          2100 Deferred revenue     -1080.00 USD
          4010 Usage revenue          -87.35 USD
          4020 Onboarding revenue    -150.00 USD
    """)


@pytest.mark.core
def test_a_payment_in_full_by_card_settles_at_gross_through_customer_credits(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", PLAN, ONBOARDING, USAGE))
    paid = company.night(payment("PAY-1", "01-15", 142651, to("INV-1", 142651, "01-15")))
    assert company.ledger(paid.batch_id) == written("""
        2026-01-15 US applications
          1100 Billing receivables  -1426.51 USD
          2050 Customer credits      1426.51 USD
        2026-01-15 US receipts
          1050 Processor clearing    1426.51 USD
          2050 Customer credits     -1426.51 USD
    """)
    assert company.outcomes(paid) == {"PAY-1": "new"}


def test_a_partial_payment_by_wire_leaves_the_rest_open(company: Company) -> None:
    company.billing.put(invoice("INV-1", "01-10", line(50000)))
    company.night(payment("PAY-1", "01-20", 20000, to("INV-1", 20000, "01-20"), processor=None, method="bank_transfer"))
    assert company.ledger() == written("""
        2026-01-10 US invoices
          1100 Billing receivables    500.00 USD
          4020 Onboarding revenue    -500.00 USD
        2026-01-20 US applications
          1100 Billing receivables   -200.00 USD
          2050 Customer credits       200.00 USD
        2026-01-20 US receipts
          1010 Cash receipts clearing 200.00 USD
          2050 Customer credits      -200.00 USD
    """)


def test_an_overpayment_waits_in_customer_credits_until_it_is_applied(company: Company) -> None:
    company.billing.put(invoice("INV-1", "01-10", line(50000)), invoice("INV-2", "01-25", line(8000)))
    company.night(payment("PAY-1", "01-20", 55000, to("INV-1", 50000, "01-20"), processor=None))
    later = company.night(
        payment("PAY-1", "01-20", 55000, to("INV-1", 50000, "01-20"), to("INV-2", 5000, "01-31"), processor=None)
    )
    assert company.ledger(later.batch_id) == written("""
        2026-01-31 US applications
          1100 Billing receivables    -50.00 USD
          2050 Customer credits        50.00 USD
    """)
    assert company.balances()["2050"] == 0
    assert company.balances()["1100"] == 3000


def test_a_refund_with_its_credit_note_passes_through_customer_credits(company: Company) -> None:
    bought = invoice("INV-1", "01-05", line(120000, "ratable", tax=10656))
    company.night(bought, payment("PAY-1", "01-06", 130656, to("INV-1", 130656, "01-06")))
    given = company.night(
        credit_memo("CN-1", "01-20", line(10000, "ratable", tax=888), kind="refund", invoice_id="INV-1"),
        refund("REF-1", "01-22", 10888, payment_id="PAY-1", credit_memo_id="CN-1"),
    )
    assert company.ledger(given.batch_id) == written("""
        2026-01-20 US credits
          2000 Tax payable              8.88 USD
          2050 Customer credits      -108.88 USD
          2100 Deferred revenue       100.00 USD
        2026-01-22 US refunds
          1050 Processor clearing    -108.88 USD
          2050 Customer credits       108.88 USD
    """)
    assert company.balances()["1100"] == 0


def test_a_credit_memo_on_an_unpaid_invoice_is_issued_and_by_implication_applied(company: Company) -> None:
    company.night(invoice("INV-1", "01-05", line(120000, "ratable", tax=10650)))
    implied = to("INV-1", 97988, "01-31", is_implied=True)
    terminated = line(90000, "ratable", tax=7988, revenue_effect="termination")
    given = company.night(credit_memo("CN-1", "01-31", terminated, applied=[implied], invoice_id="INV-1"))
    assert company.ledger(given.batch_id) == written("""
        2026-01-31 US applications
          1100 Billing receivables   -979.88 USD
          2050 Customer credits       979.88 USD
        2026-01-31 US credits
          2000 Tax payable             79.88 USD
          2050 Customer credits      -979.88 USD
          2100 Deferred revenue       900.00 USD
    """)
    assert company.balances()["1100"] == 32662


def test_goodwill_and_what_was_delivered_reduce_revenue_not_deferred_revenue(company: Company) -> None:
    goodwill = line(5000, "ratable", tax=444, revenue_effect="goodwill")
    company.night(credit_memo("CN-1", "01-31", goodwill, line(1000, "usage"), kind="on_account"))
    assert company.ledger() == written("""
        2026-01-31 US credits
          2000 Tax payable              4.44 USD
          2050 Customer credits       -64.44 USD
          4900 Refunds and credits     60.00 USD
    """)


def test_a_credit_memo_that_does_not_say_its_effect_waits_for_a_person(company: Company) -> None:
    memo = credit_memo("CN-1", "01-31", line(5000, "ratable", revenue_effect=None))
    assert company.outcomes(company.night(memo)) == {"CN-1": "quarantined missing_revenue_effect"}
    assert company.ledger() == ""


def test_yen_have_no_decimals(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000, tax=1000), entity="JP"))
    assert company.ledger() == written("""
        2026-01-15 JP invoices
          1100 Billing receivables     11000 JPY
          2000 Tax payable             -1000 JPY
          4020 Onboarding revenue     -10000 JPY
    """)


def test_inclusive_tax_and_discount_beside_an_exclusive_line(company: Company) -> None:
    inclusive = line(12000, "ratable", discount=1200, tax=1800, inclusive=True)
    company.night(invoice("INV-1", "01-15", inclusive, line(5000, tax=1000), entity="UK"))
    assert company.ledger() == written("""
        2026-01-15 UK invoices
          1100 Billing receivables    168.00 GBP
          2000 Tax payable            -28.00 GBP
          2100 Deferred revenue       -90.00 GBP
          4020 Onboarding revenue     -50.00 GBP
    """)


def test_a_receivable_in_germany_names_its_summary_customer(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000), entity="DE"))
    parties = {row["account_code"]: row["party_key"] for row in company.lines()}
    assert parties == {"1100": "Billing customers EUR", "4020": None}


def test_a_negative_invoice_is_owed_to_the_customer(company: Company) -> None:
    downgrade = line(-30000, "ratable", line_kind="proration", tax=-2663)
    company.night(invoice("INV-1", "01-15", downgrade, line(10000, "ratable", tax=888)))
    assert company.ledger() == written("""
        2026-01-15 US invoices
          2000 Tax payable             17.75 USD
          2050 Customer credits      -217.75 USD
          2100 Deferred revenue       200.00 USD
    """)


def test_a_negative_proration_on_a_positive_invoice_takes_the_other_side(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-15", line(30000, "ratable"), line(-10000, "ratable", line_kind="proration"), line(0))
    )
    assert company.ledger() == written("""
        2026-01-15 US invoices
          1100 Billing receivables    200.00 USD
          2100 Deferred revenue      -200.00 USD
    """)
    # Debit and credit stay apart: what was billed and what was taken back can both be seen.
    amounts = [row["amount_minor"] for row in company.lines()]
    assert amounts == [30000, -10000, 10000, -30000]


@pytest.mark.core
def test_a_voided_invoice_is_taken_back_on_the_day_of_the_void(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", PLAN, ONBOARDING, USAGE))
    company.billing.change("INV-1", status="void", voided_date="01-30")
    assert company.ledger(company.night().batch_id) == written("""
        2026-01-30 US invoices
          1100 Billing receivables  -1426.51 USD
          2000 Tax payable            109.16 USD
          2100 Deferred revenue      1080.00 USD
          4010 Usage revenue           87.35 USD
          4020 Onboarding revenue     150.00 USD
    """)
    assert set(company.balances().values()) == {0}


def test_the_void_of_a_paid_invoice_gives_the_money_back_to_the_customer(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-15", PLAN, ONBOARDING, USAGE),
        payment("PAY-1", "01-16", 142651, to("INV-1", 142651, "01-16")),
    )
    company.billing.change("INV-1", status="void", voided_date="01-30")
    voided = company.night()
    assert "2026-01-30 US applications\n  1100 Billing receivables 1426.51 USD" in company.ledger(voided.batch_id)
    moved = {account: amount for account, amount in company.balances().items() if amount}
    assert moved == {"1050": 142651, "2050": -142651}


def test_an_invoice_first_seen_void_is_booked_and_taken_back(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000), status="void", voided_date="01-20"))
    assert company.ledger() == written("""
        2026-01-15 US invoices
          1100 Billing receivables    100.00 USD
          4020 Onboarding revenue    -100.00 USD
        2026-01-20 US invoices
          1100 Billing receivables   -100.00 USD
          4020 Onboarding revenue     100.00 USD
    """)


def test_a_void_credit_memo_gives_back_what_it_settled(company: Company) -> None:
    memo = credit_memo("CN-1", "01-20", line(5000), applied=[to("INV-1", 5000, "01-20", is_implied=True)])
    company.night(invoice("INV-1", "01-10", line(10000)), memo)
    company.billing.change("CN-1", status="void", voided_date="01-25")
    assert company.ledger(company.night().batch_id) == written("""
        2026-01-25 US applications
          1100 Billing receivables     50.00 USD
          2050 Customer credits       -50.00 USD
        2026-01-25 US credits
          2050 Customer credits        50.00 USD
          4900 Refunds and credits    -50.00 USD
    """)


def test_an_application_taken_back_before_the_void_is_taken_back_once(company: Company) -> None:
    undone = to("INV-1", 10000, "01-16", undone="01-18")
    company.night(invoice("INV-1", "01-10", line(10000)), payment("PAY-1", "01-16", 10000, undone))
    company.billing.change("INV-1", status="void", voided_date="01-30")
    company.night()
    assert {account: amount for account, amount in company.balances().items() if amount} == {
        "1050": 10000,
        "2050": -10000,
    }
    assert "2026-01-30 US applications" not in company.ledger()


@pytest.mark.core
def test_a_refund_without_a_credit_note_waits_in_its_own_account_and_clears_by_itself(company: Company) -> None:
    company.night(refund("REF-1", "01-20", 5000, payment_id="PAY-1"))
    assert company.ledger() == written("""
        2026-01-20 US refunds
          1050 Processor clearing     -50.00 USD
          2060 Refunds awaiting credit note 50.00 USD
    """)
    assert company.exceptions() == {"REF-1": ["refund_without_credit_note"]}
    company.billing.change("REF-1", credit_memo_id="CN-1")
    linked = company.night(credit_memo("CN-1", "01-25", line(5000), kind="refund"))
    assert company.ledger(linked.batch_id) == written("""
        2026-01-20 US refunds
          1050 Processor clearing     -50.00 USD
          2050 Customer credits        50.00 USD
        2026-01-20 US reversal
          1050 Processor clearing      50.00 USD
          2060 Refunds awaiting credit note -50.00 USD
        2026-01-25 US credits
          2050 Customer credits       -50.00 USD
          4900 Refunds and credits     50.00 USD
    """)
    assert company.exceptions() == {}


def test_a_refund_takes_the_credit_once_its_payment_stands_on_no_invoice_any_more(company: Company) -> None:
    company.night(refund("REF-1", "01-20", 5000, payment_id="PAY-1", unapplied=4999))
    assert company.exceptions() == {"REF-1": ["refund_without_credit_note"]}
    company.billing.change("REF-1", payment_unapplied_minor=5000)
    assert company.ledger(company.night().batch_id) == written("""
        2026-01-20 US refunds
          1050 Processor clearing     -50.00 USD
          2050 Customer credits        50.00 USD
        2026-01-20 US reversal
          1050 Processor clearing      50.00 USD
          2060 Refunds awaiting credit note -50.00 USD
    """)
    assert company.exceptions() == {}


def test_a_refund_of_money_never_applied_needs_no_credit_note(company: Company) -> None:
    company.night(refund("REF-1", "01-20", 5000, payment_id="PAY-1", unapplied=5000))
    assert company.balances() == {"1050": -5000, "2050": 5000}
    assert company.exceptions() == {}


@pytest.mark.core
def test_a_failed_refund_mirrors_the_account_that_was_used(company: Company) -> None:
    company.night(refund("REF-1", "01-20", 5000, payment_id="PAY-1"))
    company.billing.change("REF-1", status="failed", failed_date="01-27")
    assert company.ledger(company.night().batch_id) == written("""
        2026-01-27 US refunds
          1050 Processor clearing      50.00 USD
          2060 Refunds awaiting credit note -50.00 USD
    """)


def test_a_paid_refund_that_fails_keeps_its_day_although_billing_forgets_when_it_was_paid(company: Company) -> None:
    company.night(refund("REF-1", "01-20", 5000, payment_id="PAY-1", unapplied=5000))
    company.billing.change("REF-1", status="failed", failed_date="01-27", succeeded_date=None)
    assert company.ledger(company.night().batch_id) == written("""
        2026-01-27 US refunds
          1050 Processor clearing      50.00 USD
          2050 Customer credits       -50.00 USD
    """)


def test_a_refund_first_seen_as_failed_moved_no_money(company: Company) -> None:
    failed = refund("REF-1", "01-20", 5000, status="failed", failed_date="01-21", succeeded_date=None)
    assert company.outcomes(company.night(failed)) == {"REF-1": "excluded failed"}
    assert company.ledger() == ""


def test_a_reversed_payment_takes_its_applications_with_it(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000)), payment("PAY-1", "01-12", 12000, to("INV-1", 10000, "01-12")))
    company.billing.change("PAY-1", status="reversed", reversed_date="01-28")
    assert company.ledger(company.night().batch_id) == written("""
        2026-01-28 US applications
          1100 Billing receivables    100.00 USD
          2050 Customer credits      -100.00 USD
        2026-01-28 US receipts
          1050 Processor clearing    -120.00 USD
          2050 Customer credits       120.00 USD
    """)
    assert company.balances()["1100"] == 10000


def test_a_rounding_line_needs_no_product(company: Company) -> None:
    rounding = line(1, line_kind="rounding", product_sku=None, revenue_treatment=None, product_line=None)
    company.night(invoice("INV-1", "01-15", line(9999), rounding))
    assert company.balances() == {"1100": 10000, "4020": -9999, "7900": -1}
