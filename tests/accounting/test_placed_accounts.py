"""Several bank accounts and several accounts at a processor: each has its own account in the ledger, and none is guessed."""

from __future__ import annotations

import itertools
from pathlib import Path
from uuid import uuid4

import pytest

from include.config.configuration import Configuration
from include.pipelines import explain_evidence, reclassify_reckoning
from include.store.database import FinanceDatabase
from tests.accounting.billing import Document, dispute, fee, moved, payment, payout, refund
from tests.accounting.company import Company, close_period, written
from tests.accounting.corrected import CHART, corrected
from tests.accounting.evidence import entries
from tests.accounting.rates import publish
from tests.accounting.test_reclassify import reclassify, under
from tests.specification.posting_rules import EventLine, UnmappedAccountError, book

pytestmark = pytest.mark.long  # `make test` runs those marked core

NEW_ACCOUNTS = "accounts:\n" + "".join(
    f'  "{code}": {{name: {name}, type: asset, posted_by: exclusive}}\n'
    for code, name in (
        ("1011", "Receipts Chase"),
        ("1012", "Receipts Citi"),
        ("1051", "Stripe shop EUR"),
        ("1052", "Stripe school"),
        ("1061", "Payouts to Chase"),
    )
)
AT_PROCESSOR = """
    - {processor_account: shop, currency: USD, account: "1050"}
    - {processor_account: shop, currency: EUR, account: "1051"}
    - {processor_account: school, account: "1052"}
"""
AT_BANK = """
    - {bank_account_ref: CHASE, account: "1011"}
    - {bank_account_ref: CITI, account: "1012"}
"""
ON_THE_WAY = """
    - {bank_account_ref: CHASE, account: "1061"}
    - {bank_account_ref: CITI, account: "1060"}
"""


def placed(at_processor: str = AT_PROCESSOR) -> Configuration:
    """The shipped configuration with several accounts for three roles."""
    return corrected(
        CHART,
        ("accounts:\n", NEW_ACCOUNTS),
        ('  processor_clearing: "1050"\n', f"  processor_clearing:{at_processor}"),
        ('  cash_receipts_clearing: "1010"\n', f"  cash_receipts_clearing:{AT_BANK}"),
        ('  payouts_in_transit: "1060"\n', f"  payouts_in_transit:{ON_THE_WAY}"),
    )


PLACED = placed()


@pytest.fixture
def company(module_books: FinanceDatabase, tmp_path: Path, one_bucket: None) -> Company:
    publish(module_books, "01-10 EUR/USD 1.1", "01-20 EUR/USD 1.2")
    return Company(module_books, tmp_path, f"billing-{uuid4().hex[:8]}", configuration=PLACED)


@pytest.mark.core
def test_each_document_is_on_the_accounts_that_the_specification_gives_or_waits(company: Company) -> None:
    """All that touches a processor or a bank, for every account there, known, unknown or absent."""
    wanted: dict[str, EventLine] = {}
    documents: list[Document] = []
    places = itertools.product(("shop", "school", "museum", None), ("CHASE", "CITI", None), ("stripe", None))
    for number, (account, bank, processor) in enumerate(places):
        where = {"processor_account": account, "bank_account_ref": bank, "processor": processor}
        channel = "processor" if processor else "direct"
        facts = {"channel": channel, "method": "card", **where}
        made: dict[str, tuple[Document, str, dict[str, str | None]]] = {
            f"PAY-{number}": (payment(f"PAY-{number}", "01-10", 900, **where), "payment.received", facts),
            f"REF-{number}": (
                refund(f"REF-{number}", "01-12", 900, unapplied=900, **where),
                "refund.paid",
                {"channel": channel, "refund_against": "credit"},
            ),
            f"DIS-{number}": (
                dispute(f"DIS-{number}", "01-13", 900, moved("withdrawn", 900, "01-13"), **where),
                "dispute.opened",
                {"channel": channel},
            ),
        }
        if processor:
            made[f"FEE-{number}"] = (
                fee(f"FEE-{number}", "01-14", 900, **where),
                "fee.charged",
                {"fee_kind": "processing", "settled": "deducted", "reverse_charge": "no"},
            )
            made[f"OUT-{number}"] = (
                payout(f"OUT-{number}", "01-15", 900, ("payment", 900), **where),
                "payout.created",
                {},
            )
        for name, (document, event, attributes) in made.items():
            documents.append(document)
            amounts = {"amount": 900, "net": 900, "tax": 0, "gross": 900}
            on = document.row["document_date"]
            wanted[name] = EventLine(event, "US", on, attributes, amounts, money={"currency": "USD", **where})
    booked: dict[str, set[tuple[str, int]]] = {}
    for row in entries(company, company.night(*documents)):
        booked.setdefault(row["native_id"], set()).add((row["account_code"], row["amount_minor"]))
    chart, waiting = PLACED.chart_of("US"), set()
    for name, event_line in wanted.items():
        try:
            legs = book(PLACED.rules, chart, event_line)
        except UnmappedAccountError:
            waiting.add(name)
        else:
            assert booked[name] == {(leg.account_code, leg.amount_minor) for leg in legs}, name
    assert booked.keys() == wanted.keys() - waiting
    assert company.exceptions() == {name: ["unmapped_account"] for name in waiting}
    assert len(waiting) > 20 < len(booked)
    told = {
        row["message"] for row in company.rows("select message from exception where cause like '%unmapped_account'")
    }
    assert any(
        "role processor_clearing has no account in the chart for currency USD, processor account museum" in one
        for one in told
    ), told


