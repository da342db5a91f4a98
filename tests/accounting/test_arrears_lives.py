"""Whatever happens to invoices in arrears: their revenue stands in the month of the service, once, and nothing stays unbilled."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from include.store.database import FinanceDatabase
from tests.accounting.billing import Document, Row, day, invoice, line
from tests.accounting.company import Company, close_period, open_periods
from tests.accounting.plain_arrears import events, standing
from tests.accounting.plain_books import PlainBooks
from tests.accounting.rates import publish
from tests.accounting.test_convergence import give_up_one, live_bookings
from tests.examples import examples

NIGHTS = 3
INVOICES = 4
FIRST = datetime(2026, 3, 1, 6, tzinfo=UTC)
ONCE = str(UUID(int=0))
served = st.sampled_from((None, "2025-12-31", "01-15", "01-31", "01-31", "02-01"))
issued = st.sampled_from(("01-29", "02-02", "02-03", "02-17"))


@st.composite
def lines(draw: st.DrawFn) -> Row:
    treatment = draw(st.sampled_from(("usage", "usage", "immediate", "ratable")))
    amount, end = draw(st.integers(-3000, 50_000)), draw(served)
    told = {} if treatment == "ratable" else {"service_end": day(end)}
    return line(amount, treatment, tax=draw(st.sampled_from((0, amount // 7))), **told)


@st.composite
def invoices(draw: st.DrawFn, number: int) -> Document:
    status = draw(st.sampled_from(("issued", "issued", "issued", "void", "draft")))
    return invoice(
        f"INV-{number}", draw(issued), *draw(st.lists(lines(), min_size=1, max_size=4)), status=status,
        voided_date="02-25" if status == "void" else None, currency=("USD", "EUR")[number % 2],  # one that is in the books keeps its currency
    )  # fmt: skip


@st.composite
def nights(draw: st.DrawFn) -> list[tuple[list[Document], dict[str, Any]]]:
    told = []
    for _ in range(NIGHTS):
        documents = [draw(invoices(number)) for number in range(INVOICES) if draw(st.booleans())]
        beside = {"january": draw(st.sampled_from((None, "closed", "open"))), "given_up": draw(st.integers(0, 4))}
        told.append((documents, beside))
    return told


@pytest.fixture
def books(finance: FinanceDatabase, one_bucket: None) -> FinanceDatabase:
    open_periods(finance)
    publish(finance, "01-29 EUR/USD 1.1234", "02-02 EUR/USD 1.0865", "02-03 EUR/USD 1.2071", "02-17 EUR/USD 0.9777")
    return finance


def by_month(company: Company) -> tuple[Counter[tuple[int, str, str]], dict[str, int]]:
    """What stands by month, currency and account; and what unbilled receivable is worth in the books' own currency, by month."""
    rows = company.rows(
        """
        select extract(month from e.posting_date)::integer as month, e.currency::text as currency, l.account_code,
            sum(l.amount_minor)::bigint as amount_minor, sum(l.functional_minor)::bigint as functional_minor
        from journal_entry as e
        join journal_line as l on l.entry_id = e.id
        join batch as b on b.batch_no = e.batch_no
        where b.source_code = %s and e.state <> 'superseded'
        group by 1, 2, 3
        """,
        company.source_code,
    )
    sums = {(row["month"], row["currency"], row["account_code"]): row["amount_minor"] for row in rows}
    worth: Counter[str] = Counter()
    for row in rows:
        worth[row["account_code"]] += row["functional_minor"]
    return Counter({key: minor for key, minor in sums.items() if minor}), dict(worth)


def check(company: Company, *, is_dated: bool) -> None:
    sums, worth = by_month(company)
    expected = standing(company.billing)
    if is_dated:  # nothing ever was late
        assert sums == expected
    totals: list[Counter[tuple[str, str]]] = []
    for each in (sums, expected):
        total: Counter[tuple[str, str]] = Counter()
        for (_, currency, account), minor in each.items():
            total[currency, account] += minor
        totals.append(Counter({key: minor for key, minor in total.items() if minor}))
    assert totals[0] == totals[1]
    assert worth.get("1250", 0) == 0
    if all(each.row["status"] in ("void", "draft") for each in company.billing.documents.values()):
        assert set(worth.values()) <= {0}
    plain = PlainBooks(company.source_code)
    assert live_bookings(company) == Counter(
        (plain.uid(("invoice", name)), code, _occurrence(on)) for name, code, on in events(company.billing)
    )


def _occurrence(on: str) -> str:
    return str(UUID(md5(on.encode()).hexdigest())) if on else ONCE


@pytest.mark.long
@given(told=nights())
@settings(
    max_examples=examples(2, 4),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.generate,),
)
def test_after_every_night_revenue_stands_in_the_month_of_the_service_and_nothing_stays_unbilled(
    books: FinanceDatabase, tmp_path_factory: pytest.TempPathFactory, told: list[tuple[list[Document], dict[str, Any]]]
) -> None:
    company = Company(books, Path(tmp_path_factory.mktemp("company")), uuid4().hex)
    close_period(books, "2026-01", state="open")
    is_dated, clock = True, FIRST
    for documents, beside in told:
        if beside["january"]:
            close_period(books, "2026-01", state=beside["january"])
        accounted = company.night(*documents, instant=clock)
        is_dated = is_dated and beside["january"] != "closed"
        check(company, is_dated=is_dated)
        give_up_one(company, accounted, beside["given_up"])
        clock += timedelta(days=1)
    company.night(instant=clock)
    check(company, is_dated=is_dated)
    # All are void in the end: nothing is left in either currency.
    for document in [each for each in company.billing.documents.values() if each.row["status"] != "draft"]:
        company.billing.change(document.row["native_id"], status="void", voided_date="02-25")
    company.night(instant=clock + timedelta(days=1))
    check(company, is_dated=is_dated)
    assert company.night(instant=clock + timedelta(days=2)).entry_count == 0
