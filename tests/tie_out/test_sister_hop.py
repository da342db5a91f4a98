"""Hop 6: what legal entities owe each other comes to nothing by document and application, in the books of both."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from include.finance.errors import NightUnfinishedError
from include.finance.tie_out import TieOutRow, TieOutStatus
from include.pipelines.account import Accounted
from include.pipelines.post import post_entity
from include.pipelines.tie_out_desk import EntityDesk, require_tied
from include.pipelines.tie_out_entity import tie_out_entity
from include.pipelines.verdict import require_complete
from include.ports.erp import ErpAccount
from include.store.database import FinanceDatabase
from include.store.postings import PostingStore
from tests.accounting.billing import invoice, line, payment, to
from tests.accounting.company import FIRST_NIGHT, SHIPPED, Company, open_periods
from tests.accounting.rates import publish
from tests.posting.fake_erp import FakeErp

pytestmark = pytest.mark.long  # `make test` runs those marked core

US, UK = SHIPPED.legal_entities["US"], SHIPPED.legal_entities["UK"]


class Ledgers:
    """A company with an ERP for each of its two legal entities."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.erps = {entity.code: FakeErp(entity) for entity in (US, UK)}
        for code, erp in self.erps.items():
            accounts = SHIPPED.chart_of(code).accounts
            erp.accounts = {name: ErpAccount(name, name, is_active=True, is_party_required=False) for name in accounts}

    def post(self, code: str) -> None:
        store = PostingStore(self.company.finance, SHIPPED.assignments())
        entity = SHIPPED.legal_entities[code]
        post_entity(self.erps[code], store, entity, entity.erp_code, FIRST_NIGHT, actor="test")

    def tie(self, code: str) -> list[TieOutRow]:
        entity = SHIPPED.legal_entities[code]
        desk = EntityDesk(self.company.finance, self.erps[code], entity, SHIPPED.chart_of(code), SHIPPED.assignments())
        return tie_out_entity(desk, FIRST_NIGHT, "test")

    def sisters(self, code: str) -> TieOutRow:
        [row] = [row for row in self.tie(code) if row.hop == 6]
        return row


@pytest.fixture
def ledgers(finance: FinanceDatabase, tmp_path: Path) -> Ledgers:
    open_periods(finance)
    publish(finance, "01-20 GBP/USD 1.27")
    return Ledgers(Company(finance, tmp_path, f"billing-{uuid4().hex[:8]}"))


def collected(ledgers: Ledgers) -> Accounted:
    """The US collects 1,000.00 GBP for an invoice of the UK, and takes 300.00 of it back."""
    return ledgers.company.night(
        invoice("INV-1", "01-10", line(100000), entity="UK"),
        payment(
            "PAY-1",
            "01-20",
            100000,
            to("INV-1", 70000, "01-20"),
            to("INV-1", 30000, "01-20", undone="01-25"),
            currency="GBP",
        ),
    )


def test_a_pair_is_pending_until_both_legs_are_verified_and_then_equal(ledgers: Ledgers) -> None:
    assert ledgers.sisters("US").explanation == "nothing owed between legal entities"
    collected(ledgers)
    ledgers.post("US")
    row = ledgers.sisters("US")
    assert (row.status, row.subject, row.currency) == (TieOutStatus.PENDING, "UK", "GBP")
    assert row.explanation.startswith("2 of 2 not verified: payment PAY-1 (UK ")
    # The other legal entity's ERP is no fault of this one's night.
    assert require_tied("US", ledgers.tie("US")).startswith("US ties out")
    ledgers.post("UK")
    for code, sister in (("US", "UK"), ("UK", "US")):
        row = ledgers.sisters(code)
        assert (row.status, row.subject, row.currency, row.explanation) == (TieOutStatus.EQUAL, sister, "GBP", "")
        assert (row.left, row.right) == (row.right, row.left)
        assert row.left.count == 2
        assert {row.left.debit_minor, row.left.credit_minor} == {0, 70000}


def leg(ledgers: Ledgers, event_type: int, amount: int, *, first: bool) -> dict[str, Any]:
    """One more booking on the first or last leg of that event, of which its sister's books know nothing."""
    [*legs] = ledgers.company.rows(
        "select * from intercompany_leg where event_type = %s order by occurrence", event_type
    )
    strange = legs[0 if first else -1] | {"booking_no": 98, "amount_minor": amount}
    put_leg(ledgers, strange)
    return strange


def put_leg(ledgers: Ledgers, row: dict[str, Any]) -> None:
    names = list(row)
    with ledgers.company.finance.transaction() as connection:
        connection.execute(
            f"insert into intercompany_leg ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})",
            [row[name] for name in names],
        )


@pytest.mark.core
def test_a_leg_that_differs_is_named_in_both_books_and_what_offsets_it_does_not_hide_it(ledgers: Ledgers) -> None:
    collected(ledgers)
    for code in ("US", "UK"):
        ledgers.post(code)
    strange = [leg(ledgers, 24, 5, first=True), leg(ledgers, 24, -5, first=False)]
    for code in ("US", "UK"):
        row = ledgers.sisters(code)
        assert row.status is TieOutStatus.DIFFERENT
        assert row.left.debit_minor - row.left.credit_minor == row.right.debit_minor - row.right.credit_minor
        assert row.exception_name == "intercompany_not_zero"
        assert "2 of 2 differ: payment PAY-1 (" in row.explanation
    with pytest.raises(NightUnfinishedError, match="payment PAY-1"):
        require_tied("US", ledgers.tie("US"))
    with pytest.raises(NightUnfinishedError, match="hop 6 sisters"):
        require_complete(ledgers.company.finance, FIRST_NIGHT, [], ["US"])
    for mended in strange:
        put_leg(ledgers, mended | {"booking_no": 99, "amount_minor": -mended["amount_minor"]})
    assert ledgers.sisters("US").status is TieOutStatus.EQUAL
    with ledgers.company.finance.transaction() as connection:
        rows = connection.execute("select state from exception where cause like 'tie_out|entity|US|6|%%'").fetchall()
    assert [row["state"] for row in rows] == ["closed"]


def test_a_leg_that_was_given_up_is_pending_until_it_is_booked_anew(ledgers: Ledgers) -> None:
    accounted = collected(ledgers)
    ledgers.post("US")
    ledgers.company.supersede(accounted, "intercompany")
    row = ledgers.sisters("US")
    assert row.status is TieOutStatus.PENDING
    assert "given up" in row.explanation
    ledgers.company.night()
    ledgers.post("UK")
    assert ledgers.sisters("US").status is TieOutStatus.EQUAL
