"""Entries held for a closed period: given up when their documents can be dated anew, left alone when it is open by now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from include.evidence.store import EvidenceStore
from include.finance.journal import JournalEntry
from include.pipelines.redate import redate_closed
from include.pipelines.reference import fetch_reference
from include.store.database import FinanceDatabase
from tests.posting.books import ERP, US, posting_store, states, write_entries
from tests.posting.fake_erp import FakeErp

JANUARY = """
2026-01-31 invoices
  1100  10.00
  2100 -10.00
"""


@pytest.fixture
def erp() -> FakeErp:
    return FakeErp(US)


@pytest.fixture
def held(finance: FinanceDatabase) -> str:
    """An entry of a night that knew no open period, as when the ERP was away."""
    (reference,) = write_entries(finance, US, JANUARY, held_reason="period_closed")
    return reference


def redate(finance: FinanceDatabase, erp: FakeErp, folder: Path) -> Sequence[str]:
    fetch_reference(finance, erp, ERP, [US])
    return redate_closed(posting_store(finance), EvidenceStore(str(folder), folder), erp, ERP, US, "test")


def test_an_entry_of_a_closed_period_is_given_up(
    finance: FinanceDatabase, erp: FakeErp, held: str, tmp_path: Path
) -> None:
    erp.closed.add("2026-01")
    assert redate(finance, erp, tmp_path) == [held]
    assert states(finance) == {held: "superseded"}


def test_an_entry_whose_period_is_open_by_now_stays_as_it_is(
    finance: FinanceDatabase, erp: FakeErp, held: str, tmp_path: Path
) -> None:
    assert redate(finance, erp, tmp_path) == []
    assert states(finance) == {held: "held"}


def test_an_entry_with_no_later_open_period_waits(
    finance: FinanceDatabase, erp: FakeErp, held: str, tmp_path: Path
) -> None:
    erp.closed.update(period.name for period in erp.periods(US))
    assert redate(finance, erp, tmp_path) == []
    assert states(finance) == {held: "held"}


def test_an_entry_that_the_erp_has_after_all_is_never_given_up(
    finance: FinanceDatabase, erp: FakeErp, held: str, tmp_path: Path
) -> None:
    erp.create(US, *_entries(finance, held))
    erp.closed.add("2026-01")
    assert redate(finance, erp, tmp_path) == []
    assert states(finance) == {held: "held"}


def _entries(finance: FinanceDatabase, reference: str) -> list[JournalEntry]:
    with posting_store(finance).locked(ERP, "US") as journal:
        return [due.entry for due in journal.entries([reference])]
