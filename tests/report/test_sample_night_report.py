"""The report of the sample company's first night: every figure on the page and in the JSON is the database's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from include.adapters.billing.postgres import PostgresBilling
from include.evidence.store import EvidenceStore
from include.pipelines.account import AccountingDesk, account_attempt
from include.pipelines.extract import Extracted, extract_source
from include.pipelines.quality_scores import score_night
from include.report.model import OUTCOMES, NightReport
from include.report.read import read_report
from include.report.words import amount_text, decimal_text
from include.sample import company
from include.sample.company.calendar import CLOSED_YEARS
from include.sample.exchange_rates import load_sample_rates
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from tests.accounting.company import SHIPPED, open_periods
from tests.report.reading import Page, as_json, as_page

NIGHT = company.NIGHTS[0].as_of


@pytest.fixture(scope="module")
def books(
    postgres: EmbeddedPostgres, finance_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FinanceDatabase]:
    """The finance database after night one was accounted; nothing is posted yet."""
    folder, name = tmp_path_factory.mktemp("night"), uuid4().hex[:12]
    billing, finance = f"company_{name}", f"finance_{name}"
    postgres.create_database(billing, "billing_owner")
    postgres.create_database(finance, "finance_owner", finance_template)
    with postgres.admin() as connection:
        connection.execute(f'grant temporary on database "{finance}" to finance_writer')  # type: ignore[arg-type]
    company.create_billing_schema(postgres.dsn("billing_owner", billing))
    company.fill_night_one(postgres.dsn("billing_owner", billing))
    database = FinanceDatabase(postgres.dsn("finance_writer", finance))
    load_sample_rates(database)
    account_night_one(postgres, billing, database, folder)
    yield database
    postgres.drop_database(billing)
    postgres.drop_database(finance)


def account_night_one(postgres: EmbeddedPostgres, billing: str, finance: FinanceDatabase, folder: Path) -> None:
    open_periods(finance, closed=tuple(f"{year}-{month:02}" for year in CLOSED_YEARS for month in range(1, 13)))
    evidence = EvidenceStore(str(folder / "evidence"), folder)
    [source] = SHIPPED.sources.values()
    reader = PostgresBilling(postgres.dsn("billing_reader", billing), "billing_db")
    landed = extract_source(reader, source.code, source.tenant, NIGHT, "night", finance, evidence)
    assert isinstance(landed, Extracted)
    account_attempt(AccountingDesk(finance, evidence, SHIPPED, "test", folder, 1000), landed.attempt_id)
    score_night(finance, evidence, SHIPPED, NIGHT, "test")


@pytest.fixture(scope="module")
def report(books: FinanceDatabase) -> NightReport:
    return read_report(books, SHIPPED, NIGHT)


@pytest.fixture(scope="module")
def page(report: NightReport) -> Page:
    return as_page(report)


def rows(books: FinanceDatabase, query: str) -> list[dict[str, Any]]:
    with books.transaction() as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]


def test_the_equation_on_the_page_is_the_database_s_with_unassigned_first(books: FinanceDatabase, page: Page) -> None:
    counted = rows(
        books,
        "select legal_entity_code, currency, outcome, sum(document_count)::bigint as n from batch_outcome group by 1, 2, 3",
    )
    expected: dict[tuple[str, str], dict[str, int]] = {}
    for row in counted:
        expected.setdefault((row["legal_entity_code"], row["currency"]), {})[row["outcome"]] = row["n"]
    head, *body = page.table("equation")
    assert head == ["Legal entity", "Currency", "Read", "= new", *(f"+ {outcome}" for outcome in OUTCOMES[1:])]
    assert {(entity, currency): cells for entity, currency, *cells in body} == {
        place: [f"{sum(cells.values()):,}", *(f"{cells.get(outcome, 0):,}" for outcome in OUTCOMES)]
        for place, cells in expected.items()
    }
    assert body[0][0] == "UNASSIGNED"
    assert [cells[0] for cells in body if cells[0] != "UNASSIGNED"] == sorted(
        entity for entity, _ in expected if entity != "UNASSIGNED"
    )


def test_money_is_added_up_per_document_type_and_to_the_minor_unit(
    books: FinanceDatabase, report: NightReport, page: Page
) -> None:
    counted = rows(
        books,
        "select legal_entity_code, currency, document_type, sum(document_count)::bigint as n, sum(total_minor)::bigint as minor"
        " from batch_outcome group by 1, 2, 3",
    )
    exponents = {(cell.legal_entity_code, cell.currency): cell.exponent for cell in report.equation}
    assert {(cells[0], cells[1], cells[2]) for cells in page.table("document-types")[1:]} == {
        (
            f"{row['legal_entity_code']} {row['currency']}",
            row["document_type"].replace("_", " "),
            f"{row['n']:,} " + decimal_text(row["minor"], exponents[row["legal_entity_code"], row["currency"]]),
        )
        for row in counted
    }
    in_json = {
        (cell["legal_entity_code"], cell["currency"], each["document_type"], each["all"]["count"], each["all"]["minor"])
        for cell in as_json(report)["equation"]
        for each in cell["document_types"]
    }
    assert in_json == {tuple(row.values()) for row in counted}


def test_the_reasons_add_up_to_what_was_excluded_quarantined_and_held(report: NightReport) -> None:
    for cell in report.equation:
        for row in cell.document_types:
            for outcome in ("excluded", "quarantined", "held"):
                of_reasons = sum(each.tally.count for each in row.reasons if each.outcome == outcome)
                assert of_reasons == row.outcomes[outcome].count
    assert any(row.reasons for cell in report.equation for row in cell.document_types)


def test_every_entry_is_there_with_its_number_and_state(
    books: FinanceDatabase, report: NightReport, page: Page
) -> None:
    entries = rows(books, "select reference, total_debit_minor, currency, exponent, state from journal_entry")
    text = page.section("entries")
    assert {(each["reference"], each["total"]["minor"], each["state"]) for each in as_json(report)["entries"]} == {
        (row["reference"], row["total_debit_minor"], row["state"]) for row in entries
    }
    for entry in report.entries:
        assert f"{entry.reference} {entry.posting_date}" in text
        assert f"{amount_text(entry.total)} {amount_text(entry.functional_total or entry.total)}" in text


def test_every_exception_is_there_with_its_owner_by_money_at_risk(
    books: FinanceDatabase, report: NightReport, page: Page
) -> None:
    found = rows(
        books, "select category, split_part(cause, '|', -1) as rule, subject_id, owner, message from exception"
    )
    listed = [(group.category, group.rule, each) for group in report.exceptions for each in group.listed]
    assert sorted((category, rule, each.subject_id, each.owner) for category, rule, each in listed) == sorted(
        (row["category"], row["rule"], row["subject_id"], row["owner"]) for row in found
    )
    text = page.section("exceptions")
    assert all(" ".join(row["message"].split()) in text for row in found)
    for group in report.exceptions:
        in_units = [abs(each.at_risk.minor) * 10 ** (4 - (each.at_risk.exponent or 2)) for each in group.listed]
        assert in_units == sorted(in_units, reverse=True)
    assert len(page.causes()) == len(report.exceptions)


def test_every_legal_entity_is_scored_and_what_was_not_measured_says_why(report: NightReport, page: Page) -> None:
    found = {(each["legal_entity_code"], each["score"]): each for each in as_json(report)["scores"]}
    names = ("clearing", "completeness", "timeliness")
    assert list(found) == [(code, name) for code in sorted(SHIPPED.legal_entities) for name in names]
    assert len(page.table("quality-scores")) == 1 + len(found)
    assert found["US", "completeness"]["explanation"] == "source billing was not tied out"
    assert found["US", "timeliness"]["share_bp"] is None  # the first batch is history
    # most card payments of the sample company lie at the processor, where no payout of its names them
    assert (found["UK", "clearing"]["numerator"], found["UK", "clearing"]["denominator"]) == (100_000, 891_143)


def test_the_same_report_is_always_the_same_bytes(books: FinanceDatabase, report: NightReport) -> None:
    again = as_json(read_report(books, SHIPPED, NIGHT))
    first = as_json(report)
    assert again.pop("produced_at") > first.pop("produced_at")
    assert again == first


def test_entries_on_their_way_and_what_was_not_tied_out_are_missing_and_named(report: NightReport, page: Page) -> None:
    verdict = page.section("verdict")
    assert not report.is_complete
    assert "✗ Not complete" in verdict
    ready = [entry for entry in report.entries if entry.state == "ready"]
    facts = [each.fact for each in report.missing]
    assert sum("is ready" in fact for fact in facts) == len(ready) > 0
    assert [fact for fact in facts if fact.endswith("was not tied out")] == [
        *(f"source {code} was not tied out" for code in sorted(SHIPPED.sources)),
        *(f"legal entity {code} was not tied out" for code in sorted(SHIPPED.legal_entities)),
    ]
    assert "Who acts: Finance systems" in verdict
