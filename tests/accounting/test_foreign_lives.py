"""Whatever happens to documents in several currencies, in whatever order: each open item is left with what its position is worth, and
nothing is left between two currencies.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from include.store.database import FinanceDatabase
from tests.accounting.billing import Document, behind, day, dispute, invoice, line, moved, payment, payout, to
from tests.accounting.company import Company, open_periods
from tests.accounting.conversions import settled
from tests.accounting.plain_worth import balances, rate
from tests.accounting.rates import publish
from tests.examples import examples

NIGHTS = 3
FAMILIES = 3
CURRENCIES = ("EUR", "USD", "GBP")

days = st.integers(10, 30).map(lambda number: f"01-{number}")
amounts = st.integers(1000, 100_000)


@st.composite
def invoices(draw: st.DrawFn, number: int) -> Document:
    lost = draw(st.sampled_from((None, None, draw(days))))
    status = {"status": "written_off", "written_off_date": lost} if lost else {}
    return invoice(f"INV-{number}", draw(days), line(draw(amounts)), currency=CURRENCIES[number], **status)


@st.composite
def payments(draw: st.DrawFn, number: int) -> Document:
    currency, amount = CURRENCIES[number], draw(amounts)
    applied = []
    for target in draw(st.lists(st.integers(0, FAMILIES - 1), max_size=2)):
        kept = draw(st.sampled_from((0, 0, 77)))
        told = to(
            f"INV-{target}", draw(st.integers(100, 60_000)), draw(days), currency=CURRENCIES[target],
            payment_amount_minor=draw(st.integers(1, amount // 2)), payment_currency=currency, adjustment_minor=kept,
            adjustment_kind="bank_charge" if kept else None, undone=draw(st.sampled_from((None, None, "01-31"))),
        )  # fmt: skip
        if CURRENCIES[target] == currency:
            told["amount_minor"] = told["payment_amount_minor"]
        applied.append(told)
    facts: dict[str, Any] = draw(st.sampled_from(({}, {}, {"status": "reversed", "reversed_date": "01-31"})))
    into = draw(st.sampled_from((None, *CURRENCIES)))
    if into and into != currency:
        facts |= settled(into, draw(amounts), day(draw(days)))
    return payment(f"PAY-{number}", draw(days), amount, *applied, currency=currency, **facts)


@st.composite
def disputes(draw: st.DrawFn, number: int) -> Document:
    first, second = draw(amounts), draw(amounts)
    parts = [moved("withdrawn", first, draw(days)), moved("withdrawn", second, draw(days))]
    parts.append(moved("reinstated", draw(st.integers(1, first)), draw(days)))
    status = draw(st.sampled_from(({"status": "open"}, {"status": "lost", "closed_date": "01-31"})))
    if status["status"] == "lost":
        parts.append(behind(first + second, effective_date=day(draw(days))))
    return dispute(
        f"D-{number}", "01-10", first + second, *parts, currency=CURRENCIES[number], parent_date="01-10",
        payment_minor=first + second, **status,
    )  # fmt: skip


@st.composite
def payouts(draw: st.DrawFn, number: int) -> Document:
    status = draw(st.sampled_from(({}, {}, {"status": "failed", "failed_date": "01-31"})))
    amount, source = draw(st.integers(1, 333)), f"PAY-{draw(st.integers(0, FAMILIES - 1))}"
    currency = ("EUR", "GBP")[number % 2]
    return payout(f"OUT-{number}", draw(days), amount, ("payment", amount, source), currency=currency, **status)


@st.composite
def nights(draw: st.DrawFn) -> list[list[Document]]:
    kinds = (invoices, payments, disputes, payouts)
    return [
        draw(st.permutations([draw(kind(n)) for n in range(FAMILIES) for kind in kinds if draw(st.booleans())]))
        for _ in range(NIGHTS)
    ]


@pytest.fixture
def books(finance: FinanceDatabase, one_bucket: None) -> FinanceDatabase:
    open_periods(finance)
    publish(
        finance,
        *(
            f"01-{number} {currency}/USD {published(currency, number)}"
            for number in range(10, 32)
            for currency in ("EUR", "GBP")
        ),
    )
    return finance


def published(currency: str, number: int) -> str:
    on = day(f"01-{number}")
    assert on is not None
    digits = int(rate(currency, on) * 10000)
    return f"{digits // 10000}.{digits % 10000:04}"


@pytest.mark.long
@given(told=nights())
@settings(
    max_examples=examples(2, 4),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.generate,),
)
def test_after_every_night_each_item_is_left_with_what_its_position_is_worth(
    books: FinanceDatabase, tmp_path_factory: pytest.TempPathFactory, told: list[list[Document]]
) -> None:
    company = Company(books, Path(tmp_path_factory.mktemp("company")), uuid4().hex)
    for documents in told:
        company.night(*documents)
        found = {code: minor for code, minor in company.worth().items() if minor}
        assert found == dict(balances(company.billing))
    again = company.night(is_full=True)
    assert again.entry_count == 0
