"""The sample company's own databases, and its two nights read from billing and accounted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from include.adapters.billing.postgres import PostgresBilling
from include.evidence.store import EvidenceStore
from include.pipelines.account import Accounted, AccountingDesk, account_attempt
from include.pipelines.extract import Extracted, extract_source
from include.pipelines.recognise import recognise_source
from include.sample import company
from include.sample.company import Night
from include.sample.company.calendar import CLOSED_YEARS
from include.sample.exchange_rates import load_sample_rates
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from include.store.migrate import migrate
from tests.accounting.company import SHIPPED, close_period, open_periods


@dataclass(frozen=True)
class SampleBooks:
    """Billing as its owner has it, and the books that come of it. `auditor` is the login that may only read."""

    billing_owner: str
    source: PostgresBilling
    finance: FinanceDatabase
    auditor: FinanceDatabase
    desk: AccountingDesk

    def first_night(self, also: Callable[[str], None] | None = None) -> Accounted:
        """Fill billing and read it; `also`: what else is written there before, by its owner."""
        company.fill_night_one(self.billing_owner)
        if also is not None:
            also(self.billing_owner)
        with company.hold_late_transaction(self.billing_owner):
            return self._run(company.NIGHTS[0])

    def second_night(self) -> Accounted:
        company.apply_night_two(self.billing_owner)
        for entity, period in company.CLOSED_BEFORE_NIGHT_TWO:
            close_period(self.finance, period, entities=(entity,))
        return self._run(company.NIGHTS[1])

    def _run(self, night: Night) -> Accounted:
        [(code, settings)] = SHIPPED.sources.items()
        landed = extract_source(
            self.source, code, settings.tenant, night.as_of, "night", self.finance, self.desk.evidence
        )
        assert isinstance(landed, Extracted)
        done = account_attempt(self.desk, landed.attempt_id)
        recognised = recognise_source(self.desk, code, night.as_of)
        return replace(done, entry_count=done.entry_count + recognised.entry_count)


@contextmanager
def open_sample_books(quiet: EmbeddedPostgres, folder: Path) -> Iterator[SampleBooks]:
    """Databases of their own for the sample company, before its first night; `quiet`: nobody else reads there."""
    mark = uuid4().hex[:12]
    billing, books = f"billing_{mark}", f"finance_{mark}"
    for name, owner in ((billing, "billing_owner"), (books, "finance_owner")):
        quiet.create_database(name, owner)
    company.create_billing_schema(quiet.dsn("billing_owner", billing))
    migrate(quiet.dsn("finance_owner", books))
    finance = FinanceDatabase(quiet.dsn("finance_writer", books))
    closed = tuple(f"{year}-{month:02}" for year in CLOSED_YEARS for month in range(1, 13))
    open_periods(finance, closed=closed)
    load_sample_rates(finance)
    yield SampleBooks(
        quiet.dsn("billing_owner", billing),
        PostgresBilling(quiet.dsn("billing_reader", billing), "billing_db"),
        finance,
        FinanceDatabase(quiet.dsn("auditor", books)),
        AccountingDesk(finance, EvidenceStore(str(folder / "evidence"), folder), SHIPPED, "test", folder, 1000),
    )
    for name in (billing, books):
        quiet.drop_database(name)
