"""Whatever happens to documents: however entries are added up, the same is booked, and it comes to the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from include.ports.erp import Erp
from include.store.database import FinanceDatabase
from tests.accounting.billing import Document
from tests.accounting.company import Company, close_period, open_periods
from tests.accounting.rates import publish
from tests.accounting.summarised import Ledgers, booked, by_period, differing_rebuilds, require_totals, summarised
from tests.accounting.test_convergence import break_sums, nights
from tests.examples import IS_LONG, examples

WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"by": "period", "entries": "all", "amounts": "net", "dimensions": (), "reversal_style": "negative"},
    {"by": "document", "amounts": "net", "dimensions": ("department", "region", "product_line")},
    {"by": "period", "entries": "category", "reversal_style": "negative"},
)
# As shipped, and what is least like it; the others, too, with `make lives`.
WAYS = WAYS if IS_LONG else WAYS[:2]
END = datetime(2026, 2, 20, 6, tzinfo=UTC)


@pytest.fixture
def books(finance: FinanceDatabase, one_bucket: None) -> FinanceDatabase:
    open_periods(finance)
    days = (f"01-{day:02}" for day in range(8, 32, 3))
    publish(finance, *(f"{day} CHF/{rate}" for day in days for rate in ("USD 1.1234", "GBP 0.8765", "JPY 171.3")))
    return finance


@pytest.fixture
def erps() -> dict[str, Erp]:
    """The ERPs of all companies, over all examples: they share the finance database, too."""
    return {}


def live(company: Company, told: list[tuple[list[Document], dict[str, Any]]]) -> list[Any]:
    """These nights, and one with nothing new."""
    close_period(company.finance, "2026-01", state="open")
    done = []
    for documents, beside in told:
        if beside["january"]:
            close_period(company.finance, "2026-01", state=beside["january"])
        done.append(company.night(*break_sums(documents)))
    assert company.night().entry_count == 0
    return done


@pytest.mark.long
@given(told=nights())
@settings(
    max_examples=examples(2, 2),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.generate,),
)
def test_however_entries_are_added_up_the_same_is_booked_and_every_hop_holds(
    books: FinanceDatabase, erps: dict[str, Erp], tmp_path: Path, told: list[tuple[list[Document], dict[str, Any]]]
) -> None:
    companies, nights_of = [], []
    for way in WAYS:
        company = Company(books, tmp_path, uuid4().hex, line_limit=30, configuration=summarised(**way))
        nights_of.append(live(company, [([replace(each) for each in documents], beside) for documents, beside in told]))
        companies.append(company)
    as_shipped = companies[0]
    assert by_period(as_shipped)
    for company, done in zip(companies[1:], nights_of[1:], strict=True):
        assert booked(company, done) == booked(as_shipped, nights_of[0])
        assert by_period(company) == by_period(as_shipped)
    ledgers = Ledgers(as_shipped, erps)
    ledgers.post(END)
    for company in companies:
        ledgers.company = company
        assert ledgers.differences(END) == []
        assert differing_rebuilds(company) == []
    require_totals(as_shipped)
