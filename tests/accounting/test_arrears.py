"""What an invoice bills in arrears is revenue of the period in which it was delivered (ruling 28)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from include.finance.entity_settings import Arrears
from include.pipelines.explain import ExplainDesk, explain_document
from include.pipelines.reclassify import approve_reclassification, propose_reclassification
from include.pipelines.reclassify_asked import read_asked
from include.pipelines.whatif import what_if
from tests.accounting.billing import Row, credit_memo, day, invoice, line, to
from tests.accounting.company import SHIPPED, Company, close_period, written
from tests.accounting.corrected import corrected
from tests.accounting.plain_arrears import in_arrears
from tests.accounting.rates import publish
from tests.accounting.summarised import differing_rebuilds, require_totals, summarised, unexplained
from tests.accounting.test_reclassify import asked_in_one_bucket  # noqa: F401

pytestmark = pytest.mark.long  # `make test` runs those marked core

WITH_THE_INVOICE = in_arrears(SHIPPED, Arrears.INVOICE_DATE)


def usage(net: int = 8735, ended: str = "01-31", **given: Any) -> Row:
    """Usage whose service ended on a day."""
    return line(net, "usage", service_end=day(ended), **given)


def march(number: int) -> dict[str, datetime]:
    """A night in March: what is dated in February is past."""
    return {"instant": datetime(2026, 3, number, 6, tzinfo=UTC)}


def standing(company: Company) -> dict[str, int]:
    return {account: minor for account, minor in company.balances().items() if minor}


# What is billed in arrears


def test_only_lines_whose_service_ended_before_the_period_of_the_invoice_are_revenue_of_another_day(
    own_company: Company,
) -> None:
    """C37 among other lines: metered within the month, without a day, at once, deferred although it is over, rounding."""
    company = own_company
    over = line(3100, "ratable", service_start=date(2026, 1, 1), service_end=date(2026, 1, 31))
    company.night(
        invoice(
            "INV-1", "02-03", usage(tax=700), usage(1000, "02-02"), line(200, "usage"),
            line(15000, service_end=date(2026, 1, 20)), over, line(1, line_kind="rounding", service_end=date(2026, 1, 31)),
        ),
        **march(1),
    )  # fmt: skip
    assert company.ledger() == written("""
        2026-01-20 US invoices
          1250 Unbilled receivable    150.00 USD
          4020 Onboarding revenue    -150.00 USD
        2026-01-31 US invoices
          1250 Unbilled receivable     87.35 USD
          4010 Usage revenue          -87.35 USD
        2026-02-03 US invoices
          1100 Billing receivables    287.36 USD
          1250 Unbilled receivable   -237.35 USD
          2000 Tax payable             -7.00 USD
          2100 Deferred revenue       -31.00 USD
          4010 Usage revenue          -12.00 USD
          7900 Rounding                -0.01 USD
    """)
    assert company.night(is_full=True, **march(2)).entry_count == 0
    assert differing_rebuilds(company) == []
    assert unexplained(company) == []


@pytest.mark.core
def test_with_the_other_policy_and_where_nothing_is_said_it_is_revenue_with_the_invoice(company: Company) -> None:
    company.configuration = WITH_THE_INVOICE
    company.night(invoice("INV-1", "02-03", usage()), **march(1))
    assert company.ledger() == written("""
        2026-02-03 US invoices
          1100 Billing receivables     87.35 USD
          4010 Usage revenue          -87.35 USD
    """)
    assert SHIPPED.entity_settings["US"].arrears is Arrears.SERVICE_PERIOD


def test_periods_are_those_of_the_erp(own_company: Company) -> None:
    """Of a 4-4-5 calendar: 31 January lies in the second period, and so does 3 February."""
    company = own_company
    with company.finance.transaction() as connection:
        connection.execute(
            "update erp_period set end_date = '2026-01-25' where legal_entity_code = 'US' and period_name = '2026-01'"
        )
        connection.execute(
            "update erp_period set start_date = '2026-01-26' where legal_entity_code = 'US' and period_name = '2026-02'"
        )
    company.night(invoice("INV-1", "02-03", usage()), invoice("INV-2", "02-03", usage(100, "01-25")), **march(1))
    assert company.ledger() == written("""
        2026-01-25 US invoices
          1250 Unbilled receivable      1.00 USD
          4010 Usage revenue           -1.00 USD
        2026-02-03 US invoices
          1100 Billing receivables     88.35 USD
          1250 Unbilled receivable     -1.00 USD
          4010 Usage revenue          -87.35 USD
    """)


def test_what_is_given_back_takes_the_other_side_and_a_negative_invoice_is_owed_to_the_customer(
    company: Company,
) -> None:
    company.night(
        invoice("INV-1", "02-03", usage(), usage(-735)), invoice("INV-2", "02-04", usage(-500, "01-15")), **march(1)
    )
    assert company.ledger() == written("""
        2026-01-15 US invoices
          1250 Unbilled receivable     -5.00 USD
          4010 Usage revenue            5.00 USD
        2026-01-31 US invoices
          1250 Unbilled receivable     80.00 USD
          4010 Usage revenue          -80.00 USD
        2026-02-03 US invoices
          1100 Billing receivables     80.00 USD
          1250 Unbilled receivable    -80.00 USD
        2026-02-04 US invoices
          1250 Unbilled receivable      5.00 USD
          2050 Customer credits        -5.00 USD
    """)


# Closed months


@pytest.mark.core
def test_in_a_closed_month_it_is_caught_up_late_apart_from_the_invoice(own_company: Company) -> None:
    company = own_company
    close_period(company.finance, "2026-01")
    company.night(invoice("INV-1", "02-03", usage(tax=700)), **march(1))
    assert company.ledger() == written("""
        2026-02-01 US late
          1250 Unbilled receivable     87.35 USD
          4010 Usage revenue          -87.35 USD
        2026-02-03 US invoices
          1100 Billing receivables     94.35 USD
          1250 Unbilled receivable    -87.35 USD
          2000 Tax payable             -7.00 USD
    """)


def test_the_month_that_closes_afterwards_keeps_its_revenue_and_a_change_shows_its_difference_late(
    own_company: Company,
) -> None:
    company = own_company
    company.night(invoice("INV-1", "02-03", usage()), **march(1))
    close_period(company.finance, "2026-01")
    assert company.night(is_full=True, **march(2)).entry_count == 0
    changed = company.night(invoice("INV-1", "02-03", usage(9000)), **march(3))
    assert company.ledger(changed.batch_id) == written("""
        2026-02-01 US late
          1250 Unbilled receivable     90.00 USD
          4010 Usage revenue          -90.00 USD
        2026-02-01 US reversal
          1250 Unbilled receivable    -87.35 USD
          4010 Usage revenue           87.35 USD
        2026-02-03 US invoices
          1100 Billing receivables     90.00 USD
          1250 Unbilled receivable    -90.00 USD
        2026-02-03 US reversal
          1100 Billing receivables    -87.35 USD
          1250 Unbilled receivable     87.35 USD
    """)


def test_across_a_year_end_the_revenue_waits_for_a_person_and_the_invoice_does_not(own_company: Company) -> None:
    company = own_company
    close_period(company.finance, "2025-12")
    night = company.night(invoice("INV-1", "01-03", usage(ended="2025-12-31")))
    assert company.outcomes(night) == {"INV-1": "held hold_for_reopen"}
    assert company.exceptions() == {"INV-1": ["hold_for_reopen"]}
    assert company.ledger() == written("""
        2025-12-31 US invoices (held: hold_for_reopen)
          1250 Unbilled receivable     87.35 USD
          4010 Usage revenue          -87.35 USD
        2026-01-03 US invoices
          1100 Billing receivables     87.35 USD
          1250 Unbilled receivable    -87.35 USD
    """)


def test_a_late_invoice_in_a_closed_month_of_its_own_lands_where_that_month_s_documents_do(
    own_company: Company,
) -> None:
    company = own_company
    close_period(company.finance, "2026-01", "2026-02")
    company.night(invoice("INV-1", "02-03", usage()), **march(5))
    assert company.ledger() == written("""
        2026-03-01 US late
          1100 Billing receivables     87.35 USD
          4010 Usage revenue          -87.35 USD
    """)
    assert company.balances()["1250"] == 0


# What becomes of it


def test_another_last_day_of_service_moves_the_revenue_and_leaves_the_invoice_alone(company: Company) -> None:
    company.night(invoice("INV-1", "02-03", usage()), **march(1))
    moved = company.night(invoice("INV-1", "02-03", usage(ended="01-30")), **march(2))
    assert company.ledger(moved.batch_id) == written("""
        2026-01-30 US invoices
          1250 Unbilled receivable     87.35 USD
          4010 Usage revenue          -87.35 USD
        2026-01-31 US reversal
          1250 Unbilled receivable    -87.35 USD
          4010 Usage revenue           87.35 USD
    """)


def test_an_invoice_that_moves_within_its_month_moves_alone_and_one_that_moves_into_the_month_of_service_bills_revenue(
    company: Company,
) -> None:
    company.night(invoice("INV-1", "02-03", usage()), **march(1))
    within = company.night(invoice("INV-1", "02-04", usage()), **march(2))
    assert "4010" not in company.ledger(within.batch_id)
    company.night(invoice("INV-1", "01-31", usage()), **march(3))
    assert standing(company) == {"1100": 8735, "4010": -8735}
    months = {(row["posting_date"], row["account_code"]) for row in _posted(company)}
    assert months == {(date(2026, 1, 31), "1100"), (date(2026, 1, 31), "4010")}


def test_an_invoice_set_back_to_draft_leaves_nothing_behind(company: Company) -> None:
    company.night(invoice("INV-1", "02-03", usage(), usage(1, "01-15")), **march(1))
    company.billing.change("INV-1", status="draft")
    company.night(**march(2))
    assert _posted(company) == []


def test_a_void_takes_revenue_back_on_its_own_day_and_nothing_is_unbilled(company: Company) -> None:
    company.night(invoice("INV-1", "02-03", usage(tax=700)), **march(1))
    company.billing.change("INV-1", status="void", voided_date="02-10")
    voided = company.night(**march(2))
    assert company.ledger(voided.batch_id) == written("""
        2026-02-10 US invoices
          1100 Billing receivables    -94.35 USD
          2000 Tax payable              7.00 USD
          4010 Usage revenue           87.35 USD
    """)
    assert standing(company) == {}


def test_a_credit_memo_is_a_credit_of_its_own_day(company: Company) -> None:
    company.night(invoice("INV-1", "02-03", usage(tax=700)), **march(1))
    memo = credit_memo(
        "CN-1", "02-12", line(1000, "usage", tax=80, invoice_line_id="INV-1/1"), applied=[to("INV-1", 1080, "02-12")]
    )
    credited = company.night(memo, **march(2))
    assert company.ledger(credited.batch_id) == written("""
        2026-02-12 US applications
          1100 Billing receivables    -10.80 USD
          2050 Customer credits        10.80 USD
        2026-02-12 US credits
          2000 Tax payable              0.80 USD
          2050 Customer credits       -10.80 USD
          4900 Refunds and credits     10.00 USD
    """)
    assert company.balances()["1250"] == 0


@pytest.mark.parametrize("category", ["invoices", "late"])
def test_what_was_given_up_before_it_was_posted_is_booked_anew(own_company: Company, category: str) -> None:
    if category == "late":
        close_period(own_company.finance, "2026-01")
    first = own_company.night(invoice("INV-1", "02-03", usage()), **march(1))
    assert own_company.supersede(first, category) == {"INV-1"}
    own_company.night(**march(2))
    assert standing(own_company) == {"1100": 8735, "4010": -8735}


def test_added_up_by_period_and_net_or_by_document_it_comes_to_the_same(own_company: Company) -> None:
    company = own_company
    company.configuration = summarised(by="period", entries="all", amounts="net", reversal_style="negative")
    company.night(invoice("INV-1", "02-03", usage()), invoice("INV-2", "02-03", usage(500, "01-15")), **march(1))
    company.configuration = summarised(by="document", amounts="net")
    company.night(invoice("INV-3", "02-05", usage(400, "01-15")), **march(2))
    months: dict[tuple[int, str], int] = {}
    for row in _posted(company):
        key = row["posting_date"].month, row["account_code"]
        months[key] = months.get(key, 0) + row["amount_minor"]
    assert months == {(1, "1250"): 9635, (1, "4010"): -9635, (2, "1100"): 9635, (2, "1250"): -9635}
    assert unexplained(company) == []
    require_totals(company)


# In another currency

THIRDS = (usage(3333), usage(3333), usage(3334, "01-15", tax=1), line(3333, service_end=date(2026, 1, 15), tax=2))


@pytest.fixture
def foreign(own_company: Company) -> Company:
    publish(own_company.finance, "02-03 EUR/USD 1.0865", "02-04 EUR/USD 1.2071")
    return own_company


def test_it_is_worth_what_the_invoice_says_and_unbilled_receivable_ends_empty_in_both_currencies(
    foreign: Company,
) -> None:
    """At 1.0865 each third is 36.21 or 36.22, and the document's total wins: where the cent falls, it falls on both days."""
    foreign.night(invoice("INV-1", "02-03", *THIRDS, currency="EUR"), **march(1))
    assert (foreign.balances()["1250"], foreign.worth()["1250"]) == (0, 0)
    # Its day of service moves, the invoice stays as it is booked: what it says is in evidence.
    foreign.night(invoice("INV-1", "02-03", *(_ended(each, "01-10") for each in THIRDS), currency="EUR"), **march(2))
    assert (foreign.balances()["1250"], foreign.worth()["1250"]) == (0, 0)
    # Another day, another rate; and a line more, so that the cents fall elsewhere.
    foreign.night(invoice("INV-1", "02-04", *THIRDS, usage(1), currency="EUR"), **march(3))
    assert (foreign.balances()["1250"], foreign.worth()["1250"]) == (0, 0)
    assert foreign.worth()["1100"] == 16099  # 133.37 EUR
    assert differing_rebuilds(foreign) == []
    foreign.billing.change("INV-1", status="void", voided_date="02-20")
    foreign.night(**march(4))
    assert set(foreign.worth().values()) == set(foreign.balances().values()) == {0}


