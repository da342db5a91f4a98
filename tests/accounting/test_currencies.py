"""Documents in another currency than the books': each entry in both currencies, as an accountant would write it.

Debit is positive, credit negative. Where a line is of a foreign currency, its worth in the books stands behind it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from include.adapters.billing.exponents import ConvertedBilling
from include.finance.errors import UnbalancedEntryError
from include.finance.fx import FxSettings, Residual
from include.finance.tie_out import TieOutStatus
from include.pipelines.post import post_entity
from include.pipelines.recompute import recompute_totals
from include.pipelines.tie_out_desk import EntityDesk, SourceDesk, open_batch
from include.pipelines.tie_out_entity import tie_out_entity
from include.pipelines.tie_out_source import journal_lines
from include.ports.erp import ErpAccount
from include.store.postings import PostingStore
from include.store.tie_out_facts import batches_to_tie
from include.subledger import workspace
from tests.accounting.billing import credit_memo, invoice, line, payment, refund, to
from tests.accounting.company import FIRST_NIGHT, SHIPPED, Company, written
from tests.accounting.rates import publish
from tests.posting.fake_erp import FakeErp

pytestmark = pytest.mark.long  # `make test` runs those marked core

# What the source published in all of these tests, but for those that have a finance database of their own.
RATES = (
    "01-10 EUR/USD 1.1",
    "01-15 EUR/USD 1.0865",
    "01-20 EUR/USD 1.1",
    "01-21 EUR/USD 1.2",
    "01-22 EUR/USD 1.3",
    "01-25 EUR/USD 1.3",
    "02-10 EUR/USD 1.08",
    "01-15 JPY/USD 0.0066666667",
    "01-15 KWD/USD 3.25",
)


@pytest.fixture
def company(company: Company) -> Company:
    """A company with exchange rates on file."""
    publish(company.finance, *RATES)
    return company


@pytest.mark.core
def test_an_invoice_in_euros_paid_at_another_rate_realises_the_difference(company: Company) -> None:
    """S10, with the receipt through customer credits."""
    company.night(invoice("INV-1", "01-20", line(100000, "ratable"), currency="EUR"))
    paid = company.night(payment("PAY-1", "02-10", 100000, to("INV-1", 100000, "02-10"), currency="EUR"))
    assert company.ledger() == written("""
        2026-01-20 US invoices
          1100 Billing receivables            1000.00 EUR   1100.00 USD
          2100 Deferred revenue              -1000.00 EUR  -1100.00 USD
        2026-02-10 US applications (held: future_date)
          1100 Billing receivables           -1000.00 EUR  -1100.00 USD
          2050 Customer credits               1000.00 EUR   1080.00 USD
          7000 Realised exchange differences     0.00 EUR     20.00 USD
        2026-02-10 US receipts (held: future_date)
          1050 Processor clearing             1000.00 EUR   1080.00 USD
          2050 Customer credits              -1000.00 EUR  -1080.00 USD
    """)
    assert company.outcomes(paid) == {"PAY-1": "held future_date"}


def test_a_converted_document_wins_over_its_lines(company: Company) -> None:
    """S14: of 108.65 dollars the third line takes the cent that single conversions miss."""
    thirds = [line(net, product_line=name) for net, name in ((3333, "a"), (3333, "b"), (3334, "c"))]
    company.night(invoice("INV-1", "01-15", *thirds, currency="EUR"))
    assert company.ledger() == written("""
        2026-01-15 US invoices
          1100 Billing receivables   100.00 EUR  108.65 USD
          4020 Onboarding revenue   -100.00 EUR -108.65 USD
    """)
    revenue = {
        each["product_line"]: each["functional_minor"] for each in company.lines() if each["account_code"] == "4020"
    }
    assert revenue == {"a": -3621, "b": -3621, "c": -3623}


def test_what_single_conversions_miss_may_go_to_the_rounding_account(company: Company) -> None:
    """S14 by the policy `residual: account`."""
    fx = company.configuration.fx
    us = FxSettings(fx["US"].rates, Residual.ACCOUNT)
    company.configuration = replace(company.configuration, fx={**fx, "US": us})
    company.night(invoice("INV-1", "01-15", line(3333), line(3333), line(3334), currency="EUR"))
    assert company.ledger() == written("""
        2026-01-15 US invoices
          1100 Billing receivables   100.00 EUR  108.65 USD
          4020 Onboarding revenue   -100.00 EUR -108.64 USD
          7900 Rounding                0.00 EUR   -0.01 USD
    """)


def test_more_than_rounding_is_refused_and_nothing_is_booked(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rounding account has a hard limit: half a minor unit for each entry."""
    fx = company.configuration.fx
    us = FxSettings(fx["US"].rates, Residual.ACCOUNT)
    company.configuration = replace(company.configuration, fx={**fx, "US": us})
    intact, right = workspace._text, "turn * divide_half_up(share, shares)"
    assert right in intact("functional_entries")
    monkeypatch.setattr(
        workspace, "_text", lambda name: intact(name).replace(right, "turn * (divide_half_up(share, shares) + 3)")
    )
    with pytest.raises(
        UnbalancedEntryError, match="between its 2 entries, more than half of one for each: that is no rounding"
    ):
        company.night(invoice("INV-1", "01-15", line(10000), currency="EUR"))
    assert company.ledger() == ""


