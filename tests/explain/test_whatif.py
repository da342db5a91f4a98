"""Other rules over past periods: what they change to the cent, document by document, and nothing is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from include.config.configuration import Configuration
from include.config.folder import config_folder
from include.config.overlay import load_changed
from include.finance.errors import ConfigurationError, UnknownNameError
from include.pipelines.reclassify import approve_reclassification, propose_reclassification
from include.pipelines.reclassify_asked import read_asked
from include.pipelines.whatif import WhatIf, what_if
from include.pipelines.whatif_report import whatif_markdown
from include.store.database import FinanceDatabase
from tests.accounting.billing import credit_memo, invoice, line, payment, to
from tests.accounting.company import SHIPPED, Company, close_period, open_periods
from tests.accounting.corrected import DEFERRED_AT_ONCE, DEFERRED_ELSEWHERE, REVENUE_ELSEWHERE
from tests.accounting.sample_books import SampleBooks

pytestmark = pytest.mark.long  # `make test` runs those marked core


@pytest.fixture
def company(finance: FinanceDatabase, tmp_path: Path) -> Company:
    open_periods(finance)
    return Company(finance, tmp_path)


def with_tax_as(role: str) -> Configuration:
    """The shipped rules, but tax of issued invoices goes to another role."""
    rules = tuple(
        replace(rule, lines=tuple(replace(leg, role=role) if leg.role == "tax_payable" else leg for leg in rule.lines))
        if rule.event == "invoice.issued"
        else rule
        for rule in SHIPPED.rules.rules
    )
    return replace(SHIPPED, rules=replace(SHIPPED.rules, rules=rules), sha256="f" * 64)


def cells(found: WhatIf) -> list[str]:
    return [
        f"{cell.legal_entity_code} {cell.period_name} {cell.account_code} {cell.booked_minor} -> {cell.ruled_minor} "
        f"{cell.document_count}: {' '.join(cell.documents)}"
        for cell in found.cells
    ]


def test_the_same_rules_change_nothing_in_the_sample_company_s_books(books: SampleBooks) -> None:
    found = what_if(books.desk, SHIPPED, "2025-01", "2026-12")
    assert cells(found) == []
    assert found.read_count > 100
    assert "**No amount differs.**" in whatif_markdown(found)


@pytest.mark.core
def test_another_account_for_tax_shows_the_money_by_period_and_account_with_the_documents(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-10", line(10000, tax=800)),
        invoice("INV-2", "01-11", line(2000, tax=100)),
        invoice("INV-3", "02-01", line(500, tax=50)),
        payment("PAY-1", "01-20", 10800, to("INV-1", 10800, "01-20")),
    )
    found = what_if(company.desk, with_tax_as("deferred_revenue"), "2026-01", "2026-01")
    deferred, tax = (SHIPPED.chart_of("US").roles[role] for role in ("deferred_revenue", "tax_payable"))
    assert cells(found) == sorted(
        [
            f"US 2026-01 {deferred} 0 -> -900 2: invoice:INV-1 invoice:INV-2",
            f"US 2026-01 {tax} -900 -> 0 2: invoice:INV-1 invoice:INV-2",
        ]
    )
    assert (found.read_count, found.changed_count) == (3, 2)
    report = whatif_markdown(found)
    assert f"| US | 2026-01 | {tax} | -9.00 USD | 0.00 USD | 9.00 USD | 2: `invoice:INV-1`, `invoice:INV-2` |" in report


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T06:00:00+00:00")


def test_revenue_on_another_account_shows_in_the_periods_in_which_it_was_recognised(company: Company) -> None:
    company.night(invoice("INV-1", "01-01", line(36500, "ratable")), invoice("INV-2", "01-01", line(73000, "ratable")))
    company.recognise(at("2026-04-01"))
    assert cells(what_if(company.desk, REVENUE_ELSEWHERE, "2026-02", "2026-03")) == [
        "US 2026-02 4000 -8400 -> 0 2: invoice:INV-2 invoice:INV-1",
        "US 2026-02 4005 0 -> -8400 2: invoice:INV-2 invoice:INV-1",
        "US 2026-03 4000 -9300 -> 0 2: invoice:INV-2 invoice:INV-1",
        "US 2026-03 4005 0 -> -9300 2: invoice:INV-2 invoice:INV-1",
    ]


def test_a_rule_that_defers_no_more_takes_recognition_with_it(company: Company) -> None:
    company.night(invoice("INV-1", "01-01", line(36500, "ratable")))
    company.recognise(at("2026-03-01"))
    assert cells(what_if(company.desk, DEFERRED_AT_ONCE, "2026-01", "2026-01")) == [
        "US 2026-01 2100 -33400 -> 0 1: invoice:INV-1",
        "US 2026-01 4000 -3100 -> 0 1: invoice:INV-1",
        "US 2026-01 4020 0 -> -36500 1: invoice:INV-1",
    ]
    # Nothing else happened to it in February.
    assert cells(what_if(company.desk, DEFERRED_AT_ONCE, "2026-02", "2026-02")) == [
        "US 2026-02 2100 2800 -> 0 1: invoice:INV-1",
        "US 2026-02 4000 -2800 -> 0 1: invoice:INV-1",
    ]


def test_a_rule_that_defers_what_was_revenue_at_once_shows_what_would_have_been_earned(company: Company) -> None:
    company.configuration = DEFERRED_AT_ONCE
    company.night(invoice("INV-1", "01-01", line(36500, "ratable")), invoice("INV-2", "01-01", line(100)))
    company.recognise(at("2026-03-01"))
    company.configuration = SHIPPED
    company.night(invoice("INV-3", "01-01", line(36500, "ratable")))
    company.recognise(at("2026-03-02"))
    assert cells(what_if(company.desk, SHIPPED, "2026-01", "2026-01")) == [
        "US 2026-01 2100 0 -> -33400 1: invoice:INV-1",
        "US 2026-01 4000 0 -> -3100 1: invoice:INV-1",
        "US 2026-01 4020 -36500 -> 0 1: invoice:INV-1",
    ]


def test_what_was_reclassified_is_what_the_books_have(company: Company) -> None:
    company.night(invoice("INV-1", "01-01", line(36500, "ratable", tax=300)))
    company.recognise(at("2026-03-01"))
    company.configuration = DEFERRED_ELSEWHERE
    asked = read_asked("invoice:INV-1", "", "2026-01", "2026-02", "test")
    [proposed] = propose_reclassification(company.desk, asked, "anna")
    assert proposed.proposal
    approve_reclassification(company.desk, proposed.proposal.sha256, "ben")
    assert cells(what_if(company.desk, DEFERRED_ELSEWHERE, "2026-01", "2026-02")) == []


def test_late_catch_ups_and_changed_lines_are_no_difference_of_rules(company: Company) -> None:
    company.night(invoice("INV-1", "01-01", line(36500, "ratable")), instant=at("2026-02-01"))
    company.recognise(at("2026-02-01"))
    close_period(company.finance, "2026-01", "2026-02")
    changed = line(18250, "ratable")
    company.night(invoice("INV-1", "01-01", changed), invoice("INV-2", "01-05", changed), instant=at("2026-03-05"))
    company.recognise(at("2026-03-05"))
    assert cells(what_if(company.desk, SHIPPED, "2026-01", "2026-03")) == []


def test_a_document_that_changed_counts_once_as_it_is_now(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000, tax=800)), invoice("INV-2", "01-10", line(100, tax=10)))
    company.night(invoice("INV-1", "01-10", line(10000, tax=700)))
    company.billing.delete_for_good(("invoice", "INV-2"))
    company.night()
    assert what_if(company.desk, SHIPPED, "2026-01", "2026-01").cells == ()
    found = what_if(company.desk, with_tax_as("deferred_revenue"), "2026-01", "2026-01")
    assert {cell.difference_minor for cell in found.cells} == {700, -700}


@pytest.mark.core
def test_nothing_is_written(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000, tax=800)))
    count = "select (select count(*) from event_booking) + (select count(*) from journal_entry) + (select count(*) from attempt) as n"
    before, files = company.rows(count), sorted((company.folder / "evidence").rglob("*"))
    what_if(company.desk, with_tax_as("deferred_revenue"), "2026-01", "2026-01")
    assert company.rows(count) == before
    assert sorted((company.folder / "evidence").rglob("*")) == files


def test_documents_that_no_rule_fits_are_left_out_and_listed(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000)), credit_memo("CM-1", "01-11", line(100)))
    rules = tuple(rule for rule in SHIPPED.rules.rules if rule.event != "credit_memo.issued")
    found = what_if(company.desk, replace(SHIPPED, rules=replace(SHIPPED.rules, rules=rules)), "2026-01", "2026-01")
    assert found.cells == ()
    [left] = found.left_out
    assert (left.documents, left.document_count) == (("credit_memo:CM-1",), 1)
    assert "Not compared, because these rules leave the documents out of the books" in whatif_markdown(found)


def test_periods_that_no_erp_has_are_refused(company: Company) -> None:
    with pytest.raises(UnknownNameError, match="FROM=2026-13 TO=2026-01 names no span of accounting periods"):
        what_if(company.desk, SHIPPED, "2026-13", "2026-01")


def test_changed_files_replace_those_in_use(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has no YAML files"):
        load_changed(tmp_path)
    (tmp_path / "posting_rules").mkdir()
    for path in (config_folder() / "posting_rules").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / "posting_rules" / path.name).write_text(
            text.replace("amount: tax", "amount: tax"), encoding="utf-8"
        )
    assert load_changed(tmp_path).rules.sha256 == SHIPPED.rules.sha256
    (tmp_path / "posting_rules" / "10_invoices.yaml").unlink()
    with pytest.raises(ConfigurationError):
        load_changed(tmp_path)
