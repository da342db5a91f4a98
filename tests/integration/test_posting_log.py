"""The night shift finds every line about one journal entry by its id, whatever happened to it on its way to a real ERP."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from include.adapters import http
from include.finance.journal import EntryState
from include.pipelines.post import post_entity
from include.pipelines.posting_desk import PostingTimes
from include.sample.tryton import POSTER, TrytonServer
from include.store.database import FinanceDatabase
from tests.chaos.faulty_proxy import CREATE, READS, RELEASE, Fault, FaultyProxy, faulty_proxy
from tests.posting.books import ERP, READ_INSTANT, US, posting_store, write_entries
from tests.posting.log_lines import Line, log_lines
from tests.posting.tryton_company import tryton_erp

THREE = """
2026-01-30 invoices
  1100  1426.51
  2100 -1426.51
2026-01-31 receipts
  1010  1426.51
  1100 -1426.51
2026-02-01 refunds
  2050    20.00
  1010   -20.00
"""
TIMES = PostingTimes(slack_seconds=10, margin_seconds=0, pause_seconds=0.1)
_ROOT = Path(__file__).parents[2]


@pytest.fixture
def proxy(tryton: TrytonServer) -> Iterator[FaultyProxy]:
    with faulty_proxy(tryton.url) as one:
        yield one


def ids(finance: FinanceDatabase) -> dict[str, str]:
    """The id of each entry by its reference."""
    with finance.transaction() as connection:
        return {row["reference"]: str(row["id"]) for row in connection.execute("select * from journal_entry")}


def named(line: Line, references: Sequence[str]) -> set[str]:
    """Which entries a line speaks of, in whatever field but the list of a chunk."""
    text = json.dumps({name: value for name, value in line.items() if name not in ("references", "chunk")}, default=str)
    return {each for each in references if each in text}


def told(lines: Sequence[Line], entry_id: str) -> list[str]:
    """The life of one entry: its changes of state, and what befell its requests."""
    mine = [line for line in lines if line.get("journal_entry_id") == entry_id]
    return [f"{line['was']} -> {line['state']}" if "was" in line else str(line["event"]) for line in mine]


def test_every_line_about_an_entry_carries_its_id(
    finance: FinanceDatabase, tryton: TrytonServer, erp_database: str, proxy: FaultyProxy
) -> None:
    references = write_entries(finance, US, THREE)
    erp = tryton_erp(tryton, erp_database, url=f"http://127.0.0.1:{proxy.port}")
    erp.reference_data(US)  # the questions that open a session are behind us
    # The answer to the second create is lost and is asked for; the first release finds the ERP busy.
    proxy.plan |= {CREATE: [None, Fault.ANSWER_LOST], RELEASE: [Fault.UNAVAILABLE]}
    with log_lines() as lines, pytest.MonkeyPatch.context() as patched:
        patched.setattr(http, "_SLOW_SECONDS", 0)  # so that every request is a line
        report = post_entity(erp, posting_store(finance), US, ERP, READ_INSTANT, actor="test", times=TIMES)
    assert report.counts == {EntryState.VERIFIED: 3}
    assert not proxy.left
    by_reference = ids(finance)
    for line in lines:
        for reference in named(line, references):
            assert (line["reference"], line["journal_entry_id"]) == (reference, by_reference[reference]), line
    # What is written to the ERP is about one entry, always.
    writes = [line for line in lines if line.get("erp_method") in (CREATE, RELEASE)]
    assert writes
    assert all(line["journal_entry_id"] in by_reference.values() for line in writes)
    first, second, third = (
        [said for said in told(lines, by_reference[each]) if said != "slow answer"] for each in references
    )
    sent = ["ready -> sending", "sending -> created_unreleased", "created_unreleased -> posted", "posted -> verified"]
    assert third == sent
    assert first == [*sent[:2], "refused", "the ERP is busy: asked again", *sent[2:]]
    lost = ["ready -> sending", "no whole answer", "sending -> in_doubt", "in_doubt -> created_unreleased"]
    assert second == [*lost, "created_unreleased -> posted", "posted -> verified"]
    # A request for several at once names its chunk, and so does the last line of each of them.
    verified = [line for line in lines if line.get("state") == EntryState.VERIFIED.value]
    assert [(line["chunk"], line["chunk_size"]) for line in verified] == [(verified[0]["chunk"], 3)] * 3
    [members] = [line["references"] for line in lines if line["event"] == "chunk"]
    assert sorted(members) == sorted(references)
    assert any(line["event"] == "slow answer" and line.get("chunk_size") == 3 for line in lines)
    assert tryton.password(POSTER) not in json.dumps(lines, default=str)


def test_a_question_that_is_asked_again_says_for_which_entry_and_what_waits_says_so(
    finance: FinanceDatabase, tryton: TrytonServer, erp_database: str, proxy: FaultyProxy
) -> None:
    references = write_entries(finance, US, THREE)
    erp = tryton_erp(tryton, erp_database, url=f"http://127.0.0.1:{proxy.port}")
    erp.reference_data(US)
    proxy.plan[RELEASE] = [Fault.ANSWER_LOST] * 3
    with log_lines() as lines, pytest.MonkeyPatch.context() as patched:
        # Only what asks for one entry: the lists before and after are about none.
        real, asked = erp.find, []

        def find(entity: Any, reference: str) -> Any:
            asked.append(reference)
            proxy.plan.setdefault(READS, [Fault.UNAVAILABLE])
            return real(entity, reference)

        patched.setattr(erp, "find", find)
        report = post_entity(erp, posting_store(finance), US, ERP, READ_INSTANT, actor="test", times=TIMES)
    assert report.counts == {EntryState.VERIFIED: 3}
    [repeated] = [line for line in lines if line["event"] == "asked again"]
    assert (repeated["reference"], repeated["journal_entry_id"]) == (asked[0], ids(finance)[asked[0]])
    assert repeated["reason"] == "HTTP 503"
    assert set(asked) == set(references)


def test_the_request_itself_names_the_entry_to_the_erps_side(
    finance: FinanceDatabase, tryton: TrytonServer, erp_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    references = write_entries(finance, US, THREE)
    sent: list[tuple[str, str | None]] = []
    real = requests.Session.post

    def post(self: requests.Session, url: str, **named: Any) -> Any:
        sent.append((json.loads(named["data"])["method"], named["headers"].get("X-Correlation-Id")))
        return real(self, url, **named)

    monkeypatch.setattr(requests.Session, "post", post)
    erp = tryton_erp(tryton, erp_database)
    post_entity(erp, posting_store(finance), US, ERP, READ_INSTANT, actor="test", times=TIMES)
    for method in (CREATE, RELEASE):
        assert sorted(about or "" for called, about in sent if called == method) == sorted(references)
    assert ("common.db.login", None) in sent


def test_a_process_without_airflow_writes_its_lines_to_standard_error(
    finance: FinanceDatabase, tryton: TrytonServer, erp_database: str, proxy: FaultyProxy
) -> None:
    write_entries(finance, US, THREE)
    proxy.plan[CREATE] = [Fault.ANSWER_LOST]
    settings = {
        "dsn": finance.dsn,
        "killer": {"name": "erp.release", "number": 2, "is_after": True},
        "erp": {
            "url": f"http://127.0.0.1:{proxy.port}",
            "database": erp_database,
            "login": POSTER,
            "password": tryton.password(POSTER),
            "companies": {"US": "Tieout US Inc."},
        },
    }
    done = subprocess.run(
        [sys.executable, "-c", f"import os; os.environ['TIEOUT_LOG_LEVEL'] = 'info'\n{_POST}"],
        input=json.dumps(settings),
        text=True,
        cwd=_ROOT,
        capture_output=True,
        check=False,
    )
    assert done.stdout == ""
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    by_reference = ids(finance)
    moved = [line for line in lines if "was" in line]
    assert {line["reference"] for line in moved} == set(by_reference)
    assert all(line["journal_entry_id"] == by_reference[line["reference"]] for line in moved)
    [lost] = [line for line in lines if line["event"] == "no whole answer"]
    assert lost["journal_entry_id"] in by_reference.values()
    assert tryton.password(POSTER) not in done.stderr


_POST = """
from tests.posting.post_and_die import main
main()
"""