@pytest.mark.core
def test_yen_have_no_parts_and_dinars_a_thousand(company: Company) -> None:
    """S13, and the same amounts in the books of a company that keeps dollars."""
    company.night(
        invoice("JP-1", "01-15", line(10000, tax=1000), entity="JP"),
        invoice("US-1", "01-15", line(10000, tax=1000), currency="JPY"),
        invoice("US-2", "01-15", line(10500), currency="KWD"),
    )
    assert company.ledger() == written("""
        2026-01-15 JP invoices
          1100 Billing receivables     11000 JPY
          2000 Tax payable             -1000 JPY
          4020 Onboarding revenue     -10000 JPY
        2026-01-15 US invoices
          1100 Billing receivables     11000 JPY    73.33 USD
          2000 Tax payable             -1000 JPY    -6.66 USD
          4020 Onboarding revenue     -10000 JPY   -66.67 USD
        2026-01-15 US invoices
          1100 Billing receivables    10.500 KWD    34.13 USD
          4020 Onboarding revenue    -10.500 KWD   -34.13 USD
    """)


@pytest.mark.core
def test_without_a_rate_a_document_waits_and_is_booked_the_night_after_it_came(own_company: Company) -> None:
    company = own_company
    told = company.night(invoice("INV-1", "01-17", line(10000), currency="EUR"))
    assert company.outcomes(told) == {"INV-1": "quarantined no_fx_rate"}
    assert company.exceptions() == {"INV-1": ["no_fx_rate"]}
    publish(company.finance, "01-16 EUR/USD 1.1")
    assert company.outcomes(company.night()) == {"INV-1": "new"}
    assert company.exceptions() == {}
    assert company.ledger() == written("""
        2026-01-17 US invoices
          1100 Billing receivables   100.00 EUR  110.00 USD
          4020 Onboarding revenue   -100.00 EUR -110.00 USD
    """)
    [risk] = company.rows("select risk_minor, message from exception where subject_id = 'INV-1'")
    assert risk["risk_minor"] is None
    assert "source treasury has no transaction rate of EUR for 2026-01-17 or the 5 days before" in risk["message"]


def test_a_corrected_rate_does_not_reach_a_day_that_the_books_have_used(own_company: Company) -> None:
    company = own_company
    publish(company.finance, "01-16 EUR/USD 1.1")
    company.night(invoice("INV-1", "01-16", line(10000), currency="EUR"))
    publish(company.finance, "01-16 EUR/USD 1.2")
    company.night(invoice("INV-2", "01-16", line(20000), currency="EUR"))
    company.billing.change("INV-1", customer_ref="C-2", voided_date="01-30", status="void")
    company.night()
    assert company.ledger() == written("""
        2026-01-16 US invoices
          1100 Billing receivables   100.00 EUR  110.00 USD
          4020 Onboarding revenue   -100.00 EUR -110.00 USD
        2026-01-16 US invoices
          1100 Billing receivables   200.00 EUR  220.00 USD
          4020 Onboarding revenue   -200.00 EUR -220.00 USD
        2026-01-30 US invoices
          1100 Billing receivables  -100.00 EUR -110.00 USD
          4020 Onboarding revenue    100.00 EUR  110.00 USD
    """)


