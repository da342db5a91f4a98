"""Payments that customers contest: what is withdrawn, given back and lost. Debit is positive, credit negative."""

from __future__ import annotations

from dataclasses import replace

import pytest

from include.finance.entity_settings import Chargebacks, LossAccount
from tests.accounting.billing import (
    Row,
    behind,
    credit_memo,
    day,
    dispute,
    fee,
    invoice,
    line,
    moved,
    payment,
    refund,
    to,
)
from tests.accounting.company import Company, written

pytestmark = pytest.mark.long  # `make test` runs those marked core

WITHDRAWN = moved("withdrawn", 10000, "01-20")
DELIVERED = behind(9185, tax=815)
LOST = {"status": "lost", "closed_date": "01-31"}


def year(net: int, tax: int, **given: int) -> Row:
    """A year of service from 1 January 2026, 365 days."""
    return behind(net, "ratable", tax=tax, service_start=day("01-01"), service_end=day("12-31"), **given)


def test_what_the_processor_withdraws_is_a_claim_and_the_fee_a_document_of_its_own(company: Company) -> None:
    company.night(dispute("DIS-1", "01-20", 10000, WITHDRAWN), fee("FEE-1", "01-20", 1500, "dispute"))
    assert company.ledger() == written("""
        2026-01-20 US disputes
          1050 Processor clearing    -100.00 USD
          1300 Disputes receivable    100.00 USD
        2026-01-20 US fees
          1050 Processor clearing     -15.00 USD
          6050 Dispute fees            15.00 USD
    """)


def test_an_inquiry_moves_no_money(company: Company) -> None:
    night = company.night(dispute("DIS-1", "01-20", 10000, status="inquiry"))
    assert (company.outcomes(night), company.ledger()) == ({"DIS-1": "new"}, "")


def test_a_dispute_that_is_won_gives_the_money_back(company: Company) -> None:
    company.night(dispute("DIS-1", "01-20", 10000, WITHDRAWN))
    won = company.night(
        dispute(
            "DIS-1", "01-20", 10000, WITHDRAWN, moved("reinstated", 10000, "01-30"), status="won", closed_date="01-30"
        )
    )
    assert company.ledger(won.batch_id) == written("""
        2026-01-30 US disputes
          1050 Processor clearing     100.00 USD
          1300 Disputes receivable   -100.00 USD
    """)


@pytest.mark.core
def test_a_lost_dispute_is_a_loss_net_of_the_tax_printed_on_the_invoice(company: Company) -> None:
    company.night(dispute("DIS-1", "01-20", 10000, WITHDRAWN))
    lost = company.night(dispute("DIS-1", "01-20", 10000, WITHDRAWN, DELIVERED, **LOST))
    assert company.ledger(lost.batch_id) == written("""
        2026-01-31 US disputes
          1300 Disputes receivable   -100.00 USD
          2000 Tax payable              8.15 USD
          6200 Chargeback losses       91.85 USD
    """)


@pytest.mark.parametrize(
    ("chargebacks", "expected"),
    [
        (Chargebacks(LossAccount.EXPENSE, has_tax_relief=False), {"6200": 10000}),
        (Chargebacks(LossAccount.CONTRA_REVENUE, has_tax_relief=True), {"4900": 9185, "2000": 815}),
        (Chargebacks(LossAccount.CONTRA_REVENUE, has_tax_relief=False), {"4900": 10000}),
    ],
    ids=["expense without relief", "contra revenue", "contra revenue without relief"],
)
def test_where_a_loss_goes_and_whether_its_tax_comes_back_is_policy(
    company: Company, chargebacks: Chargebacks, expected: dict[str, int]
) -> None:
    settings = company.configuration.entity_settings
    changed = settings | {"US": replace(settings["US"], chargebacks=chargebacks)}
    company.configuration = replace(company.configuration, entity_settings=changed)
    company.night(dispute("DIS-1", "01-20", 10000, WITHDRAWN, DELIVERED, **LOST))
    assert company.balances() == {"1050": -10000, "1300": 0} | expected


def test_a_loss_on_a_half_earned_plan_takes_the_rest_out_of_deferred_revenue_with_its_tax(company: Company) -> None:
    # 31 of 365 days earned: 31.00 of 365.00 net, 334.00 unearned; tax 36.50 in the same proportion.
    taken = moved("withdrawn", 40150, "01-20")
    company.night(dispute("DIS-1", "01-20", 40150, taken, year(36500, 3650), **LOST))
    assert company.ledger() == written("""
        2026-01-20 US disputes
          1050 Processor clearing    -401.50 USD
          1300 Disputes receivable    401.50 USD
        2026-01-31 US disputes
          1300 Disputes receivable   -401.50 USD
          2000 Tax payable             36.50 USD
          2100 Deferred revenue       334.00 USD
          6200 Chargeback losses       31.00 USD
    """)


def test_a_plan_already_ended_by_a_credit_memo_has_nothing_unearned_left_to_lose(company: Company) -> None:
    settled = year(3100, 310, whole=36500)
    ended = moved("credited", 33400, "01-31") | {"revenue_effect": "termination"}
    told = dispute("DIS-1", "01-20", 3410, settled, ended, moved("withdrawn", 3410, "01-20"), **LOST)
    told.lines[1]["line_no"] = 1  # it stands beside what was settled
    company.night(told)
    assert company.balances() == {"1050": -3410, "1300": 0, "2000": 310, "6200": 3100}


