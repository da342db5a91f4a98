"""A replay tries again what exceptions hold back, with the stages of a night, and books it once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from include.commands.replay import run_replay
from include.config.configuration import Configuration
from include.evidence.store import EvidenceStore
from include.finance.errors import ExceptionWordError, UnknownNameError
from include.pipelines.account import AccountingDesk
from include.pipelines.replay import plan_replay
from include.ports.billing import BillingSource
from include.ports.erp import Erp
from include.store.database import FinanceDatabase
from include.store.replays import ReplayAsked
from tests.accounting.billing import invoice, line
from tests.accounting.company import Company, open_periods
from tests.accounting.rates import publish
from tests.exceptions.conftest import Desk
from tests.posting.books import US
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


@pytest.fixture
def house(finance: FinanceDatabase, tmp_path: Path) -> House:
    open_periods(finance)
    return House(Company(finance, tmp_path), FakeErp(US))


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
