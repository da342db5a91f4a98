"""Both nights of the sample company, from its billing database to journal entries, come to what its answer says.

What billing knows of people, their names and addresses, is in none of the evidence.
"""

from __future__ import annotations

import re
from dataclasses import astuple
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.pipelines.account import Accounted
from include.sample import company
from include.sample.company import NightAnswer
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from tests.accounting.sample_books import open_sample_books

# What the ERP would show: all but what waits for a later day or for a period.
_LEDGER = """
select e.legal_entity_code, l.account_code, e.period_name, e.functional_currency, sum(l.functional_minor)::bigint as net_minor
from journal_entry as e
join journal_line as l on l.entry_id = e.id
where e.state = 'ready' or (e.held_reason = 'future_date' and e.posting_date <= %s::timestamptz::date)
group by 1, 2, 3, 4
having sum(l.functional_minor) <> 0
"""
# Wherever billing may know who somebody is; what people write as free text is no better.
_PEOPLE = """
update billing.customers set name = 'Änne Persönlich ' || external_id, tax_id = 'tax-of-persönlich-' || external_id,
    crm_account_id = 'crm-persönlich@example.com';
update billing.invoice_lines set description = 'for Änne Persönlich, aenne@example.com';
update billing.credit_note_lines set description = 'for Änne Persönlich, aenne@example.com';
update billing.credit_notes set reason = 'Änne Persönlich called, aenne@example.com';
update billing.contracts set crm_opportunity_id = 'aenne@example.com';
update billing.payments set processor_ref = 'card of aenne@example.com';
update billing.refunds set processor_ref = 'card of aenne@example.com';
"""
_OF_PEOPLE = re.compile(r"persönlich|[\w.+-]+@[\w-]+\.\w+", re.IGNORECASE)


def test_both_sample_nights_come_to_the_answer_and_name_nobody_in_evidence(
    quiet: EmbeddedPostgres, tmp_path: Path
) -> None:
    first, second = company.answer().nights
    with open_sample_books(quiet, tmp_path) as books:
        check(books.first_night(also=name_people), first, books.finance)
        check(books.second_night(), second, books.finance)
        with books.finance.transaction() as connection:
            named = [str(row) for row in connection.execute("select manifest from batch").fetchall()]
    texts, columns = texts_of(tmp_path / "evidence")
    assert {name for name in columns if "customer" in name} == {"customer_ref"}
    assert len(texts) > 1_000
    assert [text for text in (*texts, *columns, *named) if _OF_PEOPLE.search(text)] == []


def name_people(billing_owner: str) -> None:
    with psycopg.connect(billing_owner) as connection:
        connection.execute(_PEOPLE)
        [count] = connection.execute(
            "select count(*) from billing.customers where name like 'Änne Pers%'"
        ).fetchone() or [0]
        assert count > 40


def texts_of(evidence: Path) -> tuple[set[str], set[str]]:
    """Every text that stands in any file of evidence, and the name of every column."""
    texts: set[str] = set()
    columns: set[str] = set()
    for path in sorted(evidence.rglob("*.parquet")):
        table = pq.read_table(path)
        columns.update(table.column_names)
        for column in table.columns:
            of_text = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
            if pa.types.is_string(of_text) or pa.types.is_large_string(of_text):
                texts.update(pc.unique(column.cast(pa.string())).drop_null().to_pylist())
            elif pa.types.is_nested(column.type) or (
                pa.types.is_binary(of_text) and not pa.types.is_fixed_size_binary(of_text)
            ):
                texts.update(str(value) for value in column.to_pylist())
    return texts, columns


def check(done: Accounted, told: NightAnswer, finance: FinanceDatabase) -> None:
    outcomes = {
        (each.document_type, each.legal_entity_code, each.currency, each.outcome, each.reason): (
            each.document_count,
            each.total_minor,
        )
        for each in done.outcomes
    }
    assert outcomes == {astuple(each)[:5]: astuple(each)[5:] for each in told.outcomes}
    with finance.transaction() as connection:
        rows = connection.execute(_LEDGER, (told.as_of,)).fetchall()
        broken = connection.execute(
            "select subject_type, subject_id, split_part(cause, '|', 3) as rule from exception where state = 'open'"
        ).fetchall()
    assert {tuple(row.values()) for row in rows} == {astuple(each) for each in told.ledger}
    assert sorted(tuple(row.values()) for row in broken) == sorted(astuple(each) for each in told.exceptions)
    assert done.entry_count <= told.entries_at_most