def test_each_currency_at_a_processor_has_its_own_account_until_it_is_paid_out(company: Company) -> None:
    company.night(
        payment("PAY-1", "01-10", 10000, currency="EUR", processor_account="shop"),
        payment("PAY-2", "01-10", 5000, processor_account="shop"),
        payout("OUT-1", "01-20", 10000, ("payment", 10000, "PAY-1"), currency="EUR", processor_account="shop",
               bank_account_ref="CHASE"),
    )  # fmt: skip
    assert company.ledger() == written("""
        2026-01-10 US receipts
          1051 Stripe shop EUR               100.00 EUR    110.00 USD
          2050 Customer credits             -100.00 EUR   -110.00 USD
        2026-01-10 US receipts
          1050 Processor clearing             50.00 USD
          2050 Customer credits              -50.00 USD
        2026-01-20 US payouts
          1051 Stripe shop EUR              -100.00 EUR   -110.00 USD
          1061 Payouts to Chase              100.00 EUR    120.00 USD
          7000 Realised exchange differences   0.00 EUR    -10.00 USD
    """)


def test_what_waits_for_an_account_is_booked_once_the_chart_has_it(company: Company) -> None:
    first = company.night(payment("PAY-1", "01-10", 900, processor_account="museum"))
    assert company.outcomes(first) == {"PAY-1": "quarantined unmapped_account"}
    more = AT_PROCESSOR + '    - {processor_account: museum, account: "1055"}\n'
    company.configuration = placed(more)
    assert company.outcomes(company.night()) == {"PAY-1": "new"}
    assert (company.exceptions(), company.balances()) == ({}, {"1055": 900, "2050": -900})


def test_money_that_turns_out_to_be_elsewhere_moves_there(company: Company) -> None:
    company.night(fee("FEE-1", "01-10", 900, processor_account="shop"))
    company.billing.change("FEE-1", processor_account="school")
    assert company.outcomes(company.night()) == {"FEE-1": "changed"}
    assert company.balances() == {"1050": 0, "1052": -900, "6000": 900}


def test_a_chart_that_tells_no_accounts_apart_books_nothing_anew_whatever_billing_says_of_them(
    own_company: Company,
) -> None:
    own_company.night(fee("FEE-1", "01-10", 900, processor_account="shop"))
    own_company.billing.change("FEE-1", processor_account="school")
    again = own_company.night()
    assert (own_company.outcomes(again), again.entry_count) == ({"FEE-1": "changed"}, 0)


def test_a_chart_that_begins_to_tell_them_apart_touches_nothing_until_people_reclassify_it(
    own_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reclassify_reckoning, explain_evidence):
        monkeypatch.setattr(module, "buckets_of", lambda _: [0])
    own_company.night(
        payment("PAY-1", "01-10", 900, processor_account="school"),
        payment("PAY-2", "01-10", 500, processor_account="shop"),
    )
    under(own_company, PLACED)
    assert own_company.night().entry_count == 0
    assert reclassify(own_company, "payment:PAY-1 payment:PAY-2") == written("""
        2026-01-10 US receipts
          1052 Stripe school                   9.00 USD
          2050 Customer credits               -9.00 USD
        2026-01-10 US reversal
          1050 Processor clearing             -9.00 USD
          2050 Customer credits                9.00 USD
    """)
    close_period(own_company.finance, "2026-01")
    own_company.billing.change("PAY-1", status="reversed", reversed_date="02-01")
    own_company.night()
    assert own_company.balances() == {"1050": 500, "1052": 0, "2050": -500}
