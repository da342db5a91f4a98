"""Validating a landed attempt: what is found, where it is kept, when it is done again, and when it stops the source."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import duckdb
import pyarrow as pa
import pytest

from include.evidence.manifest import EvidenceFile
from include.finance.errors import EvidenceError, ExpectationBrokenError, SourceStoppedError
from include.pipelines import validate
from include.pipelines.data_docs import build_data_docs
from include.pipelines.validate import validate_attempt
from include.ports.billing import Reading
from include.quality import frames
from include.quality.frames import portions
from include.store.database import FinanceDatabase
from include.store.validations import Validation
from tests.accounting.billing import Billing, Document, credit_memo, dispute, invoice, line, moved, payment, refund, to
from tests.accounting.company import Company
from tests.accounting.evidence import files_of

pytestmark = pytest.mark.long  # `make test` runs those marked core

Row = dict[str, Any]


class TwistedBilling(Billing):
    """A billing system that gives some datasets otherwise than they are."""

    twist: Callable[[str, list[Row]], list[Row]] = staticmethod(lambda _, rows: rows)

    @contextmanager
    def read(self, *given: Any) -> Iterator[Reading]:
        with super().read(*given) as reading:

            def twisted(name: str) -> Iterator[pa.RecordBatch]:
                for batch in reading.datasets[name]():
                    yield pa.RecordBatch.from_pylist(self.twist(name, batch.to_pylist()), schema=batch.schema)

            yield replace(reading, datasets={name: lambda name=name: twisted(name) for name in reading.datasets})


def validations(company: Company, attempt_id: UUID) -> list[Row]:
    return company.rows("select * from validation where attempt_id = %s order by validated_at", attempt_id)


def batches(company: Company) -> int:
    return len(company.rows("select from batch where source_code = %s", company.source_code))


def twice(rows: list[Row], key: str) -> list[Row]:
    return [*rows, rows[-1] | {key: rows[-1][key]}]


# What is found


def twin_lines() -> Document:
    document = invoice("DOC", "01-15", line(100), line(100))
    document.lines[1]["line_id"] = document.lines[0]["line_id"]
    return document


def stray_tax() -> Document:
    document = invoice("DOC", "01-15", line(1000, tax=80))
    document.taxes.append(document.taxes[0] | {"line_id": "another", "tax_id": "another/tax"})
    return document


def wrong_tax_row() -> Document:
    document = invoice("DOC", "01-15", line(1000, tax=80))
    document.taxes[0]["tax_minor"] = 70
    return document


def twin_taxes() -> Document:
    document = invoice("DOC", "01-15", line(100, tax=10))
    document.taxes = [{**document.taxes[0], "tax_minor": 5}] * 2
    return document


def twin_applications() -> Document:
    document = payment("DOC", "01-15", 500, to("INV", 100, "01-15"), to("INV", 100, "01-15"))
    document.applications[1]["application_id"] = document.applications[0]["application_id"]
    return document


BROKEN: dict[str, tuple[str, Callable[[], Document]]] = {
    "an entity that is not ours": ("unknown_legal_entity", lambda: invoice("DOC", "01-15", line(1), entity="XX")),
    "no entity": ("unknown_legal_entity", lambda: invoice("DOC", "01-15", line(1), entity=None)),
    "a currency that is none": ("unknown_currency", lambda: invoice("DOC", "01-15", line(1), currency="ZZZ")),
    "no currency": ("unknown_currency", lambda: invoice("DOC", "01-15", line(1), currency=None)),
    "no day": ("missing_document_date", lambda: invoice("DOC", None, line(1))),
    "a void without a day": ("missing_document_date", lambda: invoice("DOC", "01-15", line(1), status="void")),
    "a day too far ahead": ("future_document_date", lambda: invoice("DOC", "12-15", line(1))),
    "a status that nobody knows": ("unknown_status", lambda: invoice("DOC", "01-15", line(1), status="settled")),
    "no status": ("unknown_status", lambda: payment("DOC", "01-15", 1, status=None)),
    "no lines": ("lines_do_not_sum", lambda: invoice("DOC", "01-15")),
    "no total": ("lines_do_not_sum", lambda: invoice("DOC", "01-15", line(1), total_minor=None)),
    "another total": ("lines_do_not_sum", lambda: invoice("DOC", "01-15", line(1), total_minor=2)),
    "another subtotal": ("lines_do_not_sum", lambda: invoice("DOC", "01-15", line(1), subtotal_minor=2)),
    "another discount": ("lines_do_not_sum", lambda: invoice("DOC", "01-15", line(3, discount=1), discount_minor=2)),
    "another tax": ("taxes_do_not_sum", lambda: invoice("DOC", "01-15", line(100, tax=8), tax_minor=9)),
    "no tax": ("taxes_do_not_sum", lambda: invoice("DOC", "01-15", line(100, tax=8), tax_minor=None)),
    "another tax row": ("taxes_do_not_sum", wrong_tax_row),
    "a tax on no line": ("taxes_do_not_sum", stray_tax),
    "a line without a product": ("unknown_product", lambda: invoice("DOC", "01-15", line(1, product_sku=None))),
    "a plan that begins on no day": (
        "missing_service_dates",
        lambda: invoice("DOC", "01-15", line(1, "ratable", service_start=None)),
    ),
    "a plan that is earned on no day": (
        "missing_service_dates",
        lambda: invoice("DOC", "01-15", line(1, "ratable", recognition_method="on_date")),
    ),
    "a service that ends before it begins": (
        "service_ends_before_start",
        lambda: invoice("DOC", "01-15", line(1, service_start=date(2026, 2, 1), service_end=date(2026, 1, 31))),
    ),
    "more to recognise than was billed": (
        "recognition_amounts_do_not_sum",
        lambda: invoice("DOC", "01-15", line(1, recognition_amount_minor=2)),
    ),
    "a credit in another currency than its invoice": (
        "credited_in_another_currency",
        lambda: credit_memo("DOC", "01-15", line(1), invoice_id="INV", currency="EUR"),
    ),
    "a movement of a kind that nobody knows": (
        "unknown_event_type",
        lambda: dispute("DOC", "01-15", 5, moved("frozen", 5, "01-15"), payment_id="PAY"),
    ),
    "a line twice": ("duplicate_rows", twin_lines),
    "a tax twice": ("duplicate_rows", twin_taxes),
    "an application twice": ("duplicate_rows", twin_applications),
    "a payment below zero": ("negative_amount", lambda: payment("DOC", "01-15", -1)),
    "a payment without an amount": ("negative_amount", lambda: payment("DOC", "01-15", 1, total_minor=None)),
    "a refund below zero": ("negative_amount", lambda: refund("DOC", "01-15", -1)),
    "an application below zero": ("negative_amount", lambda: payment("DOC", "01-15", 9, to("INV", -1, "01-15"))),
    "more applied than paid": (
        "applications_exceed_document",
        lambda: payment("DOC", "01-15", 9, to("INV", 10, "01-15")),
    ),
    "a credit memo below zero": ("negative_amount", lambda: credit_memo("DOC", "01-15", line(-1))),
    "a credit of unknown effect": (
        "missing_revenue_effect",
        lambda: credit_memo("DOC", "01-15", line(1, revenue_effect=None)),
    ),
}


@pytest.mark.core
def test_a_document_that_breaks_one_rule_waits_under_that_rule_alone(company: Company) -> None:
    company.billing.put(invoice("INV", "01-15", line(1000)))
    for name, (_, make) in BROKEN.items():
        document = make()
        document.row["native_id"] = name
        company.billing.put(document)
    validation = validate_attempt(company.desk, company.extract().attempt_id)
    found: dict[str, set[str]] = {}
    for row in duckdb.read_parquet(company.evidence.fetch(validation.files)).to_arrow_table().to_pylist():
        found.setdefault(row["native_id"], set()).add(row["rule"])
        assert row["consequence"] == "quarantine"
        assert row["detail"]
        assert "{" not in row["detail"]
    assert found == {name: {rule} for name, (rule, _) in BROKEN.items()}


@pytest.mark.core
def test_a_sound_document_of_each_type_has_no_finding(company: Company) -> None:
    company.billing.put(
        invoice("INV", "01-15", line(1000, tax=80, discount=100)),
        # earned as the line is that it takes back, and on the spot
        invoice("BACK", "01-15", line(-10, "ratable", service_start=None, service_end=None, credited_net_minor=900)),
        invoice("NOW", "01-15", line(10, "ratable", service_start=None, recognition_method="immediate")),
        credit_memo("CN", "01-16", line(100), applied=[to("INV", 100, "01-16")]),
        payment("PAY", "01-16", 500, to("INV", 500, "01-16")),
        refund("REF", "01-17", 100, unapplied=100),
        invoice("DRAFT", None, status="draft", entity=None),
    )
    validation = validate_attempt(company.desk, company.extract().attempt_id)
    assert (validation.finding_count, validation.document_count, validation.stopped_because) == (0, 6, None)
    assert {run.suite: run.document_count for run in validation.suites} == {
        "documents": 6,
        "invoices": 3,
        "credit_memos": 1,
        "payments": 1,
        "refunds": 1,
        "lines": 4,
        "line_taxes": 1,
        "applications": 2,
    }


# What becomes of it


@pytest.mark.core
def test_findings_lie_in_evidence_named_by_the_batch_and_each_suite_has_a_row(company: Company) -> None:
    done = company.night(
        invoice("GOOD", "01-15", line(100)),
        invoice("BAD", "01-15", line(100), currency="ZZZ", total_minor=7),
        refund("REF", "01-17", 100),
    )
    assert company.outcomes(done) == {"GOOD": "new", "BAD": "quarantined lines_do_not_sum", "REF": "new"}
    [file] = files_of(company, done, "findings")
    company.evidence.verify_content([file])
    found = duckdb.read_parquet(company.evidence.fetch([file])).to_arrow_table().to_pylist()
    assert sorted((each["native_id"], each["rule"], each["consequence"], each["detail"]) for each in found) == [
        ("BAD", "lines_do_not_sum", "quarantine", "lines give 100 minor units, the document says 7"),
        ("BAD", "unknown_currency", "quarantine", "currency ZZZ is not an ISO 4217 currency"),
        (
            "REF",
            "refund_without_credit_note",
            "warn",
            "no credit memo, and the payment has 0 minor units unapplied",
        ),
    ]
    [row] = validations(company, done.attempt_id)
    assert (row["finding_count"], row["configuration_sha256"]) == (3, company.configuration.sha256)
    suites = company.rows("select * from validation_suite where validation_id = %s order by suite", row["id"])
    assert {each["suite"]: (each["failed_count"], each["failing_document_count"]) for each in suites} == {
        "documents": (1, 1),
        "invoices": (1, 1),
        "lines": (0, 0),
        "refunds": (1, 1),
    }
    assert all(each["expectation_count"] > 0 for each in suites)


def test_exceptions_carry_money_at_risk_in_functional_currency_and_close_when_their_document_passes(
    company: Company,
) -> None:
    company.night(
        invoice("JP", "01-15", line(5000, product_sku=None), entity="JP"),
        invoice("NOBODY", "01-15", line(700), entity=None),
        refund("REF", "01-17", 100),
    )
    query = (
        "select subject_id, state, amount_minor, currency, risk_minor, risk_currency, opened_at, cause from exception"
        " where source_code = %s order by subject_id"
    )
    before = company.rows(query, company.source_code)
    assert [tuple(row.values())[:6] for row in before] == [
        ("JP", "open", 5000, "JPY", 5000, "JPY"),
        ("NOBODY", "open", 700, "USD", None, None),
        ("REF", "open", 100, "USD", 100, "USD"),
    ]
    # A night in which they fail again leaves one exception each.
    company.night()
    assert [row["state"] for row in company.rows(query, company.source_code)] == ["open"] * 3
    company.night(
        invoice("JP", "01-15", line(5000), entity="JP"),
        invoice("NOBODY", "01-15", line(700)),
        refund("REF", "01-17", 100, credit_memo_id="CN"),
    )
    after = company.rows(query, company.source_code)
    assert [row["state"] for row in after] == ["closed"] * 3
    assert company.exceptions() == {}
    company.night(refund("REF", "01-17", 100))
    [reopened] = [row for row in company.rows(query, company.source_code) if row["state"] == "open"]
    assert reopened["cause"] == before[2]["cause"]
    assert reopened["opened_at"] > before[2]["opened_at"]


def test_ten_thousand_bad_documents_are_ten_thousand_exceptions(company: Company) -> None:
    good = [invoice(f"GOOD-{number}", "01-15", line(100)) for number in range(50)]
    bad = [payment(f"BAD-{number}", "01-15", -1 - number) for number in range(10_000)]
    done = company.night(*good, *bad)
    assert {(each.outcome, each.reason, each.document_count) for each in done.outcomes} == {
        ("new", "", 50),
        ("quarantined", "negative_amount", 10_000),
    }
    [row] = company.rows(
        "select count(distinct subject_id) as documents, sum(amount_minor)::bigint as at_risk from exception"
        " where source_code = %s and state = 'open'",
        company.source_code,
    )
    assert (row["documents"], row["at_risk"]) == (10_000, sum(range(1, 10_001)))


def test_buckets_judged_apart_give_what_they_give_together(
    shared_books: FinanceDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Company(shared_books, tmp_path, f"billing-{uuid4().hex[:8]}")
    company.billing.put(
        *(payment(f"PAY-{number}", "01-15", number - 20, to("INV", 5, "01-15")) for number in range(40)),
        invoice("INV", "01-15", line(1)),
    )
    attempt_id = company.extract().attempt_id
    together = validate_attempt(company.desk, attempt_id)
    monkeypatch.setattr(validate, "portions", lambda files: portions(files, limit=1))
    apart = validate_attempt(replace(company.desk, code_version="another"), attempt_id)
    assert len(together.files) == 1 < len(apart.files)
    assert content(company, apart.files) == content(company, together.files) != []
    assert {run.first_bucket for run in apart.suites} > {run.first_bucket for run in together.suites}


def content(company: Company, files: Sequence[EvidenceFile]) -> list[tuple[Any, ...]]:
    return sorted(
        tuple(row.values()) for row in duckdb.read_parquet(company.evidence.fetch(files)).to_arrow_table().to_pylist()
    )


# What stops the source


def twisted(company: Company, twist: Callable[[str, list[Row]], list[Row]]) -> Company:
    company.billing = TwistedBilling()
    company.billing.twist = twist  # type: ignore[attr-defined]
    return company


def test_lines_without_their_document_stop_the_source_until_it_comes(company: Company) -> None:
    def lose(name: str, rows: list[Row]) -> list[Row]:
        return [row for row in rows if row["native_id"] != "INV-1"] if name == "documents" else rows

    twisted(company, lose)
    company.billing.put(invoice("INV-1", "01-15", line(100), line(50)), invoice("INV-2", "01-15", line(100)))
    landed = company.extract()
    message = (
        rf"Source {company.source_code} is stopped and nothing of it is accounted\. rows_without_document: 1 documents, first "
        r"invoice INV-1 has 2 lines, but did not come itself\. Find out why billing shows rows"
    )
    for step in (validate_attempt, validate_attempt, lambda *_: company.account(landed.attempt_id)):
        with pytest.raises(SourceStoppedError, match=message):
            step(company.desk, landed.attempt_id)
    assert (batches(company), company.exceptions(), company.retries()) == (0, {}, {})
    [row] = validations(company, landed.attempt_id)
    assert row["stopped_because"].startswith(f"Source {company.source_code} is stopped")
    company.billing.twist = lambda _, rows: rows  # type: ignore[attr-defined]
    assert company.outcomes(company.night()) == {"INV-1": "new", "INV-2": "new"}


# What says nothing about the documents


def test_a_rule_that_cannot_be_evaluated_is_an_error_of_the_pipeline_and_no_quarantine(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.billing.put(payment("PAY-1", "01-15", 100))
    landed = company.extract()
    read_sql = frames.read_sql

    def without_a_column(name: str) -> str:
        return read_sql(name).replace("as applied_minor", "as nothing_minor") if name == "payments" else read_sql(name)

    with monkeypatch.context() as patched:
        patched.setattr(frames, "read_sql", without_a_column)
        message = (
            r"rule applications_exceed_document of the suite payments \(expect_column_pair_values_a_to_be_greater_than_b\) could "
            r"not be evaluated: .*applied_minor.*not of the documents: correct it"
        )
        with pytest.raises(ExpectationBrokenError, match=message):
            company.account(landed.attempt_id)
    assert (validations(company, landed.attempt_id), batches(company), company.exceptions()) == ([], 0, {})
    assert company.outcomes(company.account(landed.attempt_id)) == {"PAY-1": "new"}


# When it is done, and when again


@pytest.mark.core
def test_account_takes_what_validate_found_and_validates_by_itself_what_nobody_did(company: Company) -> None:
    company.billing.put(payment("PAY-1", "01-15", 100))
    landed = company.extract()
    first = validate_attempt(company.desk, landed.attempt_id)
    assert validate_attempt(company.desk, landed.attempt_id) == first
    company.account(landed.attempt_id)
    assert [row["id"] for row in validations(company, landed.attempt_id)] == [first.id]
    company.billing.put(payment("PAY-2", "01-15", 100))
    alone = company.extract()
    company.account(alone.attempt_id)
    assert len(validations(company, alone.attempt_id)) == 1


def test_an_attempt_validated_under_another_configuration_is_judged_by_the_one_in_force(company: Company) -> None:
    company.billing.put(invoice("INV-1", "02-28", line(100)))
    landed = company.extract()
    assert validate_attempt(company.desk, landed.attempt_id).finding_count == 0
    strict = {
        code: replace(settings, max_future_days=7) for code, settings in company.configuration.entity_settings.items()
    }
    company.configuration = replace(company.configuration, entity_settings=strict, sha256="of the stricter files")
    assert company.outcomes(company.account(landed.attempt_id)) == {"INV-1": "quarantined future_document_date"}
    found = {row["configuration_sha256"]: row["finding_count"] for row in validations(company, landed.attempt_id)}
    assert sorted(found.values()) == [0, 1]
    assert found["of the stricter files"] == 1


def test_findings_that_were_lost_are_found_again(company: Company) -> None:
    company.billing.put(payment("PAY-1", "01-15", -100))
    landed = company.extract()
    first = validate_attempt(company.desk, landed.attempt_id)
    [lost] = company.evidence.fetch(first.files)
    Path(lost).unlink()
    assert company.outcomes(company.account(landed.attempt_id)) == {"PAY-1": "quarantined negative_amount"}
    newest: Validation = validate_attempt(company.desk, landed.attempt_id)
    assert newest.id != first.id
    assert len(validations(company, landed.attempt_id)) == 2


@pytest.mark.core
def test_lost_landed_files_are_named_before_anything_is_judged(company: Company) -> None:
    company.billing.put(payment("PAY-1", "01-15", 100))
    landed = company.extract()
    [lost] = (company.folder / "evidence").rglob("documents/*.parquet")
    lost.unlink()
    with pytest.raises(EvidenceError, match=r"documents/bucket-0\.parquet is lost"):
        validate_attempt(company.desk, landed.attempt_id)


@pytest.mark.core
def test_a_night_without_documents_does_without_great_expectations(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.night(payment("PAY-1", "01-15", 100))
    monkeypatch.setitem(sys.modules, "include.quality.judge", None)  # importing it now fails
    landed = company.extract()
    assert validate_attempt(company.desk, landed.attempt_id).suites == ()


def test_nothing_that_a_task_imports_brings_great_expectations_along() -> None:
    code = "import sys, include.commands, include.pipelines.night; print([m for m in sys.modules if m.startswith('great')])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_data_docs_show_the_suites_and_name_what_fails(company: Company, tmp_path: Path) -> None:
    company.night(payment("PAY-BAD", "01-15", -100), payment("PAY-2", "01-15", 100), invoice("INV", "01-15", line(1)))
    built = build_data_docs(company.desk, tmp_path / "docs", company.source_code)
    assert (built.source_code, built.index.is_file()) == (company.source_code, True)
    pages = {
        path.parts[-4]: path.read_text(encoding="utf-8") for path in (tmp_path / "docs").rglob("validations/**/*.html")
    }
    assert {"documents", "payments", "invoices", "lines"} <= set(pages)
    assert "PAY-BAD" in pages["payments"]
    assert "Money that goes the other way is a document of its own" in pages["payments"]
    assert "PAY-BAD" not in pages["documents"]
    with pytest.raises(EvidenceError, match="No attempt of source nobody was validated"):
        build_data_docs(company.desk, tmp_path / "docs", "nobody")
