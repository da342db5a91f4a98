"""What one legal entity collects for another, in books of different currencies: each entity balances alone, in both currencies, and what
the two owe each other is the same on both sides in the currency of the document.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from include.finance.fx import RatePurpose
from include.finance.revaluation import Revaluer
from include.store.database import FinanceDatabase
from tests.accounting.billing import behind, credit_memo, dispute, invoice, line, moved, payment, refund, to
from tests.accounting.company import Company, written
from tests.accounting.rates import publish

pytestmark = pytest.mark.long  # `make test` runs those marked core

RATES = (
    "01-10 GBP/USD 1.2",
    "01-10 EUR/GBP 0.8",
    "01-10 EUR/USD 1.1",
    "01-15 GBP/USD 1.25",
    "01-20 GBP/USD 1.27",
    "01-20 EUR/GBP 0.85",
    "01-20 EUR/USD 1.08",
    "01-25 GBP/USD 1.3",
    "01-25 EUR/GBP 0.9",
    "01-25 EUR/USD 1.2",
)


@pytest.fixture
def company(module_books: FinanceDatabase, tmp_path: Path, one_bucket: None) -> Company:
    """A company with exchange rates on file. The US keeps dollars, the UK pounds, Germany euros."""
    publish(module_books, *RATES)
    return Company(module_books, tmp_path, f"billing-{uuid4().hex[:8]}")


def stands(company: Company, entity: str) -> dict[str, tuple[int, int]]:
    """What stands on each account of a legal entity: in the currency of documents, and in the books' own."""
    sums: dict[str, list[int]] = {}
    for row in company.rows(
        "select l.account_code, l.amount_minor, l.functional_minor from journal_line as l"
        " join journal_entry as e on e.id = l.entry_id join batch as b on b.batch_no = e.batch_no"
        " where b.source_code = %s and e.legal_entity_code = %s and e.state <> 'superseded'",
        company.source_code,
        entity,
    ):
        found = sums.setdefault(row["account_code"], [0, 0])
        found[0] += row["amount_minor"]
        found[1] += row["functional_minor"]
    return {code: (minor, worth) for code, (minor, worth) in sorted(sums.items()) if minor or worth}


def out_of_balance(company: Company) -> Counter[str]:
    """Entries whose lines do not come to nothing, in either currency."""
    lost: Counter[str] = Counter()
    for row in company.lines():
        lost[f"{row['entry_id']}"] += row["amount_minor"]
        lost[f"{row['entry_id']} in the books' own"] += row["functional_minor"]
    return Counter({name: minor for name, minor in lost.items() if minor})


@pytest.mark.core
def test_s11_pounds_collected_by_a_company_that_keeps_dollars(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-10", line(100000), entity="UK"),
        payment("PAY-1", "01-20", 100000, to("INV-1", 100000, "01-20"), currency="GBP"),
    )
    assert company.ledger() == written("""
        2026-01-10 UK invoices
          1100 Billing receivables  1000.00 GBP
          4020 Onboarding revenue  -1000.00 GBP
        2026-01-20 UK intercompany
          1100 Billing receivables -1000.00 GBP
          1500 Due from affiliates  1000.00 GBP
        2026-01-20 US applications
          2050 Customer credits     1000.00 GBP  1270.00 USD
          2500 Due to affiliates   -1000.00 GBP -1270.00 USD
        2026-01-20 US receipts
          1050 Processor clearing   1000.00 GBP  1270.00 USD
          2050 Customer credits    -1000.00 GBP -1270.00 USD
    """)


def test_what_sisters_owe_arises_on_the_day_of_the_application_and_the_rest_is_realised(company: Company) -> None:
    """Received at 1.20, applied at 1.27: owed 1270.00 USD for a credit of 1200.00 USD. Billed and settled in pounds."""
    company.night(
        invoice("INV-1", "01-10", line(100000), entity="UK"),
        payment("PAY-1", "01-10", 100000, to("INV-1", 100000, "01-20"), currency="GBP"),
    )
    assert stands(company, "US") == {"1050": (100000, 120000), "2500": (-100000, -127000), "7000": (0, 7000)}
    assert stands(company, "UK") == {"1500": (100000, 100000), "4020": (-100000, -100000)}
    assert not out_of_balance(company)


