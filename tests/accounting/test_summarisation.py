"""How journal entries are added up is for each legal entity to say; what they come to is the same whatever it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from include.pipelines.redate import redate_closed
from include.pipelines.rollforward import deferred_rollforward
from include.store.database import FinanceDatabase
from include.store.postings import PostingStore
from tests.accounting.billing import credit_memo, fee, invoice, line, payment, to
from tests.accounting.company import SHIPPED, Company, close_period, open_periods, written
from tests.accounting.rates import publish
from tests.accounting.summarised import (
    Ledgers,
    differing_rebuilds,
    journal,
    require_totals,
    summarised,
    texts,
    unexplained,
)
from tests.posting.fake_erp import FakeErp

pytestmark = pytest.mark.long  # `make test` runs those marked core

LAST = datetime(2026, 2, 20, 6, tzinfo=UTC)


@pytest.fixture
def own_company(finance: FinanceDatabase, tmp_path: Path) -> Company:
    """With all buckets of evidence, because it is explained."""
    open_periods(finance)
    return Company(finance, tmp_path)


def january(company: Company) -> None:
    """Three invoices, two receipts and an application in the last days of January, read on the first of February."""
    company.night(
        invoice("INV-1", "01-28", line(10000, tax=800)),
        invoice("INV-2", "01-29", line(5000, product_line="analytics")),
        invoice("INV-3", "01-29", line(2000)),
        payment("PAY-1", "01-30", 10800, to("INV-1", 10800, "01-31")),
        payment("PAY-2", "01-31", 700),
    )


def prove(company: Company, ledgers: Ledgers | None = None, instant: datetime = LAST) -> Ledgers:
    """Post everything; hops 3, 4 and 5 hold, lines and documents explain each other, all of it comes out of evidence again."""
    ledgers = ledgers or Ledgers(company)
    ledgers.post(instant)
    assert ledgers.differences(instant) == []
    assert unexplained(company) == []
    assert differing_rebuilds(company) == []
    require_totals(company)
    return ledgers


def test_by_period_an_entry_gathers_its_days_and_is_dated_on_the_latest(own_company: Company) -> None:
    own_company.configuration = summarised(by="period")
    january(own_company)
    assert own_company.ledger() == written("""
        2026-01-29 US invoices
          1100 Billing receivables    178.00 USD
          2000 Tax payable             -8.00 USD
          4020 Onboarding revenue    -170.00 USD
        2026-01-31 US applications
          1100 Billing receivables   -108.00 USD
          2050 Customer credits       108.00 USD
        2026-01-31 US receipts
          1050 Processor clearing     115.00 USD
          2050 Customer credits      -115.00 USD
    """)
    prove(own_company)


def test_by_period_two_months_are_two_entries_and_what_lies_ahead_keeps_its_day(own_company: Company) -> None:
    own_company.configuration = summarised(by="period")
    own_company.night(
        invoice("INV-1", "01-30", line(100)),
        invoice("INV-2", "01-31", line(200)),
        invoice("INV-3", "02-01", line(400)),
        invoice("INV-4", "02-03", line(800)),
        invoice("INV-5", "02-05", line(1600)),
    )
    assert own_company.ledger() == written("""
        2026-01-31 US invoices
          1100 Billing receivables   3.00 USD
          4020 Onboarding revenue   -3.00 USD
        2026-02-01 US invoices
          1100 Billing receivables   4.00 USD
          4020 Onboarding revenue   -4.00 USD
        2026-02-03 US invoices (held: future_date)
          1100 Billing receivables   8.00 USD
          4020 Onboarding revenue   -8.00 USD
        2026-02-05 US invoices (held: future_date)
          1100 Billing receivables  16.00 USD
          4020 Onboarding revenue  -16.00 USD
    """)
    prove(own_company)


def test_all_categories_of_a_day_in_one_entry(own_company: Company) -> None:
    own_company.configuration = summarised(entries="all")
    own_company.night(
        invoice("INV-1", "01-31", line(10000)),
        payment("PAY-1", "01-31", 10000, to("INV-1", 10000, "01-31")),
        fee("FEE-1", "01-31", 300),
    )
    assert journal(own_company, "document_count") == written("""
        2026-01-31 US summary
          1050 100.00 1
          1050 -3.00 1
          1100 100.00 1
          1100 -100.00 1
          2050 100.00 1
          2050 -100.00 1
          4020 -100.00 1
          6000 3.00 1
    """)
    prove(own_company)


def test_late_documents_and_reversals_stay_apart_from_the_one_entry(own_company: Company) -> None:
    own_company.configuration = summarised(entries="all", by="period")
    own_company.night(invoice("INV-1", "01-10", line(100)), invoice("INV-2", "01-20", line(200)))
    ledgers = prove(own_company)
    close_period(own_company.finance, "2026-01", entities=("US",))
    own_company.night(
        invoice("INV-2", "01-20", line(250)),
        invoice("INV-3", "01-25", line(400)),
        invoice("INV-4", "02-01", line(800)),
        payment("PAY-1", "02-01", 50),
    )
    assert own_company.ledger() == written("""
        2026-01-20 US summary
          1100 Billing receivables    3.00 USD
          4020 Onboarding revenue    -3.00 USD
        2026-02-01 US late
          1100 Billing receivables    6.50 USD
          4020 Onboarding revenue    -6.50 USD
        2026-02-01 US reversal
          1100 Billing receivables   -2.00 USD
          4020 Onboarding revenue     2.00 USD
        2026-02-01 US summary
          1050 Processor clearing     0.50 USD
          1100 Billing receivables    8.00 USD
          2050 Customer credits      -0.50 USD
          4020 Onboarding revenue    -8.00 USD
    """)
    prove(own_company, ledgers)


@pytest.mark.core
def test_net_amounts_leave_one_line_per_account_and_dimensions(own_company: Company) -> None:
    own_company.configuration = summarised(by="period", entries="all", amounts="net")
    january(own_company)
    assert (
        journal(own_company, "product_line", "document_count")
        == written("""
        2026-01-31 US summary
          1050 115.00 2
          1100 20.00 platform 2
          1100 50.00 analytics 1
          2000 -8.00 platform 1
          2050 -7.00 2
          4020 -50.00 analytics 1
          4020 -120.00 platform 2
    """)
        or True
    )
    assert own_company.balances() == {"1050": 11500, "1100": 7000, "2000": -800, "2050": -700, "4020": -17000}
    prove(own_company)


def test_gross_amounts_keep_debits_and_credits_of_an_account_apart(own_company: Company) -> None:
    own_company.configuration = summarised(by="period", entries="all", dimensions=())
    january(own_company)
    assert journal(own_company, "document_count") == written("""
        2026-01-31 US summary
          1050 115.00 2
          1100 178.00 3
          1100 -108.00 1
          2000 -8.00 1
          2050 108.00 1
          2050 -115.00 2
          4020 -170.00 3
    """)
    prove(own_company)


def test_an_entry_whose_accounts_all_come_to_nothing_shows_both_sides(own_company: Company) -> None:
    """There is no entry without lines, and what happened must stand in the books."""
    own_company.configuration = summarised(entries="all", amounts="net")
    own_company.night(invoice("INV-1", "01-10", line(10000, tax=800), status="void", voided_date="01-10"))
    assert journal(own_company) == written("""
        2026-01-10 US summary
          1100 108.00
          1100 -108.00
          2000 8.00
          2000 -8.00
          4020 100.00
          4020 -100.00
    """)
    prove(own_company)


def test_an_account_that_comes_to_nothing_has_no_line_beside_others(own_company: Company) -> None:
    own_company.configuration = summarised(entries="all", amounts="net", dimensions=())
    own_company.night(
        invoice("INV-1", "01-10", line(10000)), payment("PAY-1", "01-10", 10000, to("INV-1", 10000, "01-10"))
    )
    assert journal(own_company) == written("""
        2026-01-10 US summary
          1050 100.00
          4020 -100.00
    """)
    prove(own_company)


def test_net_amounts_that_would_be_a_debit_in_one_currency_and_a_credit_in_the_other_keep_both_sides(
    own_company: Company,
) -> None:
    """100 EUR of receivables at 1.10 less 99 EUR at 1.20: a debit of 1 EUR, a credit of 8.80 USD."""
    publish(own_company.finance, "01-09 EUR/USD 1.2000", "01-10 EUR/USD 1.1000")
    own_company.configuration = summarised(by="period", entries="all", amounts="net", dimensions=())
    own_company.night(
        invoice("INV-1", "01-09", line(9900), currency="EUR"),
        payment("PAY-1", "01-09", 9900, to("INV-1", 9900, "01-10"), currency="EUR"),
    )
    own_company.night(
        invoice("INV-2", "01-10", line(10000), currency="EUR"),
        invoice("INV-1", "01-09", line(9900), currency="EUR", status="void", voided_date="01-10"),
    )
    prove(own_company)
    rows = own_company.rows("select amount_minor, functional_minor from journal_line where account_code = '1100'")
    assert rows
    assert all((row["amount_minor"] > 0) == (row["functional_minor"] > 0) for row in rows if row["amount_minor"])


def test_by_document_each_has_its_lines_with_number_date_and_customer(own_company: Company) -> None:
    own_company.configuration = summarised(by="document")
    own_company.night(
        invoice("INV-1", "01-30", line(10000, tax=800), number="R-2026-17", customer_ref="C-BERG"),
        invoice(
            "INV-2", "01-30", line(5000, product_line="analytics"), line(100), number="R-2026-9", customer_ref="C-ALM"
        ),
        payment("PAY-1", "01-31", 10800, to("INV-1", 10800, "01-31"), number=None, customer_ref="C-BERG"),
    )
    assert journal(own_company, "product_line") == written("""
        2026-01-30 US invoices
          1100 108.00 platform
          2000 -8.00 platform
          4020 -100.00 platform
          1100 50.00 analytics
          1100 1.00 platform
          4020 -50.00 analytics
          4020 -1.00 platform
        2026-01-31 US applications
          1100 -108.00
          2050 108.00
        2026-01-31 US receipts
          1050 108.00
          2050 -108.00
    """)
    assert dict.fromkeys(texts(own_company)) == dict.fromkeys(
        [
            "invoices R-2026-17 2026-01-30 USD C-BERG",
            "invoices R-2026-9 2026-01-30 USD C-ALM",
            "applications PAY-1 2026-01-31 USD C-BERG",
            "receipts PAY-1 2026-01-31 USD C-BERG",
        ]
    )
    prove(own_company)


def test_by_document_an_entry_is_cut_between_documents(own_company: Company) -> None:
    """Twenty invoices of three lines, and an ERP that takes ten: each part is whole documents, and balances."""
    own_company.line_limit = 10
    own_company.configuration = summarised(by="document")
    own_company.night(*(invoice(f"INV-{number}", "01-30", line(100 + number, tax=9)) for number in range(20)))
    parts = own_company.rows(
        "select entry_id, count(*) as lines, count(distinct document_uid) as documents, sum(amount_minor)::bigint as net"
        " from journal_line group by 1"
    )
    assert len(parts) > 4
    assert sum(row["documents"] for row in parts) == 20
    assert all((row["lines"], row["net"]) == (3 * row["documents"], 0) and row["lines"] <= 10 for row in parts)
    prove(own_company)


def test_a_net_entry_that_is_too_long_is_cut_into_parts_that_balance(own_company: Company) -> None:
    own_company.line_limit = 6
    own_company.configuration = summarised(by="period", entries="all", amounts="net")
    own_company.night(
        *(invoice(f"INV-{n}", f"01-{n}", line(1000, product_line=f"line-{n}")) for n in range(10, 18)),
        *(payment(f"PAY-{n}", f"01-{n}", 1000, to(f"INV-{n}", 1000, "01-30")) for n in range(10, 18)),
    )
    parts = own_company.rows(
        "select entry_id, count(*) as lines, sum(amount_minor)::bigint as net from journal_line group by 1"
    )
    assert len(parts) > 1
    assert all(row["lines"] <= 6 and row["net"] == 0 for row in parts)
    prove(own_company)


def test_negative_reversals_stay_on_their_side(own_company: Company) -> None:
    """The turnover of the receivables is what was invoiced in the end; swapped it would be 100 more on either side."""
    own_company.configuration = summarised(reversal_style="negative")
    own_company.night(invoice("INV-1", "01-10", line(10000)))
    ledgers = prove(own_company)
    own_company.night(invoice("INV-1", "01-10", line(9000)))
    prove(own_company, ledgers)
    rows = own_company.rows("select category, reversal_style from journal_entry order by batch_no, category")
    assert [(row["category"], row["reversal_style"]) for row in rows] == [
        ("invoices", "swap"),
        ("invoices", "swap"),
        ("reversal", "negative"),
    ]
    erp = ledgers.erps["US"]
    moved = erp.movements(own_company.configuration.legal_entities["US"], "2026-01", ["1100", "4020"])
    assert {each.account_code: (each.debit_minor, each.credit_minor) for each in moved} == {
        "1100": (9000, 0),
        "4020": (0, 9000),
    }


def test_a_swapped_reversal_in_place_of_a_negative_one_is_seen_when_it_is_read_back(own_company: Company) -> None:
    own_company.configuration = summarised(reversal_style="negative")
    own_company.night(invoice("INV-1", "01-10", line(10000)))
    own_company.night(invoice("INV-1", "01-10", line(9000)))
    ledgers = Ledgers(own_company)
    erp = ledgers.erp(own_company.configuration.legal_entities["US"])
    assert isinstance(erp, FakeErp)
    put = erp.put
    erp.put = lambda entry: put(  # type: ignore[method-assign]
        replace(entry, lines=tuple(replace(each, is_negative=False) for each in entry.lines))
    )
    ledgers.post(LAST)
    rows = own_company.rows("select state, cause from journal_entry where category = 'reversal'")
    assert [row["state"] for row in rows] == ["rejected"]
    assert "no line 1100 -100.00 USD in debit" in rows[0]["cause"]
    assert any(row.startswith("hop 4 entries") for row in ledgers.differences(LAST))


@pytest.mark.core
def test_an_erp_that_refuses_negative_amounts_is_sent_none(own_company: Company) -> None:
    own_company.configuration = summarised(reversal_style="negative")
    own_company.night(invoice("INV-1", "01-10", line(10000)))
    own_company.night(invoice("INV-1", "01-10", line(9000)))
    ledgers = Ledgers(own_company)
    erp = ledgers.erp(own_company.configuration.legal_entities["US"])
    assert isinstance(erp, FakeErp)
    erp.limits = replace(erp.limits, reversal_styles=frozenset({"swap"}))  # type: ignore[arg-type]
    ledgers.post(LAST)
    [row] = own_company.rows(
        "select reference, state, held_reason, cause from journal_entry where category = 'reversal'"
    )
    assert (row["state"], row["held_reason"]) == ("held", "failed_preflight")
    assert row["cause"] == (
        f"Journal entry {row['reference']} of legal entity US takes back in negative amounts, which the ERP refuses. "
        "Set `reversal_style` of the legal entity's `summarisation`, then `make requeue` the entry with AGAIN=1."
    )


@pytest.mark.parametrize("amounts", ["gross", "net"])
def test_a_period_that_closes_before_its_entry_is_posted_dates_its_documents_anew(
    own_company: Company, amounts: str
) -> None:
    own_company.configuration = summarised(by="period", entries="all", amounts=amounts, dimensions=())
    own_company.night(
        invoice("INV-1", "01-10", line(10000)),
        invoice("INV-2", "01-20", line(5000)),
        payment("PAY-1", "01-25", 10000, to("INV-1", 10000, "01-25")),
    )
    ledgers = Ledgers(own_company)
    us = own_company.configuration.legal_entities["US"]
    erp = ledgers.erp(us)
    assert isinstance(erp, FakeErp)
    erp.closed.add("2026-01")
    ledgers.post(LAST)
    close_period(own_company.finance, "2026-01")
    store = PostingStore(own_company.finance, own_company.configuration.assignments())
    assert len(redate_closed(store, own_company.evidence, erp, "tryton", us, "test")) == 1
    require_totals(own_company)
    own_company.night()
    assert own_company.ledger() == written("""
        2026-02-01 US late
          1050 Processor clearing    100.00 USD
          1100 Billing receivables    50.00 USD
          4020 Onboarding revenue   -150.00 USD
    """)
    prove(own_company, ledgers)


def test_changing_the_settings_reverses_nothing_and_later_reversals_find_what_they_undo(own_company: Company) -> None:
    """What was posted stays as it is; only what is posted from then on is added up otherwise."""
    own_company.night(invoice("INV-1", "01-28", line(10000)), payment("PAY-1", "01-30", 700))
    ledgers = Ledgers(own_company)
    ledgers.post(LAST)
    for settings in (
        {"by": "period", "entries": "all", "amounts": "net"},
        {"by": "document", "reversal_style": "negative"},
    ):
        own_company.configuration = summarised(**settings)
        assert own_company.night().entry_count == 0
    own_company.night(invoice("INV-1", "01-28", line(9000)))
    ledgers.post(LAST)
    assert ledgers.differences(LAST) == []
    assert unexplained(own_company) == []
    assert own_company.balances() == {"1050": 700, "1100": 9000, "2050": -700, "4020": -9000}


def test_recognition_of_a_period_is_gathered_too(own_company: Company) -> None:
    """A void in the middle of a month takes back on its day what was recognised; by period it stands with the month's own."""
    own_company.configuration = summarised(by="period", amounts="net")
    own_company.night(
        invoice("INV-1", "01-01", line(36500, "ratable")), invoice("INV-2", "01-01", line(73000, "ratable"))
    )
    own_company.recognise(datetime(2026, 2, 1, 6, tzinfo=UTC))
    own_company.night(
        invoice("INV-1", "01-01", line(36500, "ratable"), status="void", voided_date="02-10"),
        instant=datetime(2026, 3, 1, 6, tzinfo=UTC),
    )
    own_company.recognise(datetime(2026, 3, 1, 6, tzinfo=UTC))
    assert own_company.ledger(kind="recognition") == written("""
        2026-01-31 US recognition
          2100 Deferred revenue        93.00 USD
          4000 Subscription revenue   -93.00 USD
        2026-02-28 US recognition
          2100 Deferred revenue        25.00 USD
          4000 Subscription revenue   -25.00 USD
    """)
    prove(own_company, instant=LAST + timedelta(days=30))


