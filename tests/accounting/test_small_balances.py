"""What is left of an invoice after full credit is closed, and taken back when it is something else after all. Debit is positive."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from include.pipelines.account import Accounted
from include.store.database import FinanceDatabase
from tests.accounting.billing import Document, Row, credit_memo, invoice, line, payment, refund, to
from tests.accounting.company import Company, close_period, open_periods, written
from tests.accounting.plain_books import PlainBooks
from tests.accounting.rates import publish
from tests.accounting.test_convergence import booked, live_bookings
from tests.examples import examples

pytestmark = pytest.mark.long  # `make test` runs those marked core

# Scenario S14: taxed on the sum; credited in four, each taxed by itself.
BILLED = invoice("INV-1", "01-10", line(27916, tax=5583))


def memo(number: int, *applied: Row, tax: int = 1396, net: int = 6979, **given: Any) -> Document:
    """One of four that take the invoice back, each a day after the one before."""
    return credit_memo(
        f"CN-{number}", f"02-{number + 1:02}", line(net, tax=tax, invoice_line_id="INV-1/1", revenue_effect="goodwill"),
        invoice_id="INV-1", applied=applied, **given,
    )  # fmt: skip


def on_invoice(amount: int, on: str, **given: Any) -> Row:
    return to("INV-1", amount, on, **given)


# What billing says, or what is implied: three take all of theirs, the last finds a cent less.
FIRST = [memo(number, on_invoice(8375, f"02-{number + 1:02}")) for number in (1, 2, 3)]
LAST = memo(4, on_invoice(8374, "02-05"))


def night(company: Company, *documents: Document) -> Accounted:
    """A night in April, when all of this has happened."""
    instant = datetime.fromisoformat("2026-04-01T06:00:00+00:00")
    return company.night(*documents, instant=instant + timedelta(days=company.nights))


def stands(company: Company) -> dict[str, int]:
    return {account: amount for account, amount in company.balances().items() if amount}


@pytest.mark.core
def test_what_the_last_credit_memo_has_left_is_closed_on_its_day(company: Company) -> None:
    night(company, BILLED, *FIRST)
    came = night(company, LAST)
    assert company.ledger(came.batch_id) == written("""
        2026-02-05 US applications
          1100 Billing receivables        -83.74 USD
          2050 Customer credits            83.74 USD
        2026-02-05 US credits
          2000 Tax payable                 13.96 USD
          2050 Customer credits           -83.75 USD
          4900 Refunds and credits         69.79 USD
        2026-02-05 US rounding
          2050 Customer credits             0.01 USD
          7900 Rounding                    -0.01 USD
    """)
    assert stands(company) == {"2000": 1, "4020": -27916, "4900": 27916, "7900": -1}


def test_what_is_left_of_the_receivable_is_closed_as_well(company: Company) -> None:
    night(company, BILLED, *FIRST, memo(4, on_invoice(8373, "02-05"), tax=1394))
    assert stands(company) == {"2000": -1, "4020": -27916, "4900": 27916, "7900": 1}


def test_an_application_above_the_invoice_leaves_nothing_below_zero(company: Company) -> None:
    night(company, BILLED, *FIRST, memo(4, on_invoice(8375, "02-05")))
    assert stands(company) == {"2000": 1, "4020": -27916, "4900": 27916, "7900": -1}


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"status": "void", "voided_date": "02-20"}, {"1100": 8374}),
        ({"is_gone": True}, {"1100": 8374}),
        ({"tax_more": -1}, {}),
        ({"tax_more": 1}, {"7900": -2}),
    ],
    ids=["void", "no more of this invoice", "corrected", "corrected the wrong way"],
)
def test_what_was_closed_is_taken_back_when_its_last_credit_memo_changes(
    company: Company, change: dict[str, Any], left: dict[str, int]
) -> None:
    night(company, BILLED, *FIRST, LAST)
    tax = 1396 + change.pop("tax_more", 0)
    if change.pop("is_gone", False):
        night(company, replace(memo(4), row=memo(4).row | {"invoice_id": None}))
        left = {"1100": 8374, "2050": -8375}
    else:
        night(company, memo(4, on_invoice(8374, "02-05"), tax=tax, **change))
    found = stands(company)
    assert {account: found[account] for account in found if account in ("1100", "2050", "7900")} == left


def test_money_of_the_customer_is_no_small_balance_until_it_is_paid_back(company: Company) -> None:
    paid = payment("PAY-1", "01-12", 33499, on_invoice(33499, "01-12"))
    memos = [memo(number, kind="refund") for number in (1, 2, 3, 4)]
    back = [
        refund(f"REF-{number}", f"03-{number:02}", 8375, credit_memo_id=f"CN-{number}", payment_id="PAY-1")
        for number in (1, 2, 3)
    ]
    night(company, BILLED, paid, *memos, *back)
    assert stands(company)["2050"] == -8375
    assert "7900" not in stands(company)
    came = night(company, refund("REF-4", "03-04", 8374, credit_memo_id="CN-4", payment_id="PAY-1"))
    assert "2026-03-04 US rounding" in company.ledger(came.batch_id)
    assert stands(company) == {"2000": 1, "4020": -27916, "4900": 27916, "7900": -1}
    # Billing pays the cent out after all.
    night(company, refund("REF-4", "03-04", 8375, credit_memo_id="CN-4", payment_id="PAY-1"))
    assert stands(company) == {"1050": -1, "2000": 1, "4020": -27916, "4900": 27916}


def test_a_part_credit_and_a_credit_on_account_leave_everything_open(company: Company) -> None:
    night(company, BILLED, *FIRST, memo(4, kind="on_account"))
    assert "7900" not in stands(company)
    assert (stands(company)["1100"], stands(company)["2050"]) == (8374, -8375)
    night(company, memo(4, on_invoice(8374, "02-05"), net=6978))
    assert "7900" not in stands(company)


def test_thirds_that_miss_a_cent_of_the_net_are_full_credit(company: Company) -> None:
    thirds = [
        credit_memo(
            f"CN-{number}", f"02-{number:02}", line(3333, invoice_line_id="INV-2/1", revenue_effect="goodwill"),
            invoice_id="INV-2", applied=[to("INV-2", 3333, f"02-{number:02}")],
        )
        for number in (1, 2, 3)
    ]  # fmt: skip
    night(company, invoice("INV-2", "01-10", line(10000)), *thirds)
    assert stands(company) == {"4020": -10000, "4900": 9999, "7900": 1}


@pytest.mark.core
def test_more_than_the_tolerance_is_an_exception_and_stays_open(company: Company) -> None:
    # The net was credited, the tax was not.
    told = credit_memo(
        "CN-1", "02-02", line(27916, invoice_line_id="INV-1/1", revenue_effect="goodwill"),
        invoice_id="INV-1", applied=[on_invoice(27916, "02-02")],
    )  # fmt: skip
    night(company, BILLED, told)
    assert stands(company) == {"1100": 5583, "2000": -5583, "4020": -27916, "4900": 27916}
    assert company.exceptions() == {"INV-1": ["residual_above_tolerance"]}
    assert company.retries() == {"INV-1": "residual_above_tolerance"}
    # It stays one without a change in billing, and ends with the credit of the tax.
    night(company)
    assert company.exceptions() == {"INV-1": ["residual_above_tolerance"]}
    rest = credit_memo(
        "CN-2", "02-20", line(0, tax=5583, invoice_line_id="INV-1/1", revenue_effect="goodwill"),
        invoice_id="INV-1", applied=[on_invoice(5583, "02-20")],
    )  # fmt: skip
    night(company, rest)
    assert (company.exceptions(), company.retries()) == ({}, {})
    assert stands(company) == {"4020": -27916, "4900": 27916}


def test_the_tolerance_is_the_legal_entitys_own(company: Company) -> None:
    settings_of = company.configuration.entity_settings
    strict = replace(settings_of["US"], tolerances_minor={**settings_of["US"].tolerances_minor, "small_balance": 0})
    company.configuration = replace(company.configuration, entity_settings=settings_of | {"US": strict})
    night(company, BILLED, *FIRST, LAST)
    assert company.exceptions() == {"INV-1": ["residual_above_tolerance"]}
    assert stands(company)["2050"] == -1


def test_a_void_or_written_off_invoice_has_no_small_balance(company: Company) -> None:
    night(company, BILLED, *FIRST, memo(4, on_invoice(8373, "02-05"), tax=1394))
    night(company, invoice("INV-1", "01-10", line(27916, tax=5583), status="written_off", written_off_date="03-01"))
    # Of the line a cent of tax is left: it is lost, and claimed back.
    assert stands(company) == {"4020": -27916, "4900": 27916}
    night(company, invoice("INV-1", "01-10", line(27916, tax=5583), status="void", voided_date="03-02"))
    assert "7900" not in stands(company)


def test_a_closed_period_keeps_what_was_closed_and_the_next_takes_it_back(own_company: Company) -> None:
    company = own_company
    night(company, BILLED, *FIRST, LAST)
    close_period(company.finance, "2026-01", "2026-02")
    came = night(company, memo(4, on_invoice(8374, "02-05"), tax=1395))
    assert company.ledger(came.batch_id).startswith("2026-03-01 US late")
    assert "2026-03-01 US reversal" in company.ledger(came.batch_id)
    assert stands(company) == {"4020": -27916, "4900": 27916}


@pytest.mark.parametrize(("tax", "closed"), [(1455, (-60, -80)), (1335, (60, 80))])
def test_of_a_foreign_invoice_nothing_is_left_in_either_currency(
    own_company: Company, tax: int, closed: tuple[int, int]
) -> None:
    company = own_company
    publish(company.finance, "01-10 EUR/USD 1.3333", *(f"02-{day:02} EUR/USD 1.1" for day in range(2, 6)))
    euro = {"currency": "EUR"}
    memos = [memo(number, on_invoice(8375, f"02-{number + 1:02}", **euro), **euro) for number in (1, 2, 3)]
    last = memo(4, on_invoice(min(8374, 6979 + tax), "02-05", **euro), tax=tax, **euro)
    night(company, invoice("INV-1", "01-10", line(27916, tax=5583), **euro), *memos, last)
    balances, worth = company.balances(), company.worth()
    assert {account: (balances[account], worth[account]) for account in ("1100", "2050", "7900")} == {
        "1100": (0, 0),
        "2050": (0, 0),
        "7900": closed,
    }


# Whatever arrives in whatever order

days = st.integers(2, 28).map(lambda number: f"02-{number:02}")


@st.composite
def lives(draw: st.DrawFn) -> list[list[Document]]:
    """Nights of an invoice, two credit memos that take it back more or less, payments, and another invoice that a memo may settle."""

    def one(number: int) -> Document:
        if number == 0:
            status = draw(
                st.sampled_from(({}, {}, {}, {"status": "void", "voided_date": "02-28"}, {"is_deleted": True}))
            )
            return invoice("INV-1", draw(days), line(20000, tax=draw(st.integers(1999, 2001))), **status)
        if number == 1:
            status = draw(st.sampled_from(({}, {}, {"status": "void", "voided_date": "02-28"})))
            return invoice("INV-2", draw(days), line(500), **status)
        if number == 2:
            amount = draw(st.sampled_from((100, 1000)))
            undone = draw(st.sampled_from((None, "02-28")))
            status = draw(st.sampled_from(({}, {}, {"status": "reversed", "reversed_date": "02-28"})))
            return payment("PAY-1", draw(days), amount, on_invoice(amount, draw(days), undone=undone), **status)
        net = draw(st.sampled_from((10000, 10000, 10000, 9999, 20000)))
        tax = draw(st.integers(999, 1001)) + draw(st.sampled_from((0, 0, 0, 150)))
        where = draw(st.sampled_from(("INV-1", "INV-1", "INV-1", "INV-2")))
        whole = draw(st.sampled_from((net + tax, net + tax, net + tax - 1, 11000, 500)))
        applied = to(
            where, min(whole, net + tax), draw(days), undone=draw(st.sampled_from((None, None, None, "02-28")))
        )
        kind = draw(st.sampled_from(("ar_reduction", "ar_reduction", "on_account")))
        status = draw(st.sampled_from(({}, {}, {}, {"status": "void", "voided_date": "02-27"}, {"is_broken": True})))
        return credit_memo(
            f"CN-{number}", draw(days), line(net, tax=tax, invoice_line_id="INV-1/1", revenue_effect="goodwill"),
            invoice_id="INV-1", kind=kind, applied=[applied], **status,
        )  # fmt: skip

    told = []
    for _ in range(4):
        numbers = draw(st.lists(st.integers(0, 4), unique=True, max_size=5))
        told.append(draw(st.permutations([one(number) for number in numbers])))
    return told


@pytest.fixture
def books(finance: FinanceDatabase, one_bucket: None) -> FinanceDatabase:
    open_periods(finance)
    return finance


@given(told=lives())
@settings(
    max_examples=examples(3, 8),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.generate,),
)
def test_after_every_night_the_books_hold_what_the_newest_versions_leave(
    books: FinanceDatabase, tmp_path_factory: pytest.TempPathFactory, told: list[list[Document]]
) -> None:
    company = Company(books, Path(tmp_path_factory.mktemp("company")), uuid4().hex)
    plain = PlainBooks(company.source_code)
    for documents in told:
        sound = [each for each in documents if not each.row.pop("is_broken", False)]
        night(company, *sound)
        plain.see(company.billing)
        assert booked(company) == plain.balances()
        assert live_bookings(company) == dict.fromkeys(plain.events(), 1)
    again = night(company)
    assert again.entry_count == 0