def test_part_payments_relieve_a_receivable_of_what_it_was_worth_and_the_last_takes_the_rest(company: Company) -> None:
    """100.00 EUR worth 108.65 USD, settled in thirds."""
    company.billing.put(invoice("INV-1", "01-15", line(10000), currency="EUR"))
    for number, on, amount in ((1, "01-20", 3333), (2, "01-21", 3333), (3, "01-22", 3334)):
        company.night(payment(f"PAY-{number}", on, amount, to("INV-1", amount, on), currency="EUR"))
    applied = [
        (each["amount_minor"], each["functional_minor"])
        for each in company.lines()
        if each["account_code"] == "1100" and each["amount_minor"] < 0
    ]
    assert applied == [(-3333, -3621), (-3333, -3622), (-3334, -3622)]
    assert company.worth() == {"1050": 12000, "1100": 0, "2050": 0, "4020": -10865, "7000": -1135}


def test_a_credit_memo_takes_the_rate_of_the_invoice_that_it_corrects(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(100000, tax=19000), currency="EUR"))
    company.night(
        credit_memo(
            "CN-1",
            "01-25",
            line(100000, tax=19000),
            applied=[to("INV-1", 119000, "01-25")],
            invoice_id="INV-1",
            currency="EUR",
        )
    )
    assert company.worth() == {"1100": 0, "2000": 0, "2050": 0, "4020": -110000, "4900": 110000}


def test_a_refund_gives_back_at_its_own_rate_what_was_received_at_another(company: Company) -> None:
    company.night(payment("PAY-1", "01-10", 10000, currency="EUR"))
    given = company.night(refund("REF-1", "01-25", 10000, payment_id="PAY-1", unapplied=10000, currency="EUR"))
    assert company.ledger(given.batch_id) == written("""
        2026-01-25 US refunds
          1050 Processor clearing            -100.00 EUR  -130.00 USD
          2050 Customer credits               100.00 EUR   110.00 USD
          7000 Realised exchange differences    0.00 EUR    20.00 USD
    """)


def test_what_is_taken_back_restores_both_open_items(company: Company) -> None:
    applied = to("INV-1", 10000, "01-22")
    company.night(
        invoice("INV-1", "01-10", line(10000), currency="EUR"),
        payment("PAY-1", "01-22", 10000, applied, currency="EUR"),
    )
    assert company.worth()["7000"] == -2000
    company.night(payment("PAY-1", "01-22", 10000, to("INV-1", 10000, "01-22", undone="01-25"), currency="EUR"))
    assert company.worth() == {"1050": 13000, "1100": 11000, "2050": -13000, "4020": -11000, "7000": 0}
    company.billing.change("PAY-1", status="reversed", reversed_date="01-28")
    company.night()
    assert company.worth() == {"1050": 0, "1100": 11000, "2050": 0, "4020": -11000, "7000": 0}


def test_a_changed_document_is_taken_back_at_the_rate_it_was_booked_at(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000), currency="EUR"))
    changed = company.night(invoice("INV-1", "01-22", line(10000), currency="EUR"))
    assert company.ledger(changed.batch_id) == written("""
        2026-01-10 US reversal
          1100 Billing receivables  -100.00 EUR -110.00 USD
          4020 Onboarding revenue    100.00 EUR  110.00 USD
        2026-01-22 US invoices
          1100 Billing receivables   100.00 EUR  130.00 USD
          4020 Onboarding revenue   -100.00 EUR -130.00 USD
    """)


