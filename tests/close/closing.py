"""A company that closes: nights, an ERP in memory that everybody may post to, and people with roles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from uuid import uuid4

from include.config.configuration import Configuration
from include.evidence.store import EvidenceStore
from include.finance.entity import LegalEntity
from include.finance.errors import EntryRefusedError
from include.finance.period_close import CloseSettings, ErpPeriods, PersonRole, RoleSpan
from include.pipelines import night as nights
from include.pipelines import period_close
from include.pipelines.account import AccountingDesk
from include.pipelines.period_close import Offered
from include.pipelines.plan import Night
from include.ports.erp import ErpAccount, LedgerEntry, LedgerLine, LedgerState, PostedEntry
from include.store.database import FinanceDatabase
from include.store.people import grant_role
from include.store.period_closes import Close
from tests.accounting.company import Company
from tests.posting.fake_erp import FakeErp

ENTITY, PERIOD, NEXT = "US", "2026-01", "2026-02"
AFTER = datetime(2026, 2, 1, 12, tzinfo=UTC)
DAY = date(2026, 1, 1)


@dataclass
class FakePeriods:
    """Closing and opening in the ERP in memory; what it `refuses`, it says."""

    erp: FakeErp
    refuses: str = ""
    locked: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def close_period(self, entity: LegalEntity, name: str) -> None:
        self._call("close", name)
        self.erp.closed.add(name)

    def reopen_period(self, entity: LegalEntity, name: str) -> None:
        self._call("reopen", name)
        assert name not in self.locked
        self.erp.closed.discard(name)

    def lock_period(self, entity: LegalEntity, name: str) -> None:
        self.close_period(entity, name)
        self.locked.add(name)

    def _call(self, what: str, name: str) -> None:
        self.calls.append((what, name))
        if self.refuses:
            raise EntryRefusedError(self.refuses)


@dataclass
class Closing:
    """Wiring of a company with one source, whose legal entity US is posted and closed."""

    company: Company
    ledger: FakeErp
    periods: FakePeriods
    configuration: Configuration

    # What the pipelines ask for

    def finance(self) -> FinanceDatabase:
        return self.company.finance

    def evidence(self) -> EvidenceStore:
        return self.company.evidence

    def billing(self, source_code: str) -> object:
        raise AssertionError(source_code)

    def erp(self, erp_code: str) -> FakeErp:
        return self.ledger

    def erp_periods(self, erp_code: str) -> FakePeriods:
        return self.periods

    def accounting_desk(self) -> AccountingDesk:
        return replace(self.company.desk, configuration=self.configuration)

    # What a test does

    def post(self, instant: datetime = AFTER) -> None:
        """Post and tie out what was accounted."""
        night = Night(instant, is_dry_run=False, is_full=False, sources=("billing",), legal_entities=(ENTITY,))
        nights.post(self, ENTITY, night, actor="test")  # type: ignore[arg-type]
        nights.tie_out(self, ENTITY, night, actor="test")  # type: ignore[arg-type]

    def grant(self, person: str, role: PersonRole = PersonRole.CONTROLLER, entity: str = ENTITY, **span: date) -> None:
        with self.finance().transaction() as connection:
            grant_role(
                connection,
                RoleSpan(person, role, entity, span.get("since", DAY), span.get("until")),
                "the administrator",
            )

    def begin(self, by: str = "anna", run_id: str = "", period: str = PERIOD) -> Close:
        return period_close.begin(self, ENTITY, period, run_id=run_id or uuid4().hex, by=by, reason="January is over")

    def propose(self, by: str = "anna", period: str = PERIOD) -> Offered:
        """A close up to the question."""
        close = self.begin(by, period=period)
        period_close.soft_lock(self, close.close_no)
        self.post()
        return period_close.propose(self, close.close_no)

    def answer(self, offered: Offered, by: str = "ben", decision: str = "approved", **said: str) -> Close:
        period_close.ask(self, offered.close.close_no)
        return self.answer_what_was_shown(offered, by, decision, **said)

    def answer_what_was_shown(
        self, offered: Offered, by: str = "ben", decision: str = "approved", **said: str
    ) -> Close:
        """An answer to a question that was asked before."""
        number = offered.close.close_no
        return period_close.answer_close(self, number, decision=decision, by=by, at=datetime.now(UTC), **said)

    def state(self, period: str = PERIOD) -> str:
        rows = self.company.rows(
            "select state from accounting_period where legal_entity_code = %s and period_name = %s", ENTITY, period
        )
        return str(rows[0]["state"]) if rows else "open"

    def close_state(self, close: Close) -> str:
        [row] = self.company.rows("select state from period_close where close_no = %s", close.close_no)
        return str(row["state"])

    @contextmanager
    def in_erp_by_hand(self, *sides: tuple[str, int], day: date = date(2026, 1, 31)) -> Iterator[LedgerEntry]:
        """Somebody posts an entry in the ERP."""
        header = PostedEntry("", "Bonus", LedgerState.POSTED, "N-BY-HAND", day)
        lines = tuple(LedgerLine(account, minor, "by hand") for account, minor in sides)
        yield self.ledger.put(LedgerEntry(header, f"{day:%Y-%m}", lines, "carla in the ERP"))


def closing_company(company: Company, erp_periods: ErpPeriods = ErpPeriods.CLOSE) -> Closing:
    """The company with its ERP: every account of the chart is there."""
    entity = company.configuration.legal_entities[ENTITY]
    chart = company.configuration.chart_of(ENTITY)
    accounts = {
        code: ErpAccount(code, account.name, is_active=True, is_party_required=False)
        for code, account in chart.accounts.items()
    }
    ledger = FakeErp(entity, accounts=accounts)
    configuration = replace(company.configuration, closing={ENTITY: CloseSettings(erp_periods)})
    return Closing(company, ledger, FakePeriods(ledger), configuration)
