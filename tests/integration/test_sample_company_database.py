"""The sample company in a real billing database: each step once, a transaction that is truly late, and its answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from include.adapters.billing.postgres import PostgresBilling
from include.ports.billing import Reading
from include.sample import company
from include.sample.company.filling import TABLES
from include.sample.company.story import Stage, tell_story
from include.sample.postgres import EmbeddedPostgres

STORY = tell_story(company.SEED, 1)
Documents = set[tuple[str, str]]


class Database:
    """A billing database of one test's own."""

    def __init__(self, postgres: EmbeddedPostgres, name: str) -> None:
        self.name = name
        self.owner = postgres.dsn("billing_owner", name)
        self.reader = postgres.dsn("billing_reader", name)

    def ask(self, question: Any, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.owner) as connection:
            return connection.execute(question, parameters).fetchall()


@pytest.fixture
def database(quiet: EmbeddedPostgres) -> Iterator[Database]:
    name = f"company_{uuid4().hex[:12]}"
    quiet.create_database(name, "billing_owner")
    yield Database(quiet, name)
    quiet.drop_database(name)


@pytest.fixture
def filled(database: Database) -> Database:
    assert company.create_billing_schema(database.owner)
    assert company.fill_night_one(database.owner)
    return database


def tell_both_nights(database: Database) -> None:
    with company.hold_late_transaction(database.owner):
        pass
    company.apply_night_two(database.owner)


def invoice_ids(stage: Stage) -> list[str]:
    rows = (change.after for change in stage.changes if change.before is None and change.after)
    return [str(row.id) for row in rows if row.table == "invoices"]


def test_the_reader_reads_and_writes_nothing(filled: Database) -> None:
    with psycopg.connect(filled.reader) as connection:
        row = connection.execute("select count(*) from billing.invoices").fetchone()
        assert row is not None
        assert row[0] > 100
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("update billing.invoices set status = 'paid'")
    with psycopg.connect(filled.reader) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select * from sample.applied")


def test_every_step_is_taken_once(filled: Database) -> None:
    tell_both_nights(filled)
    before = filled.ask("select max(row_xid) from billing.invoices")
    assert not company.create_billing_schema(filled.owner)
    assert not company.fill_night_one(filled.owner)
    with company.hold_late_transaction(filled.owner) as is_open:
        assert not is_open
    assert not company.apply_night_two(filled.owner)
    assert filled.ask("select max(row_xid) from billing.invoices") == before


def test_steps_out_of_order_and_another_seed_are_refused(database: Database) -> None:
    company.create_billing_schema(database.owner)
    with (
        pytest.raises(company.SampleOrderError, match="fill night one first"),
        company.hold_late_transaction(database.owner),
    ):
        pass
    company.fill_night_one(database.owner)
    with pytest.raises(company.SampleOrderError, match="hold_late_transaction"):
        company.apply_night_two(database.owner)
    with pytest.raises(company.SampleOrderError, match="seed 20260201"):
        company.fill_night_one(database.owner, seed=1)


def test_the_database_holds_what_the_story_says(filled: Database) -> None:
    tell_both_nights(filled)
    for table in TABLES:
        columns = [field.name for field in fields(table) if field.name not in ("created_at", "updated_at")]
        found = filled.ask(f"select {', '.join(columns)} from billing.{table.table}")
        told = [tuple(getattr(row, column) for column in columns) for row in STORY.night_two.after.all(table)]
        assert sorted(found, key=lambda row: str(row[0])) == sorted(told, key=lambda row: str(row[0])), table.table
    assert filled.ask("select table_name from billing.deletions order by 1") == [
        ("payment_allocations",),
        ("payments",),
        ("payments",),
    ]


def test_the_control_totals_equal_the_documents(filled: Database) -> None:
    tell_both_nights(filled)
    documents = """
        select coalesce(e.code, 'UNASSIGNED'), i.issue_date, i.currency, count(*), sum(i.total_minor), sum(i.open_minor)
        from billing.invoices as i left join billing.legal_entities as e on e.id = i.legal_entity_id
        where i.issue_date is not null and i.deleted_at is null group by 1, 2, 3 order by 1, 2, 3
    """
    totals = """
        select legal_entity_code, document_date, currency, document_count, total_minor, open_minor
        from billing.control_totals where document_type = 'invoice' order by 1, 2, 3
    """
    assert filled.ask(totals) == filled.ask(documents)


def test_late_rows_are_invisible_while_held_and_older_than_what_was_committed_meanwhile(filled: Database) -> None:
    late, meanwhile = invoice_ids(STORY.late), invoice_ids(STORY.meanwhile)
    seen = "select count(*) from billing.invoices where id = any(%s::uuid[])"
    with company.hold_late_transaction(filled.owner) as is_open:
        assert is_open
        assert filled.ask(seen, late) == [(0,)]
        assert filled.ask(seen, meanwhile) == [(len(meanwhile),)]
        ((horizon,),) = filled.ask("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    xids = (
        "select min(row_xid::text::bigint), max(row_xid::text::bigint) from billing.invoices where id = any(%s::uuid[])"
    )
    ((late_first, late_last),) = filled.ask(xids, late)
    ((meanwhile_first, _),) = filled.ask(xids, meanwhile)
    assert horizon == late_first == late_last < meanwhile_first


def test_a_failed_night_rolls_the_late_transaction_back_and_it_can_be_held_again(filled: Database) -> None:
    with pytest.raises(RuntimeError, match="night failed"), company.hold_late_transaction(filled.owner):
        raise RuntimeError("night failed")
    late, meanwhile = invoice_ids(STORY.late), invoice_ids(STORY.meanwhile)
    assert filled.ask("select count(*) from billing.invoices where id = any(%s::uuid[])", late) == [(0,)]
    with company.hold_late_transaction(filled.owner) as is_open:
        assert is_open
    xid = "select min(row_xid::text::bigint) from billing.invoices where id = any(%s::uuid[])"
    assert filled.ask(xid, late) < filled.ask(xid, meanwhile)


def test_the_extract_reads_on_both_nights_the_documents_of_the_answer(filled: Database) -> None:
    first, second = company.answer().nights
    source = PostgresBilling(filled.reader, "billing")
    with company.hold_late_transaction(filled.owner), source.read(0, [], owners_of_deleted) as reading:
        assert documents_of(reading) == {(note.document_type, note.native_id) for note in first.documents}
        horizon = reading.position.horizon
    company.apply_night_two(filled.owner)
    again = [
        note for note in first.documents if note.note.startswith(("excluded not_yet_supported", "quarantined"))
    ] + first.waiting
    retry = [(note.document_type, note.native_id) for note in again]
    with source.read(horizon, retry, owners_of_deleted) as reading:
        assert documents_of(reading) == {(note.document_type, note.native_id) for note in second.documents}


def documents_of(reading: Reading) -> Documents:
    return {
        (row["document_type"], row["native_id"])
        for dataset in ("documents", "deletions")
        for batch in reading.datasets[dataset]()
        for row in batch.select(["document_type", "native_id"]).to_pylist()
    }


def owners_of_deleted(deleted: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    allocations = {
        str(change.row.id): str(getattr(change.row, "payment_id", None))
        for change in STORY.night_two.changes
        if change.after is None and change.row.table == "payment_allocations"
    }
    return [("payment", allocations[key]) for dataset, key in deleted if dataset == "applications"]
