"""No amount passes through a binary fraction: not in a result, not in a file, not in a table."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.evidence import duck
from include.finance.fx import RatePurpose
from include.finance.revaluation import Revaluer
from include.pipelines.reclassify import approve_reclassification, propose_reclassification
from include.pipelines.reclassify_asked import read_asked
from include.pipelines.reverse_entry import ReversalWanted, approve_reversal, propose_reversal
from include.pipelines.whatif import what_if
from include.subledger import workspace
from tests.accounting.billing import credit_memo, invoice, line, payment, refund, to
from tests.accounting.company import SHIPPED, Company
from tests.accounting.corrected import DEFERRED_ELSEWHERE
from tests.accounting.rates import publish
from tests.accounting.test_revaluation import with_revaluation
from tests.quality.test_validate import TwistedBilling

FLOATS = re.compile(r"FLOAT|DOUBLE|REAL", re.IGNORECASE)


def float_fields(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if pa.types.is_floating(field.type)]


# Asked only when something is wrong, of the same tables.
_ASKED_WITH = {
    "booked_whole": ("unbooked_deltas",),
    "missing_stored": ("unreadable_documents",),
    "invoice_uids": ("document_contents",),
}


def describe(described: dict[str, str], work: workspace.Workspace | workspace.Aside, name: str) -> None:
    """Note the columns of what a statement gives, and of what may be asked with it."""
    for each in (name, *_ASKED_WITH.get(name, ())):
        described[each] = str(work._connection.execute(f"describe {workspace._text(each)}").fetchall())


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Every statement of the engine's SQL files with what its tables and results consist of, as a night runs them."""
    described: dict[str, str] = {}
    run, table, stream, write = (
        workspace.Workspace.run,
        workspace.Workspace.table,
        workspace.Workspace.stream,
        workspace.Workspace.write_parquet,
    )
    aside_stream = workspace.Aside.stream

    def run_seen(self: workspace.Workspace, name: str) -> None:
        run(self, name)
        query = "select table_name, column_name, data_type from duckdb_columns() where not internal"
        described[name] = str(self._connection.execute(query).fetchall())

    def table_seen(self: workspace.Workspace, name: str) -> Any:
        describe(described, self, name)
        return table(self, name)

    def stream_seen(self: workspace.Workspace, name: str) -> Any:
        describe(described, self, name)
        return stream(self, name)

    def write_seen(self: workspace.Workspace, name: str, path: Path, *options: str) -> None:
        describe(described, self, name)
        write(self, name, path, *options)

    def aside_seen(self: workspace.Aside, name: str) -> Any:
        describe(described, self, name)
        return aside_stream(self, name)

    for name, method in (
        ("run", run_seen),
        ("table", table_seen),
        ("stream", stream_seen),
        ("write_parquet", write_seen),
    ):
        monkeypatch.setattr(workspace.Workspace, name, method)
    monkeypatch.setattr(workspace.Aside, "stream", aside_seen)
    return described


