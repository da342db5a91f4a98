"""A billing database that was restored or replaced is read whole, and the books follow it from then on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from include.adapters.billing.postgres import PostgresBilling
from include.config.load import load_configuration
from include.evidence.store import EvidenceStore
from include.pipelines.account import Accounted, AccountingDesk, account_attempt
from include.pipelines.extract import Extracted, extract_source
from include.ports.billing import Reading, SourcePosition
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from tests.integration.billing_world import BillingWorld, make_template

pytestmark = pytest.mark.long  # `make test` runs those marked core

SOURCE = "billing"
NIGHTS = [datetime(2026, 2, day, 12, tzinfo=UTC) for day in (1, 2, 3)]
_OPEN_YEAR = """
insert into erp_period (erp_code, legal_entity_code, period_name, fiscal_year, start_date, end_date, state)
select 'tryton', code, '2026', '2026', '2026-01-01', '2026-12-31', 'open' from unnest(array['US', 'JP']) as code
"""


class Company:
    """One billing database and its books."""

    def __init__(self, billing: BillingWorld, finance: FinanceDatabase, folder: Path) -> None:
        self.billing = billing
        self.finance = finance
        self.source = PostgresBilling(billing.reader_dsn, "billing_db")
        self.evidence = EvidenceStore(str(folder / "evidence"), folder / "scratch")
        (folder / "desk").mkdir()
        self.desk = AccountingDesk(finance, self.evidence, load_configuration(), "test", folder / "desk", 1000)

    def read(self, instant: datetime, *, is_full: bool = False) -> Extracted:
        landed = extract_source(
            self.source, SOURCE, "main", instant, "night", self.finance, self.evidence, is_full=is_full
        )
        assert isinstance(landed, Extracted)
        return landed

    def night(self, instant: datetime, *, is_full: bool = False) -> Accounted:
        return account_attempt(self.desk, self.read(instant, is_full=is_full).attempt_id)

    def forge(self, assignment: str) -> None:
        """Make our memory of the source that of another database, or of a later state of this one."""
        with self.finance.transaction() as connection:
            connection.execute(f"update source_stream set {assignment}")
            connection.execute("update document_register set seen_rank = 1099511627776")


@pytest.fixture(scope="module")
def billing_template(postgres: EmbeddedPostgres) -> Iterator[str]:
    name = "full_compare_billing"
    postgres.drop_database(name)
    make_template(postgres, name)
    yield name
    postgres.drop_database(name)


@pytest.fixture
def company(
    postgres: EmbeddedPostgres, billing_template: str, finance: FinanceDatabase, tmp_path: Path
) -> Iterator[Company]:
    name = f"billing_{uuid4().hex[:12]}"
    postgres.create_database(name, "billing_owner", billing_template)
    with finance.transaction() as connection:
        connection.execute(_OPEN_YEAR)
    yield Company(BillingWorld(postgres, name), finance, tmp_path)
    postgres.drop_database(name)


def changed(accounted: Accounted) -> dict[str, int]:
    """How many documents of each type had another content than the books."""
    return {row.document_type: row.document_count for row in accounted.outcomes if row.outcome == "changed"}


@pytest.mark.parametrize(
    "forged",
    [
        "system_identifier = '1/1', horizon = 1099511627776, snapshot_rank = 1099511627776",
        "horizon = 1099511627776, snapshot_rank = 1099511627776",
    ],
    ids=["another database", "the same one set back"],
)
def test_a_full_compare_books_the_differences_and_the_next_night_is_an_ordinary_one(
    company: Company, forged: str
) -> None:
    company.night(NIGHTS[0])
    company.forge(forged)
    company.billing.change("update billing.refunds set amount_minor = 200 where id = uid('REF-2')")
    whole = company.night(NIGHTS[1], is_full=True)
    assert not whole.is_covered
    assert changed(whole) == {"refund": 1}
    company.billing.change("update billing.refunds set amount_minor = 300 where id = uid('REF-2')")
    assert changed(company.night(NIGHTS[2])) == {"refund": 1}
    assert sum(_refunds(company.finance)) == 1000


@pytest.mark.core
def test_what_was_read_of_the_old_database_counts_no_more(company: Company) -> None:
    company.night(NIGHTS[0])
    company.billing.change("update billing.refunds set amount_minor = 200 where id = uid('REF-2')")
    of_the_old = company.read(NIGHTS[1])
    with company.finance.transaction() as connection:
        connection.execute("update attempt set system_identifier = '1/1' where id = %s", (of_the_old.attempt_id,))
    assert account_attempt(company.desk, of_the_old.attempt_id).is_covered


def test_a_full_compare_whose_snapshot_is_older_than_a_commit_is_covered(company: Company) -> None:
    """Another night commits after the snapshot is taken and before the attempt is written down."""
    company.night(NIGHTS[0])

    class Slow:
        def position(self) -> SourcePosition:
            return company.source.position()

        @contextmanager
        def read(self, *given: Any) -> Iterator[Reading]:
            with company.source.read(*given) as reading:
                company.billing.change("update billing.refunds set amount_minor = 200 where id = uid('REF-2')")
                assert changed(company.night(NIGHTS[1])) == {"refund": 1}
                yield reading

    landed = extract_source(Slow(), SOURCE, "main", NIGHTS[2], "night", company.finance, company.evidence, is_full=True)
    assert isinstance(landed, Extracted)
    assert account_attempt(company.desk, landed.attempt_id).is_covered
    assert sum(_refunds(company.finance)) == 900


def _refunds(finance: FinanceDatabase) -> list[int]:
    """What refunds took from the processor, entry by entry, reversals included."""
    with finance.transaction() as connection:
        rows = connection.execute(
            "select -l.amount_minor as minor from journal_line as l join journal_entry as e on e.id = l.entry_id"
            " where e.category in ('refunds', 'reversal') and l.account_code = '1050'"
        ).fetchall()
    return [int(row["minor"]) for row in rows]
