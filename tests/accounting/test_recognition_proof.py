"""What recognition left in evidence proves the ledger: hop 3, the running totals, and the roll-forward of deferred revenue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from include.evidence.manifest import EvidenceFile
from include.evidence.store import EvidenceStore
from include.finance.errors import NightUnfinishedError, UnknownNameError
from include.finance.tie_out import TieOutRow
from include.pipelines.recompute import recompute_totals
from include.pipelines.rollforward import DeferredRow, deferred_rollforward
from include.pipelines.tie_out_desk import SourceDesk, open_batch
from include.pipelines.tie_out_source import journal_lines
from include.store.tie_out_facts import batches_to_tie
from tests.accounting.billing import invoice, line
from tests.accounting.company import SHIPPED, Company
from tests.accounting.rates import publish
from tests.accounting.test_recognition import at, night, plan

pytestmark = pytest.mark.long  # `make test` runs those marked core


class Forged(EvidenceStore):
    """Evidence of which one dataset reads differently than it was written."""

    def __init__(self, company: Company, dataset: str, forge: Callable[[pa.Table], pa.Table]) -> None:
        super().__init__(str(company.folder / "evidence"), company.folder / "scratch")
        self.dataset, self.forge = dataset, forge

    def fetch(self, files: Iterable[EvidenceFile]) -> list[str]:
        return [self._forged(file) for file in files]

    def _forged(self, file: EvidenceFile) -> str:
        [path] = super().fetch([file])
        if file.dataset != self.dataset:
            return path
        copy = self.scratch / f"forged-{Path(path).name}"
        pq.write_table(self.forge(pq.read_table(path)), copy)
        return str(copy)


def one_cent_more(name: str) -> Callable[[pa.Table], pa.Table]:
    def forge(table: pa.Table) -> pa.Table:
        return table.set_column(table.column_names.index(name), name, pc.add(table[name], 1))

    return forge


def rolled(company: Company, period: str, evidence: EvidenceStore | None = None) -> list[DeferredRow]:
    return deferred_rollforward(company.finance, evidence or company.evidence, SHIPPED, period)


def third_hop(company: Company, evidence: EvidenceStore) -> list[TieOutRow]:
    desk = SourceDesk(company.finance, evidence, SHIPPED, company.source_code, lambda: company.billing)
    batches = [batch for batch in batches_to_tie(company.finance, company.source_code) if batch.kind == "recognition"]
    return [row for batch in batches for row in journal_lines(desk, open_batch(desk, batch))]


@pytest.fixture
def recognised(own_company: Company) -> Company:
    """A plan of two legal entities, January and February recognised, and a line that is earned at once."""
    us, jp = invoice("INV-1", "01-15", plan(discount=12000), line(100)), invoice("INV-2", "02-01", plan(), entity="JP")
    night(own_company, "2026-02-02", us, jp)
    own_company.recognise(at("2026-03-01"))
    return own_company


@pytest.mark.core
def test_the_roll_forward_adds_across_and_equals_what_the_schedules_have_left(recognised: Company) -> None:
    [january] = rolled(recognised, "2026-01")
    assert january == DeferredRow("US", "USD", "USD", 2, 0, 108000, 0, 5030, 0, 0, 102970, 102970)
    jp, us = rolled(recognised, "2026-02")
    assert us == DeferredRow("US", "USD", "USD", 2, 102970, 0, 0, 8285, 0, 0, 94685, 94685)
    assert jp == DeferredRow("JP", "JPY", "JPY", 0, 0, 120000, 0, 14795, 0, 0, 105205, 105205)


@pytest.fixture
def foreign(own_company: Company) -> Company:
    """A plan in euros beside one in dollars, January and February recognised."""
    publish(own_company.finance, "01-15 EUR/USD 1.1")
    euros = invoice("INV-1", "01-15", plan(36500, end="2027-01-14"), line(100), currency="EUR")
    night(own_company, "2026-02-02", euros, invoice("INV-2", "01-15", plan(36500, end="2027-01-14")))
    own_company.recognise(at("2026-03-01"))
    return own_company


def test_documents_in_another_currency_roll_forward_in_theirs_and_in_the_books_own(foreign: Company) -> None:
    euros, in_books, dollars = rolled(foreign, "2026-01")
    assert euros == DeferredRow("US", "EUR", "EUR", 2, 0, 36500, 0, 1700, 0, 0, 34800, 34800)
    assert in_books == DeferredRow("US", "EUR", "USD", 2, 0, 40150, 0, 1870, 0, 0, 38280, 38280)
    assert dollars == DeferredRow("US", "USD", "USD", 2, 0, 36500, 0, 1700, 0, 0, 34800, 34800)
    assert rolled(foreign, "2026-02")[1] == DeferredRow("US", "EUR", "USD", 2, 38280, 0, 0, 3080, 0, 0, 35200, 35200)


def test_a_cent_of_the_books_own_currency_that_is_missing_shows(foreign: Company) -> None:
    broken = Forged(foreign, "recognition_state", one_cent_more("recognised_functional_minor"))
    assert [row.difference_minor for row in rolled(foreign, "2026-02", broken)] == [0, 1, 0]
    rows = third_hop(foreign, Forged(foreign, "recognised_amounts", one_cent_more("functional_minor")))
    assert {(row.currency, row.status) for row in rows} == {("EUR", "equal"), ("USD", "different")}
    assert {row.status for row in third_hop(foreign, foreign.evidence)} == {"equal"}
    assert recompute_totals(foreign.finance, foreign.evidence, is_repaired=False) == []


def test_a_broken_schedule_shows_in_the_roll_forward(recognised: Company) -> None:
    broken = Forged(recognised, "recognition_state", one_cent_more("recognised_minor"))
    assert [row.difference_minor for row in rolled(recognised, "2026-02", broken)] == [1, 1]


def test_the_roll_forward_waits_for_a_night_to_be_recognised(recognised: Company) -> None:
    source = replace(SHIPPED, sources={recognised.source_code: SHIPPED.sources["billing"]})
    recognised.night(invoice("INV-3", "02-20", plan()), instant=at("2026-03-02"))
    with pytest.raises(NightUnfinishedError, match="not yet recognised"):
        deferred_rollforward(recognised.finance, recognised.evidence, source, "2026-02")


def test_a_period_that_no_erp_has_is_refused_by_name(recognised: Company) -> None:
    with pytest.raises(UnknownNameError, match="2036-13"):
        rolled(recognised, "2036-13")


def test_hop_3_adds_the_recognised_lines_up_to_the_journal_lines(recognised: Company) -> None:
    rows = third_hop(recognised, recognised.evidence)
    assert {(row.legal_entity_code, row.subject) for row in rows} >= {
        ("US", "2100 recognition"),
        ("US", "4000 recognition"),
        ("JP", "2100 recognition"),
    }
    assert {row.status for row in rows} == {"equal"}


@pytest.mark.core
def test_hop_3_names_the_entry_of_a_line_that_was_altered(recognised: Company) -> None:
    rows = third_hop(recognised, Forged(recognised, "recognised_amounts", one_cent_more("amount_minor")))
    assert {row.status for row in rows} == {"different"}


def test_the_running_balances_are_what_evidence_says(recognised: Company) -> None:
    assert recompute_totals(recognised.finance, recognised.evidence, is_repaired=False) == []


def test_evidence_names_the_line_the_rule_and_the_entry_of_each_amount(recognised: Company) -> None:
    [batch, *_] = [b for b in batches_to_tie(recognised.finance, recognised.source_code) if b.kind == "recognition"]
    tables = {
        name: pa.concat_tables(pq.read_table(path) for path in recognised.evidence.fetch(files))
        for name in ("recognised_amounts", "recognition_legs")
        if (files := [file for file in batch.files if file.dataset == name])
    }
    [amount] = tables["recognised_amounts"].to_pylist()
    assert (amount["line_no"], amount["amount_minor"], str(amount["as_of"])) == (1, 5030, "2026-01-31")
    legs = [leg for leg in tables["recognition_legs"].to_pylist() if leg["group_no"] == amount["group_no"]]
    assert {(leg["account_code"], leg["side"], leg["rule_id"]) for leg in legs} == {
        ("2100", 1, "subscription-recognised"),
        ("4000", -1, "subscription-recognised"),
    }
    entry = "select 1 from journal_entry where id = %s::uuid and posting_date = %s"
    assert recognised.rows(entry, legs[0]["journal_entry_id"], datetime(2026, 1, 31, tzinfo=UTC).date())
