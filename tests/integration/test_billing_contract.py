"""The contract of the Postgres billing source names exactly what its queries read, and a schema that drifted is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from include.adapters.billing import postgres_queries
from include.adapters.billing.postgres import PostgresBilling
from include.adapters.billing.postgres_contract import contract, find_drift
from include.adapters.billing.postgres_queries import query
from include.finance.errors import SourceUnreadableError
from include.sample import company
from include.sample.postgres import EmbeddedPostgres

# Parts of queries, and those that read no table of billing.
_NO_QUERIES = {
    "changed",
    "implied",
    "billed_documents",
    "position",
    "columns",
    "credits",
    "invoice_line_columns",
    "residuals",
}
_READ = """
select distinct t.relname::text, a.attname::text, format_type(a.atttypid, null)::text
from pg_depend as d
join pg_rewrite as r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
join pg_class as v on v.oid = r.ev_class
join pg_class as t on t.oid = d.refobjid and d.refclassid = 'pg_class'::regclass
join pg_attribute as a on a.attrelid = t.oid and a.attnum = d.refobjsubid
where v.relname like 'read\\_by\\_%' and t.relname not like 'read\\_by\\_%' and d.refobjsubid > 0
"""


@pytest.fixture
def billing(postgres: EmbeddedPostgres) -> Iterator[str]:
    name = f"contract_{uuid4().hex[:12]}"
    postgres.create_database(name, "billing_owner")
    company.create_billing_schema(postgres.dsn("billing_owner", name))
    yield name
    postgres.drop_database(name)


def owner(postgres: EmbeddedPostgres, billing: str) -> psycopg.Connection[Any]:
    return psycopg.connect(postgres.dsn("billing_owner", billing))


def test_the_contract_names_each_column_that_a_query_reads_with_its_type_and_no_other(
    postgres: EmbeddedPostgres, billing: str
) -> None:
    names = {path.stem for path in postgres_queries._FOLDER.glob("*.sql")} - _NO_QUERIES
    with owner(postgres, billing) as connection:
        for name in sorted(names):
            # A view depends on just the columns that its query reads.
            view = sql.Identifier("billing", f"read_by_{name}")
            connection.execute(sql.SQL("create view {} as ").format(view) + sql.SQL(query(name)))  # type: ignore[arg-type]
        read = connection.execute(_READ).fetchall()
    found = {(table, column, "text" if kind == "character" else kind) for table, column, kind in read}
    assert found == {(table, column, kind) for table, columns in contract().items() for column, kind in columns.items()}


def test_added_tables_and_columns_views_and_narrower_types_are_read(postgres: EmbeddedPostgres, billing: str) -> None:
    with owner(postgres, billing) as connection:
        connection.execute("create domain billing.label as varchar(80)")
        connection.execute("alter table billing.invoices add colour text, alter number type billing.label")
        connection.execute("alter table billing.payments alter amount_minor type integer")
        connection.execute("alter table billing.products rename to products_of_old")
        connection.execute("create view billing.products as select * from billing.products_of_old")
        connection.execute("grant select on billing.products to billing_reader")
        connection.execute("create table billing.remarks (id int)")
    source = PostgresBilling(postgres.dsn("billing_reader", billing), "billing_db")
    with source.read(0, (), lambda _: ()) as reading:
        assert [sum(batch.num_rows for batch in stream()) for stream in reading.datasets.values()] == [0] * 8


def test_a_fraction_where_minor_units_were_stops_the_source_instead_of_being_rounded(
    postgres: EmbeddedPostgres, billing: str
) -> None:
    with owner(postgres, billing) as connection:
        connection.execute("alter table billing.payments alter amount_minor type numeric(38, 2)")
        connection.execute("alter table billing.invoices alter issue_date type text")
    source = PostgresBilling(postgres.dsn("billing_reader", billing), "billing_db")
    message = (
        r"Connection billing_db: .*table billing\.invoices: field issue_date was date and is text; "
        r"table billing\.payments: field amount_minor was bigint and is numeric\. Restore it there"
    )
    with ExitStack() as opened, pytest.raises(SourceUnreadableError, match=message):
        opened.enter_context(source.read(0, (), lambda _: ()))


def test_totals_that_billing_does_not_keep_are_no_drift() -> None:
    kept = [
        (table, column, kind)
        for table, columns in contract().items()
        if table != "control_totals"
        for column, kind in columns.items()
    ]
    assert find_drift(kept) == []
    assert find_drift(kept[1:]) == [f"table billing.{kept[0][0]}: field {kept[0][1]} was {kept[0][2]} and is missing"]
