"""What the language of posting rules can say, from a billing document to its entries: conditions, dimensions, own rules."""

from __future__ import annotations

import itertools
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from include.config.configuration import Configuration
from include.config.folder import PACKAGE_FOLDER
from include.config.load import load_configuration
from include.finance.dimension import LINE_FIELDS
from include.finance.events import ATTRIBUTES
from include.store.database import FinanceDatabase
from include.subledger.workspace import SQL_FOLDER
from tests.accounting.billing import Row, day, invoice, line, payment
from tests.accounting.company import Company, open_periods
from tests.accounting.evidence import entries
from tests.accounting.plain_arrears import in_arrears
from tests.specification.posting_rules import EventLine, SubledgerLeg, UnmappedDimensionError, book_by_day

pytestmark = pytest.mark.long  # `make test` runs those marked core

RULES = """
- rule: hardware-is-delivered
  event: invoice.issued
  when:
    revenue_treatment: immediate
    line_kind: {not: rounding}
    document_sign: positive
    product_line: [hardware, spare parts]
  effective_from: 2000-01-01
  lines:
    - {debit:  accounts_receivable, amount: gross, dimensions: {department: drop, region: {value: GLOBAL}}}
    - {credit: subscription_revenue, amount: net, dimensions: {department: {mapping: departments}, region: {mapping: regions}}}
    - {credit: tax_payable,          amount: tax, dimensions: {product_line: {mapping: companies}}}

- rule: uk-invoices
  event: invoice.issued
  when: {document_sign: positive, line_kind: charge, product_line: {present: true}, revenue_treatment: immediate}
  legal_entities: [UK]
  effective_from: 2000-01-01
  lines:
    - {debit:  accounts_receivable, amount: gross}
    - {credit: rounding,            amount: net, only: negative}
    - {credit: service_revenue,     amount: net, only: positive}
    - {credit: tax_payable,         amount: tax}
"""
DEPARTMENTS = """
from: department
values: {Sales: "100", Support: "200"}
legal_entities:
  DE: {Sales: "110"}
default: "900"
"""
REGIONS = """
from: region
values: {north: N, south: S}
must_map: true
"""
COMPANIES = """
from: legal_entity
values: {US: american, DE: german}
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    folder = tmp_path / "config"
    shutil.copytree(PACKAGE_FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "mappings").mkdir(exist_ok=True)
    for name, text in (("departments", DEPARTMENTS), ("regions", REGIONS), ("companies", COMPANIES)):
        (folder / f"mappings/{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "posting_rules/99_own.yaml").write_text(RULES, encoding="utf-8")
    return load_configuration(folder)


@pytest.fixture
def company(finance: FinanceDatabase, tmp_path: Path, configuration: Configuration) -> Company:
    open_periods(finance)
    return Company(finance, tmp_path / "company", configuration=configuration)


def legs(company: Company, accounted: Any) -> dict[tuple[str, int], set[tuple[Any, ...]]]:
    """What was booked, by document and line."""
    found: dict[tuple[str, int], set[tuple[Any, ...]]] = {}
    for row in entries(company, accounted):
        leg = row["account_code"], row["department"], row["region"], row["product_line"], row["amount_minor"]
        found.setdefault((row["native_id"], row["line_no"]), set()).add(leg)
    return found


def specified(company: Company, entity: str, each: Row) -> set[tuple[Any, ...]]:
    """What the specification in plain Python makes of an invoice line."""
    return {leg for legs_of_day in by_day(company, entity, each).values() for leg in legs_of_day}


def by_day(company: Company, entity: str, each: Row) -> dict[date, set[tuple[Any, ...]]]:
    """The same by day; what ended before the year was billed in arrears."""
    net, tax = each["amount_minor"], each["tax_minor"]
    asked = ("revenue_treatment", "product_line", "line_kind")
    event = EventLine(
        "invoice.issued",
        entity,
        day("01-15"),  # type: ignore[arg-type]
        {name: each[name] for name in asked} | {"document_sign": "positive"},
        {"net": net, "tax": tax, "gross": net + tax},
        each["department"],
        each["region"],
    )
    rules, chart = company.configuration.rules, company.configuration.chart_of(entity)
    booked = book_by_day(rules, chart, event, each.get("service_end"))
    return {on: {_told(leg) for leg in legs_of_day} for on, legs_of_day in booked.items()}


def _told(leg: SubledgerLeg) -> tuple[Any, ...]:
    return leg.account_code, leg.department, leg.region, leg.product_line, leg.amount_minor


@pytest.mark.core
def test_every_line_is_booked_with_the_accounts_and_dimensions_that_the_specification_gives(company: Company) -> None:
    combinations = itertools.product(
        ("US", "UK", "DE"), ("hardware", "platform", None), ("Sales", "Legal", None), ("north", None), (90, -10)
    )
    written: dict[str, tuple[str, Row]] = {}
    documents = []
    for number, (entity, product, department, region, net) in enumerate(combinations):
        one = line(net, tax=7, product_line=product, department=department, region=region)
        written[f"I-{number}"] = entity, one
        documents.append(invoice(f"I-{number}", "01-15", one, line(1000, product_line="platform"), entity=entity))
    booked = legs(company, company.night(*documents))
    unmapped = set()
    for name, (entity, each) in written.items():
        try:
            expected = specified(company, entity, each)
        except UnmappedDimensionError:
            unmapped.add(name)
        else:
            assert booked[name, 1] == expected, name
    assert unmapped
    assert not unmapped & {name for name, _ in booked}
    assert company.exceptions() == {name: ["unmapped_dimension"] for name in unmapped}


def test_in_arrears_the_rule_of_the_invoice_decides_both_days_whoever_wrote_it(company: Company) -> None:
    """Common rules, rules of the company itself, mapped dimensions, a rule of which only what is above zero is revenue."""
    company.configuration = in_arrears(company.configuration)
    combinations = itertools.product(
        ("US", "UK", "DE"), ("hardware", "platform", None), ("immediate", "usage"), ("Sales", None), (90, -10)
    )
    written: dict[str, tuple[str, Row]] = {}
    for number, (entity, product, treatment, department, net) in enumerate(combinations):
        facts = {"product_line": product, "department": department, "region": "south"}
        one = line(net, treatment, tax=7, service_end=date(2025, 12, 30), **facts)
        written[f"I-{number}"] = entity, one
    night = company.night(
        *(
            invoice(name, "01-15", one, line(1000, product_line="platform"), entity=entity)
            for name, (entity, one) in written.items()
        )
    )
    booked: dict[str, dict[date, set[tuple[Any, ...]]]] = {}
    for row in entries(company, night):
        if row["line_no"] == 1:
            leg = row["account_code"], row["department"], row["region"], row["product_line"], row["amount_minor"]
            booked.setdefault(row["native_id"], {}).setdefault(row["event_date"], set()).add(leg)
    assert booked == {name: by_day(company, *told) for name, told in written.items()}
    assert {len(days) for days in booked.values()} == {1, 2}
    assert company.balances()["1250"] == 0


@pytest.mark.core
@pytest.mark.parametrize("field", [*LINE_FIELDS, *ATTRIBUTES])
def test_the_sql_of_mappings_and_of_matching_knows_every_field_that_the_language_names(field: str) -> None:
    statement = (SQL_FOLDER / "mapped_dimensions.sql").read_text(encoding="utf-8")
    column = "legal_entity_code" if field == "legal_entity" else field
    assert f"when '{field}' then s.{column}" in statement
    if field in ATTRIBUTES:
        shapes = (SQL_FOLDER / "event_shapes.sql").read_text(encoding="utf-8")
        assert f"condition_holds(r.{field}, s.{field})" in shapes


def test_a_value_that_must_be_mapped_quarantines_the_document_until_the_mapping_lists_it(
    company: Company, tmp_path: Path
) -> None:
    hardware = line(5000, product_line="hardware", department="Sales", region="west")
    first = company.night(invoice("I-1", "01-15", hardware), invoice("I-2", "01-15", line(100)))
    assert company.outcomes(first) == {"I-1": "quarantined unmapped_dimension", "I-2": "new"}
    [told] = company.rows("select message, suggested_fix from exception where state = 'open'")
    assert "mapping regions does not list" in told["message"]
    assert "region west" in told["message"]
    assert "mappings/" in told["suggested_fix"]

    (tmp_path / "config/mappings/regions.yaml").write_text(REGIONS.replace("south: S", "west: W"), encoding="utf-8")
    company.configuration = load_configuration(tmp_path / "config")
    second = company.night()
    assert company.outcomes(second) == {"I-1": "new"}
    assert company.exceptions() == {}
    assert legs(company, second)["I-1", 1] == {
        ("1100", None, "GLOBAL", "hardware", 5000),
        ("4000", "100", "W", "hardware", -5000),
    }


def test_a_changed_mapping_leaves_alone_what_is_booked_and_its_reversal_undoes_the_old_dimensions(
    company: Company, tmp_path: Path
) -> None:
    hardware = line(5000, product_line="hardware", department="Sales", region="north")
    company.night(invoice("I-1", "01-15", hardware))
    (tmp_path / "config/mappings/departments.yaml").write_text(DEPARTMENTS.replace('"100"', '"101"'), encoding="utf-8")
    company.configuration = load_configuration(tmp_path / "config")
    unchanged = company.night(payment("P-1", "01-20", 1))
    assert {name for name, _ in legs(company, unchanged)} == {"P-1"}

    changed = company.night(invoice("I-1", "01-15", hardware | {"amount_minor": 6000}))
    revenue = {leg for leg in legs(company, changed)["I-1", 1] if leg[0] == "4000"}
    assert revenue == {("4000", "100", "N", "hardware", 5000), ("4000", "101", "N", "hardware", -6000)}