def test_every_result_of_the_engine_and_every_file_of_a_night_is_free_of_floats(
    own_company: Company, seen: dict[str, str]
) -> None:
    # what other rules would make of it is asked of all that a finance database has
    company = own_company
    company.line_limit = 2
    company.billing = billing = TwistedBilling()
    days = {"service_start": date(2026, 1, 15), "service_end": date(2027, 1, 14)}
    taxed = line(120000, "ratable", discount=12000, tax=9585, **days)
    company.night(
        invoice("INV-1", "01-15", taxed, line(1000)),
        invoice("INV-2", "01-15", line(1000, product_line="other")),
        credit_memo("CN-1", "01-16", line(100), applied=[to("INV-1", 100, "01-16")]),
        payment("PAY-1", "01-16", 500, to("INV-1", 500, "01-16")),
        refund("REF-1", "01-17", 100),
        invoice("INV-3", "01-15", line(1), total_minor=7),
    )
    company.billing.delete_for_good(("invoice", "INV-2"))
    company.night(invoice("INV-1", "01-15", line(130000, "ratable", **days)))
    billing.twist = lambda name, rows: [*rows, rows[-1]] if name == "documents" else rows
    company.night(invoice("TWICE", "01-15", line(1)))
    billing.twist = lambda _, rows: rows
    march = datetime(2026, 3, 1, 6, tzinfo=UTC)
    company.recognise(datetime(2026, 2, 1, 6, tzinfo=UTC))
    company.recognise(march)
    with company.finance.transaction() as connection:
        connection.execute(
            "update journal_entry as e set state = 'superseded' from batch as b"
            " where b.batch_no = e.batch_no and b.kind = 'recognition' and b.source_code = %s",
            (company.source_code,),
        )
    publish(company.finance, "01-15 EUR/USD 1.0865")
    euros = invoice("INV-4", "01-15", line(100000, "ratable", **days), currency="EUR")
    company.night(invoice("INV-1", "01-15", line(140000, "ratable", **days)), euros, instant=march)
    company.recognise(march)
    [settings] = SHIPPED.sources.values()
    sources = {company.source_code: replace(settings, code=company.source_code)}
    company.configuration = replace(DEFERRED_ELSEWHERE, sources=sources)
    asked = read_asked("", "type=invoice", "2026-01", "2026-02", "no floats")
    [proposed] = propose_reclassification(company.desk, asked, "anna")
    assert proposed.proposal
    approve_reclassification(company.desk, proposed.proposal.sha256, "ben")
    company.rows("update journal_entry set state = 'verified' where state = 'ready' returning id")
    [posted] = company.rows(
        "select reference from journal_entry where category = 'invoices' and state = 'verified' order by batch_no desc, reference limit 1"
    )
    wanted = ReversalWanted(posted["reference"], (), is_rebooked=False, reason="no floats")
    approve_reversal(company.desk, propose_reversal(company.desk, wanted, "anna").sha256, "ben")
    what_if(company.desk, SHIPPED, "2026-01", "2026-02")
    publish(company.finance, "02-27 EUR/USD 1.15", purpose=RatePurpose.CLOSING)
    with_revaluation(company, {"accounts_receivable": Revaluer.TIEOUT}).revalue(march)
    folder = workspace.SQL_FOLDER
    files = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.sql")}
    assert files - set(seen) == set()
    assert {name: text for name, text in seen.items() if FLOATS.search(text)} == {}
    written = list((company.folder / "evidence").rglob("*.parquet"))
    assert {path.parent.name for path in written} >= {
        "documents",
        "deletions",
        "schedules",
        "recognised_amounts",
        "recognition_state",
        "open_items",
        "revalued_items",
    }
    assert {str(path): found for path in written if (found := float_fields(pq.read_schema(path)))} == {}


def test_the_sql_of_evidence_gives_no_floats() -> None:
    with duckdb.connect() as connection:
        connection.execute(duck.read_sql("document_uid"))
        connection.execute("set variable source_code = 's'; set variable tenant = 't'")
        connection.execute("create table asked (id varchar); create table differing_row (side varchar, row varchar)")
        connection.execute("create table left_row (amount_minor bigint); create table right_row (amount_minor bigint)")
        shapes = {
            "document_names": "named (document_type varchar, native_id varchar)",
        }
        columns = "document_type varchar, native_id varchar, invoice_id varchar, application_id varchar, line_id varchar, tax_id varchar"
        for path in sorted(Path(duck._SQL).glob("*.sql")):
            if path.stem in ("document_uid", "document_once"):  # macros
                continue
            connection.execute("drop table if exists named; drop table if exists evidence")
            connection.execute(f"create table {shapes.get(path.stem, f'evidence ({columns})')}")
            query = re.sub("^create or replace temp table .* as$", "", duck.read_sql(path.stem), flags=re.MULTILINE)
            described = str(connection.execute(f"describe {query}").fetchall())
            assert not FLOATS.search(described), path


def test_no_column_of_the_finance_database_is_a_float(company: Company) -> None:
    rows = company.rows(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'tieout'"
    )
    assert len(rows) > 100
    assert [row for row in rows if FLOATS.search(row["data_type"])] == []
