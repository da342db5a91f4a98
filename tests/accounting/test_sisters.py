"""What one legal entity collects for another, in books of different currencies: each entity balances alone, in both currencies, and what
the two owe each other is the same on both sides in the currency of the document.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from include.finance.fx import RatePurpose
from include.finance.revaluation import Revaluer
from include.store.database import FinanceDatabase
from tests.accounting.billing import invoice, line, payment, to
from tests.accounting.company import Company, written
from tests.accounting.rates import publish

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
    assert stands(company, "UK") == (
        {} if ends == "void" else {"1100": (100000, 80000), "4020": (-100000, -80000)}
    )
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