def test_reading_everything_again_changes_nothing(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-10", line(3333), line(6667, "ratable"), currency="EUR"),
        payment("PAY-1", "01-20", 10000, to("INV-1", 3333, "01-20"), to("INV-1", 3333, "01-21"), currency="EUR"),
    )
    again = company.night(is_full=True)
    assert company.ledger(again.batch_id) == ""


def test_the_text_of_a_line_tells_the_amount_that_an_erp_of_one_currency_cannot_show(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-15", line(11000), currency="JPY"), invoice("INV-2", "01-15", line(1105), currency="EUR")
    )
    texts = sorted(each["line_text"].rsplit(" ", 1)[0] for each in company.lines() if each["account_code"] == "1100")
    assert texts == ["invoices 2026-01-15 EUR 11.05 1 docs", "invoices 2026-01-15 JPY 11000 1 docs"]


@pytest.mark.core
def test_a_night_in_two_currencies_is_posted_read_back_and_tied_out_in_the_books_own(own_company: Company) -> None:
    company = own_company
    publish(company.finance, *RATES)
    company.night(
        invoice("INV-1", "01-20", line(100000, "ratable"), currency="EUR"),
        invoice("INV-2", "01-20", line(5000)),
        payment("PAY-1", "01-25", 100000, to("INV-1", 100000, "01-25"), currency="EUR"),
    )
    us = SHIPPED.legal_entities["US"]
    erp = FakeErp(us)
    erp.accounts = {
        code: ErpAccount(code, code, is_active=True, is_party_required=False)
        for code in SHIPPED.chart_of("US").accounts
    }
    assignments = SHIPPED.assignments()
    post_entity(erp, PostingStore(company.finance, assignments), us, "tryton", FIRST_NIGHT, actor="test")
    balances = erp.balances(us, date(2026, 1, 31))
    assert {code: minor for code, minor in balances.items() if minor} == {
        "1050": 130000,
        "1100": 5000,
        "2100": -110000,
        "4020": -5000,
        "7000": -20000,
    }
    desk = EntityDesk(company.finance, erp, us, SHIPPED.chart_of("US"), assignments)
    source = SourceDesk(company.finance, company.evidence, SHIPPED, company.source_code, lambda: company.billing)
    [batch] = [open_batch(source, each) for each in batches_to_tie(company.finance, company.source_code)]
    hop_three = journal_lines(source, batch)
    assert {row.status for row in [*hop_three, *tie_out_entity(desk, FIRST_NIGHT, "test")]} == {TieOutStatus.EQUAL}
    receivables = {row.currency: row.left.debit_minor for row in hop_three if row.subject == "1100 invoices"}
    assert receivables == {"EUR": 100000, "USD": 115000}
    recompute_totals(company.finance, company.evidence, is_repaired=False)


def test_a_source_with_decimals_of_its_own_is_booked_in_whole_kronur_and_what_leaves_a_rest_waits(
    company: Company,
) -> None:
    publish(company.finance, "01-15 ISK/USD 0.0075")
    sound = invoice("INV-1", "01-15", line(1_000_000, tax=240_000), currency="ISK")  # 12,400 krónur in hundredths
    torn = invoice("INV-2", "01-15", line(9_950), line(50), currency="ISK")
    company.billing.put(sound, torn)
    whole = company.billing
    company.billing = ConvertedBilling(whole, {"ISK": 2})  # type: ignore[assignment]
    night = company.night()
    assert company.outcomes(night) == {"INV-1": "new", "INV-2": "quarantined fractional_amount"}
    [told] = company.rows("select message from exception where source_code = %s", company.source_code)
    assert "lines.amount_minor is 50, and 100 of these are one minor unit of ISK" in told["message"]
    assert company.ledger() == written("""
        2026-01-15 US invoices
          1100 Billing receivables      12400 ISK     93.00 USD
          2000 Tax payable              -2400 ISK    -18.00 USD
          4020 Onboarding revenue      -10000 ISK    -75.00 USD
    """)
    whole.put(invoice("INV-2", "01-15", line(10_000), currency="ISK"))
    assert company.outcomes(company.night()) == {"INV-2": "new"}
    assert company.exceptions() == {}
