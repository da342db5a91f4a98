"""Invoices that are given up, and what comes in for them later. Debit is positive, credit negative."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from include.finance.entity_settings import WriteOffs
from include.pipelines.account import Accounted
from tests.accounting.billing import Document, credit_memo, invoice, line, payment, to
from tests.accounting.company import Company, written

pytestmark = pytest.mark.long  # `make test` runs those marked core

# Scenario S7: 300.00 and 26.63 of tax, delivered.
OWED = line(30000, tax=2663)
LOST = {"status": "written_off", "written_off_date": "01-31"}


def lost(*lines: dict[str, object], name: str = "INV-1", **given: object) -> Document:
    """An invoice of 1 January that is written off at the end of the month."""
    return invoice(name, "01-01", *(lines or (OWED,)), **LOST | given)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T06:00:00+00:00")


def night(company: Company, *documents: Document) -> Accounted:
    """A night in April, when all of this has happened."""
    return company.night(*documents, instant=at("2026-04-01") + timedelta(days=company.nights))


def stands(company: Company) -> dict[str, int]:
    """What is left on each account."""
    return {account: amount for account, amount in company.balances().items() if amount}


@pytest.mark.core
def test_a_write_off_takes_the_open_invoice_against_the_allowance_and_claims_its_tax_back(company: Company) -> None:
    night(company, invoice("INV-1", "01-01", OWED))
    came = night(company, lost())
    assert company.ledger(came.batch_id) == written("""
        2026-01-31 US credits
          1100 Billing receivables       -326.63 USD
          1190 Allowance for credit losses  300.00 USD
          2000 Tax payable                 26.63 USD
    """)


@pytest.mark.core
def test_what_comes_in_later_takes_the_loss_back_with_its_share_of_the_tax(company: Company) -> None:
    night(company, lost())
    came = night(company, payment("PAY-1", "02-10", 5000, to("INV-1", 5000, "02-10")))
    assert company.ledger(came.batch_id) == written("""
        2026-02-10 US applications
          1100 Billing receivables        -50.00 USD
          2050 Customer credits            50.00 USD
        2026-02-10 US credits
          1100 Billing receivables         50.00 USD
          1190 Allowance for credit losses  -45.92 USD
          2000 Tax payable                 -4.08 USD
        2026-02-10 US receipts
          1050 Processor clearing          50.00 USD
          2050 Customer credits           -50.00 USD
    """)


def test_without_relief_the_tax_is_part_of_the_loss_and_comes_back_with_it(company: Company) -> None:
    settings = company.configuration.entity_settings
    changed = settings | {"US": replace(settings["US"], write_offs=WriteOffs(has_tax_relief=False))}
    company.configuration = replace(company.configuration, entity_settings=changed)
    night(company, lost(), payment("PAY-1", "02-10", 5000, to("INV-1", 5000, "02-10")))
    assert stands(company) == {"1050": 5000, "1190": 27663, "2000": -2663, "4020": -30000}


def test_only_what_was_open_is_lost(company: Company) -> None:
    night(company, lost(), payment("PAY-1", "01-10", 20000, to("INV-1", 20000, "01-10")))
    # 126.63 of 326.63: 10.32 of its tax.
    assert stands(company) == {"1050": 20000, "1190": 11631, "2000": -2663 + 1032, "4020": -30000}


def test_what_is_not_earned_yet_comes_out_of_deferred_revenue_with_its_tax_and_is_not_recognised(
    company: Company,
) -> None:
    # 31 of 365 days: 31.00 earned of 365.00, tax 36.50 in proportion.
    night(company, lost(line(36500, "ratable", tax=3650)))
    assert stands(company) == {"1190": 3100, "2100": -36500 + 33400}
    company.recognise(at("2027-01-01"))
    assert stands(company) == {"1190": 3100, "4000": -3100}


def test_what_pays_for_the_unearned_part_after_all_is_deferred_and_earned_again(company: Company) -> None:
    night(
        company,
        lost(line(36500, "ratable", tax=3650)),
        payment("PAY-1", "02-10", 3410, to("INV-1", 3410, "02-10")),
        payment("PAY-2", "03-31", 36740, to("INV-1", 36740, "03-31")),
    )
    # The first takes back what was earned, the second the rest: as if nothing had been written off.
    assert stands(company) == {"1050": 40150, "2000": -3650, "2100": -36500}
    company.recognise(at("2026-03-01"))
    assert (company.balances()["2100"], company.balances()["4000"]) == (-33400, -3100)
    company.recognise(at("2026-04-01"))
    assert company.balances()["4000"] == -9000  # of 365 days, 90 by the end of March
    company.recognise(at("2027-01-01"))
    assert (company.balances()["2100"], company.balances()["4000"]) == (0, -36500)


def test_a_loss_is_allotted_to_the_lines_by_what_credit_memos_left_of_them(company: Company) -> None:
    memo = credit_memo(
        "CN-1",
        "01-10",
        line(10000, tax=1000, invoice_line_id="INV-1/1"),
        invoice_id="INV-1",
        applied=[to("INV-1", 11000, "01-10")],
    )
    night(company, lost(line(10000, tax=1000), line(5000, product_line="other")), memo)
    # Nothing is left of the first line: the loss is the second alone, and bears no tax.
    assert stands(company) == {"1190": 5000, "4020": -15000, "4900": 10000}


def test_s7_after_s6_takes_what_the_cancellation_left_of_net_and_tax(company: Company) -> None:
    # 1,200.00 and 106.50 of tax, cancelled after three months: 900.00 and 79.88 are credited, 326.62 stay open.
    cancelled = credit_memo(
        "CN-1",
        "03-31",
        line(90000, "ratable", tax=7988, invoice_line_id="INV-1/1", revenue_effect="termination"),
        invoice_id="INV-1",
        applied=[to("INV-1", 97988, "03-31")],
    )
    plan = line(120000, "ratable", tax=10650, recognition_method="monthly")
    night(company, invoice("INV-1", "01-01", plan), cancelled)
    came = night(company, lost(plan, written_off_date="04-02"))
    assert company.ledger(came.batch_id) == written("""
        2026-04-02 US credits
          1100 Billing receivables       -326.62 USD
          1190 Allowance for credit losses  300.00 USD
          2000 Tax payable                 26.62 USD
    """)


@pytest.mark.parametrize("memo_first", [True, False])
def test_a_write_off_credit_memo_and_the_status_are_one_loss_in_either_order(
    company: Company, *, memo_first: bool
) -> None:
    memo = credit_memo(
        "CN-1", "02-02", line(30000, tax=2663, invoice_line_id="INV-1/1"), kind="write_off", invoice_id="INV-1"
    )
    night(company, invoice("INV-1", "01-01", OWED))
    for each in (memo, lost()) if memo_first else (lost(), memo):
        night(company, each)
    assert stands(company) == {"4020": -30000, "4900": 30000}


def test_a_credit_memo_for_half_of_it_leaves_the_other_half_to_the_write_off(company: Company) -> None:
    memo = credit_memo(
        "CN-1", "01-31", line(15000, tax=1332, invoice_line_id="INV-1/1"), kind="write_off", invoice_id="INV-1"
    )
    night(company, memo, lost())
    assert stands(company) == {"1190": 15000, "4020": -30000, "4900": 15000}


def test_a_recovery_whose_cheque_bounces_is_a_loss_again(company: Company) -> None:
    night(company, lost(), payment("PAY-1", "02-10", 5000, to("INV-1", 5000, "02-10")))
    came = night(
        company, payment("PAY-1", "02-10", 5000, to("INV-1", 5000, "02-10"), status="reversed", reversed_date="02-20")
    )
    assert "1190 Allowance for credit losses 45.92 USD" in company.ledger(came.batch_id)
    assert stands(company) == {"1190": 30000, "4020": -30000}


def test_more_than_was_lost_is_the_customers_and_no_gain(company: Company) -> None:
    night(company, lost(), payment("PAY-1", "02-10", 40000, to("INV-1", 32663, "02-10")))
    assert stands(company) == {"1050": 40000, "2000": -2663, "2050": -7337, "4020": -30000}


def test_several_recoveries_come_to_the_loss_to_the_cent(company: Company) -> None:
    thirds = [payment(f"PAY-{n}", f"02-1{n}", 10887, to("INV-1", 10887, f"02-1{n}")) for n in range(3)]
    last = payment("PAY-9", "03-01", 2, to("INV-1", 2, "03-01"))
    night(company, lost(), *thirds, last)
    assert stands(company) == {"1050": 32663, "2000": -2663, "4020": -30000}


def test_a_write_off_that_billing_takes_back_was_none(company: Company) -> None:
    night(company, lost())
    night(company, invoice("INV-1", "01-01", OWED))
    assert stands(company) == {"1100": 32663, "2000": -2663, "4020": -30000}


def test_a_write_off_without_its_day_waits(company: Company) -> None:
    came = night(company, invoice("INV-1", "01-01", OWED, status="written_off"))
    assert company.outcomes(came) == {"INV-1": "quarantined missing_document_date"}


def test_a_void_after_the_write_off_leaves_nothing_of_either(company: Company) -> None:
    night(company, lost())
    night(company, invoice("INV-1", "01-01", OWED, status="void", voided_date="02-05", written_off_date="01-31"))
    assert stands(company) == {}


def test_a_paid_or_negative_invoice_has_nothing_to_lose(company: Company) -> None:
    night(
        company, lost(), payment("PAY-1", "01-10", 32663, to("INV-1", 32663, "01-10")), lost(line(-5000), name="INV-2")
    )
    assert "1190" not in stands(company)
