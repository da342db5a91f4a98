"""Both nights of the sample company come out of their evidence again, entry by entry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from include.commands.rebuild import rebuilt_lines
from include.finance.errors import EvidenceError, UnknownNameError
from include.pipelines.rebuild import rebuild_batch
from include.store.database import FinanceDatabase
from tests.accounting.billing import credit_memo, invoice, line, payment, to
from tests.accounting.company import SHIPPED, Company, close_period, open_periods
from tests.accounting.sample_books import SampleBooks


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


def test_what_a_batch_cannot_be_rebuilt_without_is_said(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000)))
    number = last_batch(company)
    with pytest.raises(UnknownNameError, match="There is no batch 999"):
        rebuild_batch(company.desk, 999)
    with pytest.raises(EvidenceError, match=r"was accounted under configuration .* and the one in force is 00000"):
        rebuild_batch(replace(company.desk, configuration=replace(SHIPPED, sha256="0" * 64)), number)