def test_it_is_told_at_the_rate_of_the_invoice(foreign: Company) -> None:
    foreign.night(invoice("INV-1", "02-03", usage(10000), currency="EUR"), **march(1))
    assert foreign.ledger() == written("""
        2026-01-31 US invoices
          1250 Unbilled receivable    100.00 EUR    108.65 USD
          4010 Usage revenue         -100.00 EUR   -108.65 USD
        2026-02-03 US invoices
          1100 Billing receivables    100.00 EUR    108.65 USD
          1250 Unbilled receivable   -100.00 EUR   -108.65 USD
    """)


# The switch


def reclassify(company: Company, span: str) -> str:
    """What is proposed for all invoices of a span of periods, approved; the ledger of the batch."""
    first, last = span.split()
    asked = read_asked("", "type=invoice", first, last, "Usage in arrears")
    [proposed] = propose_reclassification(company.desk, asked, "anna")
    assert proposed.proposal, proposed.report
    approved = approve_reclassification(company.desk, proposed.proposal.sha256, "ben")
    [batch] = company.rows("select id from batch where batch_no = %s", approved.batch_no)
    return company.ledger(batch["id"])


@pytest.mark.parametrize("span", ["2026-01 2026-02", "2026-02 2026-02"])
def test_a_reclassification_brings_the_switch_to_both_days_of_an_invoice_and_back(
    own_company: Company, span: str
) -> None:
    company = own_company
    company.configuration = WITH_THE_INVOICE
    company.night(invoice("INV-1", "02-03", usage()), **march(1))
    company.configuration = _kept(Arrears.SERVICE_PERIOD)
    assert reclassify(company, span) == written("""
        2026-01-31 US invoices
          1250 Unbilled receivable     87.35 USD
          4010 Usage revenue          -87.35 USD
        2026-02-03 US invoices
          1100 Billing receivables     87.35 USD
          1250 Unbilled receivable    -87.35 USD
        2026-02-03 US reversal
          1100 Billing receivables    -87.35 USD
          4010 Usage revenue           87.35 USD
    """)
    assert company.night(is_full=True, **march(2)).entry_count == 0
    company.configuration = _kept(Arrears.INVOICE_DATE)
    reclassify(company, span)
    assert standing(company) == {"1100": 8735, "4010": -8735}
    assert {row["posting_date"] for row in _posted(company)} == {date(2026, 2, 3)}
    require_totals(company)


