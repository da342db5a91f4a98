"""A replay tries again what exceptions hold back, with the stages of a night, and books it once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from include.commands.replay import run_replay
from include.config.configuration import Configuration
from include.evidence import document_names
from include.evidence.store import EvidenceStore
from include.finance.errors import ExceptionWordError, UnknownNameError
from include.pipelines.account import AccountingDesk
from include.pipelines.replay import plan_replay, replay_outcome
from include.ports.billing import BillingSource
from include.ports.erp import Erp, ErpAccount
from include.store.database import FinanceDatabase
from include.store.replays import ReplayAsked
from tests.accounting.billing import invoice, line
from tests.accounting.company import Company, open_periods
from tests.accounting.rates import publish
from tests.exceptions.conftest import Desk, refuse
from tests.posting.books import US, set_row, states
from tests.posting.fake_erp import FakeErp

EVERYTHING = ReplayAsked()


@dataclass
class House:
    """A company as a replay sees it: what `App` is in production."""

    company: Company
    ledger: FakeErp

    @property
    def configuration(self) -> Configuration:
        return self.company.configuration

    def finance(self) -> FinanceDatabase:
        return self.company.finance

    def evidence(self) -> EvidenceStore:
        return self.company.evidence

    def billing(self, source_code: str) -> BillingSource:
        assert source_code == "billing"
        return self.company.billing

    def erp(self, erp_code: str) -> Erp:
        assert erp_code == "tryton"
        return self.ledger

    def accounting_desk(self) -> AccountingDesk:
        return self.company.desk

    def replay(self, asked: ReplayAsked = EVERYTHING) -> str | None:
        planned = plan_replay(self, asked, by="anna", reason="the rate was loaded")
        return run_replay(self, planned) if planned else None


def in_one_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """All documents in one bucket of evidence: a night of two documents then takes a third of the time."""
    in_eight = document_names.read_sql
    macro = "create or replace temp macro document_bucket(uid) as (0::tinyint);"
    monkeypatch.setattr(
        document_names, "read_sql", lambda name: in_eight(name) + (macro if name == "document_uid" else "")
    )


@pytest.fixture
def house(finance: FinanceDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    open_periods(finance)
    in_one_bucket(monkeypatch)
    company = Company(finance, tmp_path)
    accounts = {
        code: ErpAccount(code, account.name, is_active=True, is_party_required=False)
        for code, account in company.configuration.charts["default"].accounts.items()
    }
    return House(company, FakeErp(US, accounts=accounts))


def test_a_repaired_cause_is_replayed_into_the_ledger_once(house: House) -> None:
    company, desk = house.company, Desk(house.finance())
    company.night(invoice("GOOD", "01-15", line(1000)), invoice("FOREIGN", "01-15", line(500), currency="CHF"))
    assert company.exceptions() == {"FOREIGN": ["no_fx_rate"]}
    publish(house.finance(), "01-15 CHF/USD 1.1000")
    assert house.replay() == "Replayed 1 exceptions: 1 closed, 0 still stand."
    assert company.exceptions() == {}
    assert [desk.the(field) for field in ("state", "replay_by", "replay_reason")] == [
        "replayed",
        "anna",
        "the rate was loaded",
    ]
    booked, posted = company.balances(), len(house.ledger.posted())
    assert posted > 0
    assert house.replay() is None
    company.night(instant=company.rows("select clock_timestamp() as now")[0]["now"])
    assert (company.balances(), len(house.ledger.posted())) == (booked, posted)


def test_a_refused_entry_goes_on_with_the_next_try_of_its_exception(desk: Desk, rejected: str, tmp_path: Path) -> None:
    house = House(Company(desk.finance, tmp_path), FakeErp(US))
    planned = plan_replay(house, ReplayAsked(categories=("posting",)), by="anna", reason="4000 was unblocked")
    assert planned is not None
    assert (planned.chosen.rejected, planned.night.sources) == ((rejected,), ())
    assert states(desk.finance) == {rejected: "ready"}
    # It died here, and is planned again: nothing is set back a second time, and the next night sends the entry.
    assert plan_replay(house, ReplayAsked(categories=("posting",)), by="anna", reason="4000 was unblocked") is None
    assert states(desk.finance) == {rejected: "ready"}
    assert len(desk.rows("select * from posting_transition where to_state = 'ready'")) == 1


def test_what_is_refused_again_still_stands(desk: Desk, rejected: str, tmp_path: Path) -> None:
    house = House(Company(desk.finance, tmp_path), FakeErp(US))
    planned = plan_replay(house, EVERYTHING, by="anna", reason="4000 was unblocked")
    assert planned is not None
    set_row(desk.finance, rejected, "state = 'rejected'")
    refuse(desk, rejected)
    chosen = planned.chosen
    assert replay_outcome(house, chosen.at, chosen.exception_count).endswith("0 closed, 1 still stand.")


def test_only_what_is_asked_for_is_read_again(desk: Desk, tmp_path: Path) -> None:
    desk.found(count=2)
    desk.found("no_posting_rule", category="posting_rules", entity="DE")
    house = House(Company(desk.finance, tmp_path), FakeErp(US))
    desk.change("insert into source_stream (source_code) values ('billing')")
    planned = plan_replay(house, ReplayAsked(documents=("invoice:no_fx_rate-2",)), by="anna", reason="loaded")
    assert planned is not None
    assert planned.chosen.exception_count == 1
    marked = [row["subject_id"] for row in desk.rows() if row["replay_by"] == "anna"]
    assert marked == ["no_fx_rate-2"]
    assert [row["native_id"] for row in desk.rows("select * from document_retry")] == ["no_fx_rate-2"]
    assert plan_replay(house, ReplayAsked(("UK",)), by="anna", reason="loaded") is None


def test_what_there_is_not_and_a_replay_without_a_reason_are_refused(desk: Desk, tmp_path: Path) -> None:
    house = House(Company(desk.finance, tmp_path), FakeErp(US))
    with pytest.raises(ExceptionWordError, match="takes a reason"):
        plan_replay(house, EVERYTHING, by="anna", reason=" ")
    for asked in (ReplayAsked(("XX",)), ReplayAsked(categories=("rates",)), ReplayAsked(documents=("INV-1",))):
        with pytest.raises(UnknownNameError, match="There is no"):
            plan_replay(house, asked, by="anna", reason="loaded")