def test_a_loss_is_allotted_over_the_lines_that_the_payment_settled_to_the_cent(company: Company) -> None:
    # Half of 300.01 is lost: 150.01 over 100.00, 100.00 and 100.01.
    parts = (behind(10000), behind(10000), behind(9091, tax=910))
    company.night(dispute("DIS-1", "01-20", 30001, moved("withdrawn", 15001, "01-20"), *parts, **LOST))
    assert company.balances() == {"1050": -15001, "1300": 0, "2000": 455, "6200": 14546}


def test_a_loss_is_no_more_than_the_payment_less_what_was_refunded(company: Company) -> None:
    company.night(dispute("DIS-1", "01-20", 10000, WITHDRAWN, DELIVERED, refunded_minor=4000, **LOST))
    assert company.balances() == {"1050": -10000, "1300": 4000, "2000": 489, "6200": 5511}


def test_what_the_payment_left_unapplied_is_no_loss_but_the_customers_credit_gone(company: Company) -> None:
    given = {"payment_unapplied_minor": 4000} | LOST
    company.night(dispute("DIS-1", "01-20", 10000, WITHDRAWN, behind(6000), **given))
    assert company.balances() == {"1050": -10000, "1300": 0, "2050": 4000, "6200": 6000}


def test_a_chargeback_credit_memo_and_its_lost_dispute_are_one_loss_in_either_order(company: Company) -> None:
    memo = credit_memo("CN-1", "01-31", line(9185, tax=815), kind="chargeback", dispute_id="DIS-1")
    company.night(dispute("DIS-1", "01-20", 10000, WITHDRAWN, DELIVERED, **LOST))
    both = company.night(memo, dispute("DIS-1", "01-20", 10000, WITHDRAWN, DELIVERED, covered_minor=10000, **LOST))
    assert company.ledger(both.batch_id) == written("""
        2026-01-31 US credits
          1300 Disputes receivable   -100.00 USD
          2000 Tax payable              8.15 USD
          4900 Refunds and credits     91.85 USD
        2026-01-31 US reversal
          1300 Disputes receivable    100.00 USD
          2000 Tax payable             -8.15 USD
          6200 Chargeback losses      -91.85 USD
    """)
    assert company.balances()["1300"] == 0


def test_a_chargeback_credit_memo_that_names_no_dispute_waits(company: Company) -> None:
    night = company.night(credit_memo("CN-1", "01-31", line(9185, tax=815), kind="chargeback"))
    assert company.outcomes(night) == {"CN-1": "quarantined missing_reference"}


@pytest.mark.core
def test_a_dispute_lost_after_it_was_won_costs_what_was_taken_last(company: Company) -> None:
    won = (WITHDRAWN, moved("reinstated", 10000, "01-25"))
    company.night(dispute("DIS-1", "01-20", 10000, *won, status="won", closed_date="01-25"))
    again = (*won, moved("withdrawn", 10000, "01-28"), DELIVERED)
    company.night(dispute("DIS-1", "01-20", 10000, *again, **LOST))
    assert company.balances() == {"1050": -10000, "1300": 0, "2000": 815, "6200": 9185}


def test_a_dispute_on_a_refunded_charge_leaves_a_claim_on_the_processor(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-05", line(9185, tax=815)),
        payment("PAY-1", "01-06", 10000, to("INV-1", 10000, "01-06")),
        credit_memo("CN-1", "01-10", line(9185, tax=815), kind="refund", invoice_id="INV-1"),
        refund("REF-1", "01-10", 10000, payment_id="PAY-1", credit_memo_id="CN-1"),
        dispute("DIS-1", "01-20", 10000, WITHDRAWN, DELIVERED, refunded_minor=10000, **LOST),
    )
    stands = {account: amount for account, amount in company.balances().items() if amount}
    assert stands == {"1050": -10000, "1300": 10000, "4020": -9185, "4900": 9185}


def test_a_lost_dispute_without_the_day_of_its_loss_waits(company: Company) -> None:
    night = company.night(dispute("DIS-1", "01-20", 10000, WITHDRAWN, DELIVERED, status="lost"))
    assert company.outcomes(night) == {"DIS-1": "quarantined missing_document_date"}


def test_a_write_off_credit_memo_credits_the_receivable_itself_whatever_billing_allots(company: Company) -> None:
    company.night(invoice("INV-1", "01-05", line(10000, tax=888)))
    given = credit_memo(
        "CN-1",
        "01-31",
        line(10000, tax=888),
        kind="write_off",
        invoice_id="INV-1",
        applied=[to("INV-1", 10888, "01-31")],
    )
    written_off = company.night(given)
    assert company.ledger(written_off.batch_id) == written("""
        2026-01-31 US credits
          1100 Billing receivables   -108.88 USD
          2000 Tax payable              8.88 USD
          4900 Refunds and credits    100.00 USD
    """)
    assert company.balances()["1100"] == 0


def test_a_void_takes_back_the_invoice_net_of_its_credit_memos_and_leaves_what_was_paid(company: Company) -> None:
    bought = invoice("INV-1", "01-05", line(10000, tax=888))
    memo = credit_memo("CN-1", "01-10", line(3000, tax=266), kind="refund", invoice_id="INV-1")
    paid = payment("PAY-1", "01-06", 10888, to("INV-1", 10888, "01-06"))
    company.night(bought, paid, memo, refund("REF-1", "01-12", 3266, payment_id="PAY-1", credit_memo_id="CN-1"))
    company.billing.change("CN-1", parent_voided_date="01-31")
    company.billing.change("INV-1", status="void", voided_date="01-31")
    company.night()
    stands = {account: amount for account, amount in company.balances().items() if amount}
    assert stands == {"1050": 7622, "2050": -7622}