def test_what_is_booked_stays_until_its_document_changes_and_then_it_follows_as_a_whole(company: Company) -> None:
    company.configuration = WITH_THE_INVOICE
    company.night(invoice("INV-1", "02-03", usage(), line(100)), **march(1))
    company.configuration = SHIPPED
    assert company.night(is_full=True, **march(2)).entry_count == 0
    company.night(invoice("INV-1", "02-03", usage(), line(200)), **march(3))
    assert standing(company) == {"1100": 8935, "4010": -8735, "4020": -200}
    assert {row["posting_date"] for row in _posted(company) if row["account_code"] == "4010"} == {date(2026, 1, 31)}


def test_what_if_shows_the_months_between_which_the_switch_would_move_revenue(own_company: Company) -> None:
    company = own_company
    company.night(invoice("INV-1", "02-03", usage()), **march(1))
    moved = what_if(company.desk, WITH_THE_INVOICE, "2026-01", "2026-02")
    cells = {(each.period_name, each.account_code): (each.booked_minor, each.ruled_minor) for each in moved.cells}
    assert cells == {
        ("2026-01", "1250"): (8735, 0),
        ("2026-01", "4010"): (-8735, 0),
        ("2026-02", "1250"): (-8735, 0),
        ("2026-02", "4010"): (0, -8735),
    }
    # Also where nothing but the service lies in the periods asked for.
    alone = what_if(company.desk, WITH_THE_INVOICE, "2026-01", "2026-01")
    assert {each.account_code: each.ruled_minor for each in alone.cells} == {"1250": 0, "4010": 0}
    assert what_if(company.desk, SHIPPED, "2026-01", "2026-02").cells == ()


