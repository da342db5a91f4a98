"""Time that passes when a test says so: for the finance database, for the ERP and for this machine alike."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from include.pipelines.posting_desk import PostingClock
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from include.store.postings import EntityPostings, PostingStore
from tests.posting.fake_erp import FakeErp

_CLOCK = """
create table tieout.passed (seconds double precision not null);
insert into tieout.passed values (0);
create function tieout.clock_timestamp() returns timestamptz language sql as $$
    select pg_catalog.clock_timestamp() + make_interval(secs => (select seconds from tieout.passed))
$$;
grant select, update on tieout.passed to finance_writer;
"""


def give_clock(postgres: EmbeddedPostgres, finance: FinanceDatabase) -> None:
    """Give a finance database a clock that a test can put forward."""
    with postgres.connect("finance_owner", finance.dsn.rsplit("/", 1)[1]) as owner:
        owner.execute(_CLOCK)


class PassingStore(PostingStore):
    """The store, on the clock of the test."""

    @contextmanager
    def locked(self, erp_code: str, legal_entity_code: str) -> Iterator[EntityPostings]:
        """Lock as ever, then let `clock_timestamp` mean the test's own."""
        with super().locked(erp_code, legal_entity_code) as journal:
            journal.lock.connection.execute("set search_path = tieout, pg_catalog")
            yield journal


@dataclass
class PassingTime:
    """Waiting without waiting."""

    finance: FinanceDatabase
    erp: FakeErp
    passed: float = 0

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass everywhere."""
        with self.finance.transaction() as connection:
            connection.execute("update passed set seconds = seconds + %s", (seconds,))
        self.erp.elapse(seconds)
        self.passed += seconds

    def clock(self) -> PostingClock:
        """The clock to post with."""
        return PostingClock(sleep=self.pass_seconds, monotonic=lambda: time.monotonic() + self.passed)
