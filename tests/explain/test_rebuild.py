"""Both nights of the sample company come out of their evidence again, entry by entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from include.commands.rebuild import rebuilt_lines
from include.finance.errors import EvidenceError, UnknownNameError
from include.pipelines.rebuild import rebuild_batch
from include.pipelines.reclassify import approve_reclassification, propose_reclassification
from include.pipelines.reclassify_asked import read_asked
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from tests.accounting.billing import credit_memo, invoice, line, payment, to
from tests.accounting.company import SHIPPED, Company, close_period, open_periods
from tests.accounting.corrected import DEFERRED_ELSEWHERE, REVENUE_ELSEWHERE, TAX_ELSEWHERE
from tests.accounting.sample_books import SampleBooks

pytestmark = pytest.mark.long  # `make test` runs those marked core


@pytest.fixture
def company(finance: FinanceDatabase, tmp_path: Path) -> Company:
    open_periods(finance)
    return Company(finance, tmp_path)


def last_batch(company: Company) -> int:
    return int(company.rows("select max(batch_no) as n from batch")[0]["n"])


def test_both_sample_nights_come_out_the_same(books: SampleBooks) -> None:
    with books.finance.transaction() as connection:
        reversals = connection.execute(
            "select batch_no, count(reverses_no) as n from event_booking group by 1 order by 1"
        ).fetchall()
    assert [row["n"] > 0 for row in reversals] == [False, True]
    for row in reversals:
        rebuilt = rebuild_batch(books.desk, row["batch_no"])
        assert rebuilt.is_equal, "\n".join(rebuilt_lines(rebuilt))
        assert all(each.left_rows > 0 for each in rebuilt.comparisons)


def test_a_batch_comes_out_the_same_after_later_nights_changed_and_deleted_its_documents(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-10", line(10000, tax=800)),
        payment("PAY-1", "01-20", 10800, to("INV-1", 10800, "01-20")),
        payment("PAY-2", "01-20", 500, to("INV-2", 500, "01-20")),
    )
    company.night(invoice("INV-1", "01-10", line(9000, tax=800)), invoice("INV-2", "01-12", line(500)))
    close_period(company.finance, "2026-01")
    company.night(invoice("INV-1", "01-10", line(9500, tax=800)), credit_memo("CM-1", "01-30", line(100)))
    for number in range(last_batch(company) - 2, last_batch(company) + 1):
        rebuilt = rebuild_batch(company.desk, number)
        assert rebuilt.is_equal, "\n".join(rebuilt_lines(rebuilt))


def test_a_night_in_which_nothing_came_is_rebuilt_as_well(company: Company) -> None:
    company.night()
    assert rebuild_batch(company.desk, last_batch(company)).is_equal


@pytest.mark.core
def test_a_quarantined_document_that_passed_later_comes_out_the_same(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(-100)), payment("PAY-1", "01-15", -100))
    company.night(payment("PAY-1", "01-15", 100))
    company.night(payment("PAY-1", "01-15", -100))
    company.night(payment("PAY-1", "01-15", 250))
    for number in range(last_batch(company) - 3, last_batch(company) + 1):
        assert rebuild_batch(company.desk, number).is_equal


def test_entries_that_were_made_otherwise_are_shown_row_by_row(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000, tax=800)))
    number = last_batch(company)
    # The same batch as other code would make it: the tax goes elsewhere.
    rules = tuple(
        replace(
            rule,
            lines=tuple(
                replace(leg, role="deferred_revenue") if leg.role.startswith("tax") else leg for leg in rule.lines
            ),
        )
        for rule in SHIPPED.rules.rules
    )
    other = replace(SHIPPED, rules=replace(SHIPPED.rules, rules=rules))
    rebuilt = rebuild_batch(replace(company.desk, configuration=other), number)
    text = "\n".join(rebuilt_lines(rebuilt))
    assert not rebuilt.is_equal
    assert "subledger_entries: 3 stored, 3 rebuilt, 2 rows differ" in text


@pytest.mark.core
def test_what_a_batch_cannot_be_rebuilt_without_is_said(company: Company, postgres: EmbeddedPostgres) -> None:
    company.night(invoice("INV-1", "01-10", line(10000)))
    number = last_batch(company)
    with pytest.raises(UnknownNameError, match="There is no batch 999"):
        rebuild_batch(company.desk, 999)
    # As a batch from before rule sets were kept: not even the application may change it so.
    with postgres.admin(conninfo_to_dict(company.finance.dsn)["dbname"]) as connection:
        connection.execute("update tieout.batch set rule_set_sha256 = %s where batch_no = %s", ("1" * 64, number))
    with pytest.raises(
        EvidenceError, match=r"was made under configuration 1111.*, and its own cannot be read: Rule set 1111"
    ):
        rebuild_batch(company.desk, number)


def test_a_batch_made_under_rules_that_have_changed_since_comes_out_by_the_rules_of_its_time(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000, tax=800)))
    first = last_batch(company)
    company.configuration = TAX_ELSEWHERE
    company.night(invoice("INV-2", "01-10", line(5000, tax=400)))
    for number in (first, last_batch(company)):
        rebuilt = rebuild_batch(company.desk, number)
        assert rebuilt.is_equal, "\n".join(rebuilt_lines(rebuilt))


def test_runs_of_recognition_come_out_the_same(company: Company) -> None:
    def at(day: str) -> datetime:
        return datetime.fromisoformat(f"{day}T06:00:00+00:00")

    company.night(invoice("INV-1", "01-01", line(36500, "ratable")), invoice("INV-2", "01-05", line(100, "ratable")))
    company.recognise(at("2026-02-01"))
    company.configuration = REVENUE_ELSEWHERE
    close_period(company.finance, "2026-01")
    company.night(invoice("INV-2", "01-05", line(90, "ratable")), invoice("INV-3", "01-06", line(700, "ratable")))
    company.recognise(at("2026-02-03"))
    company.recognise(at("2026-02-20"), ["2026-02"])
    runs = company.rows("select batch_no from batch where kind = 'recognition' order by 1")
    assert len(runs) == 3
    company.configuration = TAX_ELSEWHERE
    for row in runs:
        rebuilt = rebuild_batch(company.desk, row["batch_no"])
        assert rebuilt.is_equal, "\n".join(rebuilt_lines(rebuilt))
        assert any(each.dataset == "recognised_amounts" and each.left_rows for each in rebuilt.comparisons)


def test_a_reclassification_comes_out_the_same_after_another_one(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-01", line(36500, "ratable", tax=300)), invoice("INV-2", "01-05", line(100, tax=8))
    )
    company.recognise(datetime.fromisoformat("2026-03-01T06:00:00+00:00"))
    for configuration in (DEFERRED_ELSEWHERE, REVENUE_ELSEWHERE):
        company.configuration = configuration
        asked = read_asked("", "type=invoice", "2026-01", "2026-02", "test")
        [proposed] = propose_reclassification(company.desk, asked, "anna")
        assert proposed.proposal
        approve_reclassification(company.desk, proposed.proposal.sha256, "ben")
    company.night(invoice("INV-2", "01-05", line(200, tax=8)))
    found = company.rows("select batch_no from batch where kind = 'reclassify' order by 1")
    assert len(found) == 2
    for row in found:
        rebuilt = rebuild_batch(company.desk, row["batch_no"])
        assert rebuilt.is_equal, "\n".join(rebuilt_lines(rebuilt))
        # nothing foreign is open here
        assert {each.dataset for each in rebuilt.comparisons if not each.left_rows} <= {"open_items", "revalued_items"}