def test_explain_names_the_day_of_the_service_and_the_rule_of_the_invoice(own_company: Company) -> None:
    company = own_company
    company.night(invoice("INV-1", "02-03", usage()), **march(1))
    told = explain_document(ExplainDesk(company.finance, company.evidence, company.configuration), "invoice:INV-1")
    [delivered] = [each for each in told.bookings if each.event == "service.delivered"]
    assert (delivered.occurrence, delivered.event_date) == ("2026-01-31", date(2026, 1, 31))
    assert {(each.role, each.rule_id) for each in delivered.lines} == {
        ("unbilled_receivable", "invoice-usage"),
        ("usage_revenue", "invoice-usage"),
    }


def _kept(policy: Arrears) -> Any:
    """The shipped configuration with this policy, as files: what a batch keeps of it can be read again."""
    return corrected("legal_entities.yaml", ("  arrears: service_period\n", f"  arrears: {policy}\n"))


def _ended(each: Row, on: str) -> Row:
    return each | {"service_end": day(on)}


def _posted(company: Company) -> list[dict[str, Any]]:
    """What stands on each account, day by day."""
    return company.rows(
        """
        select e.posting_date, l.account_code, sum(l.amount_minor)::bigint as amount_minor
        from journal_entry as e
        join journal_line as l on l.entry_id = e.id
        join batch as b on b.batch_no = e.batch_no
        where b.source_code = %s and e.state <> 'superseded'
        group by 1, 2
        having sum(l.amount_minor) <> 0
        order by 1, 2
        """,
        company.source_code,
    )