def test_an_invoice_foreign_to_the_books_of_both_is_relieved_at_its_own_worth(company: Company) -> None:
    """EUR 1,000.00 billed in the UK at 0.80, collected in the US at 1.08; the last part takes the rest of the worth."""
    company.night(
        invoice("INV-1", "01-10", line(100001), entity="UK", currency="EUR"),
        payment("PAY-1", "01-20", 33333, to("INV-1", 33333, "01-20"), currency="EUR"),
    )
    assert stands(company, "US") == {"1050": (33333, 36000), "2500": (-33333, -36000)}
    # 333.33 x 0.85 = 283.33 owed for 333.33 / 1000.01 of 800.01 = 266.66
    assert stands(company, "UK") == {
        "1100": (66668, 53335),
        "1500": (33333, 28333),
        "4020": (-100001, -80001),
        "7000": (0, -1667),
    }
    company.night(payment("PAY-2", "01-25", 66668, to("INV-1", 66668, "01-25"), currency="EUR"))
    assert "1100" not in stands(company, "UK")
    assert stands(company, "UK")["1500"] == (100001, 28333 + 60001)
    assert not out_of_balance(company)


def test_a_part_without_cash_is_owed_with_the_rest_at_one_rate(company: Company) -> None:
    """Received on 01-10 at 1.20; applied at 1.27: 100.00 GBP owed as a whole, the bank's charge as of the payment."""
    company.night(
        invoice("INV-1", "01-10", line(10000), entity="UK"),
        payment(
            "PAY-1",
            "01-10",
            9950,
            to("INV-1", 9950, "01-20", adjustment_minor=50, adjustment_kind="bank_charge"),
            currency="GBP",
        ),
    )
    assert stands(company, "US") == {
        "1050": (9950, 11940),
        "2500": (-10000, -12700),
        "6010": (50, 60),
        "7000": (0, 700),
    }
    assert stands(company, "UK") == {"1500": (10000, 10000), "4020": (-10000, -10000)}


@pytest.mark.parametrize("ends", ["undone", "void", "reversed"])
def test_what_is_taken_back_takes_both_legs_back_at_what_they_were_worth(company: Company, ends: str) -> None:
    sold = invoice("INV-1", "01-10", line(100000), entity="UK", currency="EUR")
    paid = payment("PAY-1", "01-10", 100000, to("INV-1", 70000, "01-20"), currency="EUR")
    company.night(sold, paid)
    owed = [stands(company, entity)[account][0] for entity, account in (("US", "2500"), ("UK", "1500"))]
    assert owed == [-70000, 70000]
    if ends == "undone":
        company.night(payment("PAY-1", "01-10", 100000, to("INV-1", 70000, "01-20", undone="01-25"), currency="EUR"))
        assert stands(company, "US") == {"1050": (100000, 110000), "2050": (-100000, -110000)}
    elif ends == "void":
        company.billing.change("INV-1", status="void", voided_date="01-25")
        company.night()
        assert stands(company, "US") == {"1050": (100000, 110000), "2050": (-100000, -110000)}
    else:
        company.billing.change("PAY-1", status="reversed", reversed_date="01-25")
        company.night()
        assert stands(company, "US") == {}
    assert stands(company, "UK") == ({} if ends == "void" else {"1100": (100000, 80000), "4020": (-100000, -80000)})
    assert company.night(is_full=True).entry_count == 0


def test_without_a_rate_of_the_application_both_legs_wait_and_the_cash_does_not(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-10", line(100000), entity="UK"),
        payment("PAY-1", "01-20", 100000, to("INV-1", 100000, "2025-12-01"), currency="GBP"),
    )
    assert stands(company, "US") == {"1050": (100000, 127000), "2050": (-100000, -127000)}
    assert company.retries() == {"PAY-1": "no_fx_rate"}
    assert company.exceptions() == {"PAY-1": ["no_fx_rate"]}
    publish(company.finance, "2025-12-01 GBP/USD 1.1")
    company.night()
    assert stands(company, "US") == {"1050": (100000, 127000), "2500": (-100000, -110000), "7000": (0, -17000)}
    assert (company.retries(), company.exceptions()) == ({}, {})


@pytest.mark.core
def test_an_application_across_currencies_waits_for_a_person(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-10", line(100000), entity="UK"),
        payment(
            "PAY-1",
            "01-20",
            127000,
            to("INV-1", 100000, "01-20", currency="GBP", payment_amount_minor=127000, payment_currency="USD"),
        ),
    )
    assert stands(company, "US") == {"1050": (127000, 127000), "2050": (-127000, -127000)}
    assert company.exceptions() == {"PAY-1": ["intercompany_not_bookable"]}
    assert company.retries() == {"PAY-1": "not_yet_supported_foreign_currency"}


