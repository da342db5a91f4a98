"""A posting process killed with SIGKILL at its dangerous lines: the next one completes the night in the real ERP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from include.finance.journal import EntryState
from include.pipelines.ledger import read_ledger
from include.pipelines.post import post_entity
from include.pipelines.posting_desk import PostingTimes
from include.sample.tryton import POSTER, TrytonServer
from include.store.database import FinanceDatabase
from tests.posting.books import ERP, READ_INSTANT, US, posting_store, write_entries
from tests.posting.tryton_company import COMPANIES, tryton_erp

TWO = """
2026-01-31 invoices
  1100  1426.51
  2100 -1426.51
2026-01-31 receipts
  1010  1426.51
  1100 -1426.51
"""


@pytest.mark.parametrize(
    ("name", "number", "is_after"),
    [
        ("journal.change", 0, True),  # `sending` is committed, nothing has left
        ("erp.create", 0, True),  # the draft is there, nobody wrote it down
        ("erp.release", 0, True),  # it is posted, nobody wrote it down
        ("erp.release", 1, False),  # a draft is left of the second entry
    ],
)
def test_killed_there_and_run_again_the_ledger_is_right(
    finance: FinanceDatabase, tryton: TrytonServer, erp_database: str, name: str, number: int, *, is_after: bool
) -> None:
    references = write_entries(finance, US, TWO)
    settings = {
        "dsn": finance.dsn,
        "killer": {"name": name, "number": number, "is_after": is_after},
        "erp": {
            "url": tryton.url,
            "database": erp_database,
            "login": POSTER,
            "password": tryton.password(POSTER),
            "companies": COMPANIES,
        },
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.posting.post_and_die"],
        input=json.dumps(settings),
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    erp = tryton_erp(tryton, erp_database, answer_seconds=2)
    # The killed process had leases of 3 + 2 s: that is what the next one waits for.
    times = PostingTimes(margin_seconds=0, pause_seconds=0.1)
    report = post_entity(erp, posting_store(finance), US, ERP, READ_INSTANT, actor="test", times=times)
    assert report.counts == {EntryState.VERIFIED: len(report.entries)}
    ledger = read_ledger(erp, US, date.max)
    assert dict(ledger.balances) == {"1010": 142651, "2100": -142651}
    assert sorted(entry.header.reference for entry in ledger.entries) == sorted(references)
    assert all(len(found) == 1 for found in erp.references(US, date(2026, 1, 1)).values())
