"""Posting into a real Tryton: what is in the finance database is in the ledger, once, whatever is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from include.adapters.erp.tryton import TrytonErp
from include.finance.journal import EntryState
from include.pipelines.ledger import read_ledger
from include.pipelines.post import post_entity
from include.pipelines.posting_desk import PostingTimes
from include.pipelines.posting_report import PostingReport
from include.ports.erp import LedgerState
from include.sample.tryton import TrytonServer
from include.store.database import FinanceDatabase
from tests.posting.books import DE, ERP, READ_INSTANT, US, open_exceptions, posting_store, set_row, write_entries
from tests.posting.dropping_proxy import DroppingProxy, dropping_proxy
from tests.posting.tryton_company import tryton_erp

FIVE = """
2026-01-30 invoices
  1100  1426.51
  2100 -1080.00
  2000  -346.51
2026-01-31 invoices
  1100   100.00
  2100  -100.00
2026-01-31 receipts
  1010  1426.51
  2050 -1426.51
2026-01-31 applications
  2050  1426.51
  1100 -1426.51
2026-02-01 refunds
  2050    20.00
  1010   -20.00
"""
BALANCES = {"1010": 140651, "1100": 10000, "2000": -34651, "2050": 2000, "2100": -118000}
CREATE, POST = "model.account.move.create", "model.account.move.post"
# The proxy waits for the ERP's answer before it drops it: nothing is done late here, and no test waits for long.
TIMES = PostingTimes(slack_seconds=10, margin_seconds=0, pause_seconds=0.1)


@pytest.fixture
def proxy(tryton: TrytonServer) -> Iterator[DroppingProxy]:
    with dropping_proxy(tryton.url) as proxy:
        yield proxy


@pytest.fixture
def erp(tryton: TrytonServer, erp_database: str, proxy: DroppingProxy) -> TrytonErp:
    return tryton_erp(tryton, erp_database, url=proxy.url)


def post(finance: FinanceDatabase, erp: TrytonErp) -> PostingReport:
    return post_entity(erp, posting_store(finance), US, ERP, READ_INSTANT, actor="test", times=TIMES)


def test_a_night_of_entries_stands_in_the_ledger_and_a_second_run_posts_nothing(
    finance: FinanceDatabase, erp: TrytonErp, proxy: DroppingProxy
) -> None:
    references = write_entries(finance, US, FIVE)
    assert post(finance, erp).counts == {EntryState.VERIFIED: 5}
    ledger = read_ledger(erp, US, date(2026, 2, 1))
    assert dict(ledger.balances) == BALANCES
    assert sorted(entry.header.reference for entry in ledger.entries) == sorted(references)
    proxy.seen.clear()
    assert post(finance, erp).entries == ()
    assert CREATE not in proxy.seen
    assert POST not in proxy.seen
    assert dict(read_ledger(erp, US, date(2026, 2, 1)).balances) == BALANCES


@pytest.mark.parametrize("lost", [CREATE, POST])
def test_lost_answers_make_no_second_entry(
    finance: FinanceDatabase, erp: TrytonErp, proxy: DroppingProxy, lost: str
) -> None:
    write_entries(finance, US, FIVE)
    proxy.drop[lost] = 2
    assert post(finance, erp).counts == {EntryState.VERIFIED: 5}
    assert dict(read_ledger(erp, US, date(2026, 2, 1)).balances) == BALANCES
    found = [each for listed in erp.references(US, date(2026, 1, 1)).values() for each in listed]
    assert [each.state for each in found] == [LedgerState.POSTED] * 5
    assert proxy.seen.count(CREATE) == 5


def test_a_restored_finance_database_posts_nothing_again(
    finance: FinanceDatabase, erp: TrytonErp, proxy: DroppingProxy
) -> None:
    references = write_entries(finance, US, FIVE)
    post(finance, erp)
    for reference in references:
        set_row(finance, reference, "state = 'ready', erp_id = null, erp_number = null, last_sent_at = null")
    assert post(finance, erp).counts == {EntryState.VERIFIED: 5}
    assert proxy.seen.count(CREATE) == 5
    assert open_exceptions(finance) == {}


def test_a_period_closed_in_tryton_holds_the_entry_until_it_is_open(
    finance: FinanceDatabase, erp: TrytonErp, tryton: TrytonServer, erp_database: str
) -> None:
    write_entries(finance, US, FIVE)
    tryton.close_period(erp_database, "US", "2026-01")
    assert post(finance, erp).counts == {EntryState.HELD: 4, EntryState.VERIFIED: 1}
    assert "period 2026-01 is closed in the ERP" in open_exceptions(finance)["period_closed_in_erp"]["message"]
    tryton.reopen_period(erp_database, "US", "2026-01")
    assert post(finance, erp).counts == {EntryState.VERIFIED: 4}
    assert open_exceptions(finance) == {}


def test_a_control_account_is_posted_with_its_party(finance: FinanceDatabase, erp: TrytonErp) -> None:
    write_entries(finance, DE, "2026-01-31 invoices\n  1100 119.00\n  2100 -100.00\n  2000 -19.00")
    report = post_entity(erp, posting_store(finance), DE, ERP, READ_INSTANT, actor="test", times=TIMES)
    assert report.counts == {EntryState.VERIFIED: 1}