def test_what_is_owed_in_a_foreign_currency_is_revalued_on_both_sides(company: Company) -> None:
    settings = {
        code: replace(each, revaluation=dict.fromkeys(("due_to_affiliates", "due_from_affiliates"), Revaluer.TIEOUT))
        for code, each in company.configuration.entity_settings.items()
    }
    company.configuration = replace(company.configuration, entity_settings=settings)
    publish(company.finance, "01-30 EUR/USD 1.3", "01-30 EUR/GBP 0.95", purpose=RatePurpose.CLOSING)
    company.night(
        invoice("INV-1", "01-10", line(100000), entity="UK", currency="EUR"),
        payment("PAY-1", "01-20", 100000, to("INV-1", 100000, "01-20"), currency="EUR"),
    )
    company.revalue(datetime(2026, 2, 2, 6, tzinfo=UTC))
    assert company.ledger(kind="revaluation") == written("""
        2026-01-31 UK revaluation
          1500 Due from affiliates              0.00 EUR  100.00 GBP
          7010 Unrealised exchange differences  0.00 EUR -100.00 GBP
        2026-01-31 US revaluation
          2500 Due to affiliates                0.00 EUR -220.00 USD
          7010 Unrealised exchange differences  0.00 EUR  220.00 USD
        2026-02-01 UK revaluation (held: awaits_entry)
          1500 Due from affiliates              0.00 EUR -100.00 GBP
          7010 Unrealised exchange differences  0.00 EUR  100.00 GBP
        2026-02-01 US revaluation (held: awaits_entry)
          2500 Due to affiliates                0.00 EUR  220.00 USD
          7010 Unrealised exchange differences  0.00 EUR -220.00 USD
    """)


# Credits, refunds and lost disputes


def test_a_credit_of_one_entity_settles_the_invoice_of_another(company: Company) -> None:
    """A credit in pounds of the US (1.20 on its day) settles an invoice of the UK at 1.27, and is taken back."""
    credit = {"kind": "on_account", "currency": "GBP"}
    bought = invoice("INV-1", "01-10", line(100000), entity="UK")
    given = credit_memo("CN-1", "01-10", line(40000), applied=[to("INV-1", 30000, "01-20")], **credit)
    night = company.night(bought, given)
    assert company.ledger(night.batch_id) == written("""
        2026-01-10 UK invoices
          1100 Billing receivables             1000.00 GBP
          4020 Onboarding revenue             -1000.00 GBP
        2026-01-10 US credits
          2050 Customer credits                -400.00 GBP -480.00 USD
          4900 Refunds and credits              400.00 GBP  480.00 USD
        2026-01-20 UK intercompany
          1100 Billing receivables             -300.00 GBP
          1500 Due from affiliates              300.00 GBP
        2026-01-20 US applications
          2050 Customer credits                 300.00 GBP  360.00 USD
          2500 Due to affiliates               -300.00 GBP -381.00 USD
          7000 Realised exchange differences      0.00 GBP   21.00 USD
    """)
    company.billing.change("CN-1", status="void", voided_date="01-25")
    company.night()
    assert stands(company, "US") == {}
    assert stands(company, "UK") == {"1100": (100000, 100000), "4020": (-100000, -100000)}
    assert not out_of_balance(company)


def test_a_credit_in_the_books_currency_of_both_needs_no_rate(company: Company) -> None:
    sold = invoice("INV-1", "01-12", line(5000), entity="UK", currency="USD")
    publish(company.finance, "01-12 USD/GBP 0.8", "01-13 USD/GBP 0.75")
    company.night(
        sold, credit_memo("CN-1", "01-12", line(2000), kind="on_account", applied=[to("INV-1", 2000, "01-13")])
    )
    assert stands(company, "US") == {"2500": (-2000, -2000), "4900": (2000, 2000)}
    # 20.00 of 50.00 USD at 0.80, for a claim at 0.75
    assert stands(company, "UK") == {
        "1100": (3000, 2400),
        "1500": (2000, 1500),
        "4020": (-5000, -4000),
        "7000": (0, 100),
    }


def test_a_refund_paid_by_another_entity_than_collected_is_owed_between_them_and_mirrored_when_it_fails(
    company: Company,
) -> None:
    company.night(payment("PAY-1", "01-10", 100000, entity="UK"))
    paid = company.night(
        refund("REF-1", "01-20", 40000, currency="GBP", payment_id="PAY-1", parent_entity_code="UK", unapplied=100000)
    )
    assert company.ledger(paid.batch_id) == written("""
        2026-01-20 UK intercompany
          2050 Customer credits    400.00 GBP
          2500 Due to affiliates  -400.00 GBP
        2026-01-20 US refunds
          1050 Processor clearing -400.00 GBP -508.00 USD
          1500 Due from affiliates 400.00 GBP  508.00 USD
    """)
    company.billing.change("REF-1", status="failed", failed_date="01-25")
    company.night()
    assert stands(company, "US") == {}
    assert stands(company, "UK") == {"1050": (100000, 100000), "2050": (-100000, -100000)}