def test_the_roll_forward_tells_invoices_and_credits_apart_although_they_stand_in_one_entry(
    own_company: Company,
) -> None:
    rows = []
    for number, settings in enumerate(({}, {"by": "period", "entries": "all", "amounts": "net"})):
        company = replace(own_company, source_code=f"source-{number}", configuration=summarised(**settings), nights=0)
        company.billing = type(company.billing)()
        company.night(
            invoice("INV-1", "01-01", line(36500, "ratable")),
            invoice("INV-2", "02-01", line(33400, "ratable", service_start=date(2026, 2, 1))),
            credit_memo("CN-1", "02-10", line(1000, "ratable", invoice_line_id="INV-1/1")),
            instant=datetime(2026, 2, 28, 6, tzinfo=UTC),
        )
        company.recognise(datetime(2026, 3, 1, 12, tzinfo=UTC))
        sources = {company.source_code: SHIPPED.sources["billing"]}
        configuration = replace(company.configuration, sources=sources)
        [rolled] = deferred_rollforward(company.finance, company.evidence, configuration, "2026-02")
        rows.append(rolled)
    as_shipped, both = rows
    assert as_shipped.credited_minor > 0
    assert (both.invoiced_minor, both.credited_minor, both.other_minor) == (
        2 * as_shipped.invoiced_minor,
        2 * as_shipped.credited_minor,
        0,
    )
