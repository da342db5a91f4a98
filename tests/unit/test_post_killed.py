"""Killed before or after any call to the ERP and any commit, and run again: the ledger is the same."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest

from include.finance.errors import TieoutError
from include.pipelines.post import post_entity
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from tests.posting.books import ERP, READ_INSTANT, US, open_exceptions, posting_store, states, write_entries
from tests.posting.fake_erp import FakeErp, Fault
from tests.posting.kill import KilledError, Killer, MortalErp, MortalStore
from tests.posting.passing_time import PassingStore, PassingTime, give_clock

NIGHT = """
{night} invoices
  1100  1426.51
  2100 -1426.51

{night} receipts
  1010   500.00
  1100  -500.00

{night} refunds
  2050    20.00
  1010   -20.00
"""


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("plan", ["smooth", "answers lost", "refusals"])
def test_killed_at_any_call_and_run_again_the_ledger_is_the_same(
    postgres: EmbeddedPostgres, finance: FinanceDatabase, plan: str, *, is_after: bool
) -> None:
    give_clock(postgres, finance)
    number, is_spared = 0, False
    while not is_spared:
        erp, killer = FakeErp(US), Killer(number, is_after=is_after)
        written = write_entries(finance, US, NIGHT.format(night="2026-02-01"), night=f"{plan}{is_after}{number}")
        apply_plan(erp, plan)
        run_until_killed(finance, erp, killer)
        is_spared = killer.is_spared
        run_until_finished(finance, erp)
        where = f"killed at {killer.seen[-1]}, call {number}"
        assert erp.balances(US, date.max) == {"1100": 92651, "2100": -142651, "1010": 48000, "2050": 2000}, where
        assert sorted(each.header.reference for each in erp.posted()) == sorted(written), where
        assert not erp.drafts(), where
        assert {states(finance)[reference] for reference in written} == {"verified"}, where
        assert open_exceptions(finance) == {}, where
        forget(finance)
        number += 1
    assert number > 20


def apply_plan(erp: FakeErp, plan: str) -> None:
    if plan == "answers lost":
        erp.fail("create", Fault.LOST_ANSWER, Fault.LOST_REQUEST, Fault.LATE)
        erp.fail("release", Fault.LATE, Fault.LOST_ANSWER)
    if plan == "refusals":
        erp.fail("create", None, Fault.CLOSED)
        erp.fail("release", Fault.CLOSED)


def run_until_killed(finance: FinanceDatabase, erp: FakeErp, killer: Killer) -> None:
    clock = PassingTime(finance, erp).clock()
    store = MortalStore(PassingStore(finance, posting_store(finance).assignments), killer)
    with suppress(KilledError, TieoutError):
        post_entity(MortalErp(erp, killer), store, US, ERP, READ_INSTANT, actor="test", clock=clock)


def run_until_finished(finance: FinanceDatabase, erp: FakeErp) -> None:
    for _ in range(4):
        try:
            clock = PassingTime(finance, erp).clock()
            report = post_entity(
                erp,
                PassingStore(finance, posting_store(finance).assignments),
                US,
                ERP,
                READ_INSTANT,
                actor="test",
                clock=clock,
            )
        except TieoutError:
            continue
        if not report.entries:
            break
    erp.elapse(3600)  # whatever the ERP still had on its mind


def forget(finance: FinanceDatabase) -> None:
    """Put the night away, so that the next round's ERP, which is empty, is not asked about it."""
    with finance.transaction() as connection:
        connection.execute("update journal_entry set state = 'reversed' where state = 'verified'")