def test_a_refund_of_a_payment_of_nobody_that_we_know_waits_for_a_person(company: Company) -> None:
    company.night(refund("REF-1", "01-20", 40000, payment_id="PAY-1", parent_entity_code="FR", unapplied=40000))
    assert company.exceptions() == {"REF-1": ["intercompany_not_bookable"]}
    assert company.ledger() == ""


LOST = {"status": "lost", "closed_date": "01-25", "currency": "GBP", "parent_date": "01-10"}


def test_the_entity_that_billed_bears_the_loss_of_a_dispute(company: Company) -> None:
    """1,000.00 GBP withdrawn at 1.27; 200.00 were never applied, 300.00 are of the US, 500.00 of the UK, at 1.30."""
    own = behind(30000, effective_date=date(2026, 1, 10))
    sisters = behind(40000, tax=10000, invoice_entity_code="UK")
    withdrawn = dispute("DIS-1", "01-20", 100000, moved("withdrawn", 100000, "01-20"), currency="GBP")
    company.night(withdrawn)
    lost = dispute(
        "DIS-1",
        "01-20",
        100000,
        moved("withdrawn", 100000, "01-20"),
        own,
        sisters,
        payment_unapplied_minor=20000,
        **LOST,
    )
    night = company.night(lost)
    assert company.ledger(night.batch_id) == written("""
        2026-01-25 UK intercompany
          1500 Due from affiliates             -500.00 GBP
          2000 Tax payable                      100.00 GBP
          6200 Chargeback losses                400.00 GBP
        2026-01-25 US disputes
          1300 Disputes receivable            -1000.00 GBP -1270.00 USD
          2050 Customer credits                 200.00 GBP   240.00 USD
          2500 Due to affiliates                500.00 GBP   650.00 USD
          6200 Chargeback losses                300.00 GBP   360.00 USD
          7000 Realised exchange differences      0.00 GBP    20.00 USD
    """)
    company.billing.change("DIS-1", status="won")
    company.night()
    assert stands(company, "UK") == {}
    assert stands(company, "US") == {"1050": (-100000, -127000), "1300": (100000, 127000)}
    assert not out_of_balance(company)


def test_a_loss_passed_on_takes_what_is_not_earned_out_of_the_sister_s_deferred_revenue(company: Company) -> None:
    """EUR 365.00 a year, lost after 25 days: 340.00 unearned. Foreign to both: billed in the UK at 0.80, passed on at 0.90."""
    year = {"service_start": date(2026, 1, 1), "service_end": date(2026, 12, 31)}
    sisters = behind(36500, "ratable", invoice_entity_code="UK", effective_date=date(2026, 1, 10), **year)
    company.night(
        dispute(
            "DIS-1",
            "01-20",
            36500,
            moved("withdrawn", 36500, "01-20"),
            sisters,
            **(LOST | {"currency": "EUR"}),
        )
    )
    assert stands(company, "US") == {"1050": (-36500, -39420), "2500": (36500, 43800), "7000": (0, -4380)}
    assert stands(company, "UK") == {
        "1500": (-36500, -32850),
        "2100": (34000, 27200),
        "6200": (2500, 2000),
        "7000": (0, 3650),
    }
    company.recognise(datetime(2026, 2, 2, 6, tzinfo=UTC))
    assert stands(company, "UK")["2100"][0] < 34000  # it takes back what the line would have earned from then on
    assert company.night(is_full=True).entry_count == 0


def test_what_takes_a_sister_s_receivable_for_its_own_waits_for_a_person(company: Company) -> None:
    """A write-off of the US for an invoice of the UK, a chargeback of the UK for a dispute of the US, a loss of nobody."""
    company.night(
        credit_memo("CN-1", "01-20", line(1000), kind="write_off", invoice_id="INV-1", parent_entity_code="UK"),
        credit_memo("CN-2", "01-20", line(1000), kind="chargeback", dispute_id="DIS-1", dispute_entity_code="US",
                    entity="UK", invoice_id="INV-1", parent_entity_code="UK"),
        dispute("DIS-1", "01-20", 1000, moved("withdrawn", 1000, "01-20"), behind(1000, invoice_entity_code="FR"),
                status="lost", closed_date="01-25"),
    )  # fmt: skip
    assert company.exceptions() == {name: ["intercompany_not_bookable"] for name in ("CN-1", "CN-2", "DIS-1")}
    assert stands(company, "UK") == {}
    assert stands(company, "US") == {"1050": (-1000, -1000), "1300": (1000, 1000)}
